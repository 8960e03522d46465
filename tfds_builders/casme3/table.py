"""The tables of CAS(ME)^3's part A: which sheets they are, of which version, and their rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mebench.data.audit import Finding
from mebench.data.interval import Kind
from tfds_builders.archives.annotation import Annotation, Frames
from tfds_builders.archives.sheets import Row, Table, find_table, text, whole
from tfds_builders.archives.spreadsheets import ArchiveSheet
from tfds_builders.archives.tree import plain, shortened
from tfds_builders.archives.unreadable import row_unreadable
from tfds_builders.casme3.names import clip_of, subject_of
from tfds_builders.casme3.repairs import corrected, is_known, kind_by_rule

Version = Literal["v1", "v2"]

COUNTS: dict[Version, dict[Kind, int]] = {"v1": {"micro": 921, "macro": 3285}, "v2": {"micro": 860, "macro": 3346}}
"""Rows of each version (mebench/docs/datasets.md, CAS(ME)^3)."""

TYPE = ("Expression type", "Expression_type", "ExpressionType")
_PLACE = (("Subject",), ("Filename", "File name"), ("Onset",))
_INTERVALS = (*_PLACE, ("Apex",), ("Offset",), TYPE)
_EMOTIONS = (*_PLACE, ("emotion",))
_JPG_INDEX_V1_COLUMNS = 10


@dataclass(frozen=True)
class PartATable:
    """One sheet with part A's rows.

    Attributes:
        path: of its file in the archive.
        title: path and sheet.
        holds: `intervals` (both kinds, no emotion: the sheet AU+Emotion) or `emotions` (micro only: JpgIndex).
        version: guessed.
        evidence: what told it.
        rows: each as an annotation of its own, in the sheet's order.
        lines: the sheet's row of each, by row number.
        findings: rows that cannot be used.
    """

    path: str
    title: str
    holds: Literal["intervals", "emotions"]
    version: Version
    evidence: str
    rows: tuple[Annotation, ...]
    lines: dict[int, Row]
    findings: tuple[Finding, ...]


def part_a_tables(sheets: Sequence[ArchiveSheet]) -> list[PartATable]:
    """Return the sheets that have part A's columns and a usable row, the longest first.

    Lists of wrong labels (`wrongly_labeled_me_in_V1.xlsx`) have those columns too, and are no tables.
    """
    v1_books = {entry.path for entry in sheets if find_table(entry.sheet, (("Valence",), ("emotion",)))}
    found = []
    for entry in sheets:
        if "wronglylabel" in plain(entry.path):
            continue
        intervals = find_table(entry.sheet, _INTERVALS)
        table = intervals or find_table(entry.sheet, _EMOTIONS)
        if table is not None:
            read = _read(entry, table, "emotions" if intervals is None else "intervals", entry.path in v1_books)
            if read.rows:
                found.append(read)
    return sorted(found, key=lambda table: (-len(table.rows), table.title))


def _read(entry: ArchiveSheet, table: Table, holds: Literal["intervals", "emotions"], v1_book: bool) -> PartATable:
    name = f"{entry.sheet.file} [{table.sheet}]"
    rows: list[Annotation] = []
    findings: list[Finding] = []
    seen: dict[tuple[object, ...], int] = {}
    for row in table.rows:
        read = _annotation(name, row, holds)
        if isinstance(read, Finding):
            findings.append(read)
            continue
        identity = (read.key, read.kind, text(read.onset), text(read.offset))
        if identity in seen:
            what = f"the same expression as row {seen[identity]}"
            findings.append(Finding("warning", "row-twice", read.where, what, "left out"))
            continue
        seen[identity] = read.row
        rows.append(read)
    version, evidence = _version(rows, _v1_sign(entry, table, holds, v1_book), plain(entry.path))
    lines = {row.number: row for row in table.rows}
    return PartATable(entry.path, entry.title, holds, version, evidence, tuple(rows), lines, tuple(shortened(findings)))


def _annotation(name: str, row: Row, holds: str) -> Annotation | Finding:
    subject = subject_of(text(row.get("Subject")))
    clip = clip_of(text(row.get("Filename", "File name")))
    kind = _kind(text(row.get(*TYPE))) if holds == "intervals" else "micro"
    if not subject or not clip or kind is None:
        cells = [text(row.get(*names))[:40] for names in (("Subject",), ("Filename", "File name"), TYPE)]
        what = f"subject, clip and type are {', '.join(map(repr, cells))}, not as 'spNO.1', 'a', 'Micro-expression'"
        return row_unreadable(f"{name} row {row.number}", what, *map(row.get, ("Onset", "Apex", "Offset")))
    notes = {"Objective class": row.get("Objective class"), "Valence": row.get("Valence")}
    return Annotation(
        table=name,
        row=row.number,
        key=(subject, clip),
        name=f"{clip} {text(row.get('Onset'))[:20]}",
        onset=row.get("Onset"),
        apex=row.get("Apex"),
        offset=row.get("Offset"),
        kind=kind,
        emotion=text(row.get("emotion")),
        aus=row.get("AU", "AUs"),
        notes={key: cell for key, cell in notes.items() if cell is not None},
    )


def _kind(cell: str) -> Kind | None:
    word = plain(cell)
    if word.startswith("micro"):
        return "micro"
    return "macro" if word.startswith("macro") else None


def _v1_sign(entry: ArchiveSheet, table: Table, holds: str, v1_book: bool) -> str:
    """Return what only version 1's file has; "" for nothing of it."""
    if v1_book:
        return "its file has a sheet with the columns Valence and emotion"
    used = {j for row in entry.sheet.rows for j, cell in enumerate(row) if cell is not None}
    if holds == "emotions" and len(used) >= _JPG_INDEX_V1_COLUMNS:
        return f"it has {len(used)} columns, as JpgIndex_v1"
    return ""


def _version(rows: Sequence[Annotation], v1_sign: str, path: str) -> tuple[Version, str]:
    """Return the version and what told it: a sign of version 1, the number of rows, version 2's rule, the name."""
    counts = {kind: sum(row.kind == kind for row in rows) for kind in ("micro", "macro")}
    if v1_sign:
        return "v1", v1_sign
    for version, published in COUNTS.items():
        if counts["micro"] == published["micro"] and counts["macro"] in (0, published["macro"]):
            return version, f"it has {counts['micro']} micro-expressions"
    broken = sum(_breaks_rule(row) for row in rows)
    if broken:
        return "v1", f"{broken} rows are not of the kind that version 2's rule gives them"
    if "v1" in path and "v2" not in path:
        return "v1", "its name says so"
    return "v2", "every row keeps version 2's rule (micro: offset - onset <= 15 or apex - onset <= 8)"


def frames_of(row: Annotation) -> Frames:
    """Return a row's cells as whole numbers, None for what is none; no repair."""
    return Frames(whole(row.onset), whole(row.apex), whole(row.offset))


def _breaks_rule(row: Annotation) -> bool:
    """Whether a row is not of the kind that version 2's rule gives it; known errors do not count."""
    frames = frames_of(row)
    if is_known(row.key, frames) or frames.onset is None or frames.offset is None:
        return False
    kind = kind_by_rule(frames)
    return kind is not None and kind != row.kind and frames.onset <= frames.offset


def kind_notes(rows: Sequence[Annotation]) -> list[Finding]:
    """Return a note for each row of version 2 that would be of the other kind by version 2's rule, known errors mended.

    The four rows whose errors were mended in the .xls are called micro there and would be macro.
    """
    notes = []
    for row in rows:
        frames = frames_of(row)
        mended = corrected(row.key, frames)
        frames = mended[0] if mended else frames
        kind = kind_by_rule(frames)
        if kind is not None and kind != row.kind:
            what = (
                f"{row.kind} by the table, {kind} by version 2's rule at {frames.onset}/{frames.apex}/{frames.offset}"
            )
            notes.append(Finding("note", "kind-doubtful", row.where, what, f"kept as {row.kind}"))
    return notes
