"""SAMM's annotation table, and what it shares with that of SAMM Long Videos: columns, names of clips, kinds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mebench.data.audit import Finding
from mebench.data.interval import Kind
from mebench.data.label_maps import coarse_of, fine_of
from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.sheets import Row, Table, find_table, text
from tfds_builders.archives.spreadsheets import ArchiveSheet
from tfds_builders.archives.tree import plain, shortened
from tfds_builders.archives.unreadable import row_unreadable
from tfds_builders.samm.names import Code, code_id, code_of, subject_id

ONSET = ("Onset Frame", "OnsetFrame", "Onset")
APEX = ("Apex Frame", "ApexFrame", "Apex")
OFFSET = ("Offset Frame", "OffsetFrame", "Offset")
PLACE: tuple[tuple[str, ...], ...] = (("Subject",), ("Filename", "File name"), ONSET, APEX, OFFSET)
"""Columns of both tables, in all spellings known."""

EMOTION = ("Estimated Emotion", "Emotion")
SHORT = (*PLACE, EMOTION)
"""What the table of the short clips is known by; that of the long videos has no emotion."""

EMOTIONS: Mapping[str, int] = {
    "Anger": 57,
    "Other": 26,
    "Happiness": 26,
    "Surprise": 15,
    "Contempt": 12,
    "Disgust": 9,
    "Fear": 8,
    "Sadness": 6,
}
"""Rows of each emotion, as the published table spells it (mebench/docs/datasets.md, SAMM)."""


@dataclass(frozen=True)
class SammTable:
    """One sheet with the rows of the short clips.

    Attributes:
        title: path and sheet.
        rows: in the sheet's order; keys are subject and Filename, as ("006", "006_1_2").
        findings: rows that cannot be used, spellings.
    """

    title: str
    rows: tuple[Annotation, ...]
    findings: tuple[Finding, ...]

    def by_filename(self) -> dict[tuple[str, Kind], Annotation]:
        """Return the rows by Filename (`006_1_2`) and kind; of two the first."""
        return {(row.key[1], row.kind): row for row in reversed(self.rows)}


def samm_tables(sheets: Sequence[ArchiveSheet]) -> list[SammTable]:
    """Return the sheets that have the columns of SAMM's table and a row of it, the longest first.

    CASME II's table has the same columns; its Filenames (`EP02_01f`) are others.
    """
    found = []
    for entry in sheets:
        table = find_table(entry.sheet, SHORT)
        if table is None:
            continue
        rows, findings = rows_of(table, f"{entry.sheet.file} [{table.sheet}]", parts=3, type_column="Micro")
        if rows:
            found.append(SammTable(entry.title, tuple(rows), (*findings, *_spellings(rows))))
    return sorted(found, key=lambda table: (-len(table.rows), table.title))


def rows_of(table: Table, name: str, parts: int, type_column: str) -> tuple[list[Annotation], list[Finding]]:
    """Return the rows of either table, and findings of those that cannot be used.

    Args:
        table: with the columns `PLACE`.
        name: what findings call it.
        parts: how many parts of the Filename name the video: 3 for a short clip, 2 for a long video.
        type_column: that tells micro from macro; a table without it has micro-expressions only.
    """
    rows: list[Annotation] = []
    findings: list[Finding] = []
    seen: dict[tuple[str, ...], int] = {}
    named: dict[tuple[str, ...], int] = {}
    for row in table.rows:
        code, kind = code_of(text(row.get("Filename", "File name"))), _kind(table, row, type_column)
        if code is None or len(code) != 3 or kind is None:
            findings.append(_unreadable(name, row, type_column))
            continue
        read = _annotation(name, row, code, parts, kind, type_column)
        identity = (read.name, read.kind, text(read.onset), text(read.offset))
        if identity in seen:
            what = f"the same expression as row {seen[identity]}"
            findings.append(Finding("warning", "row-twice", read.where, what, "left out"))
            continue
        seen[identity] = read.row
        first = named.setdefault(identity[:2], read.row)
        if first != read.row:
            what = f"row {first} has this Filename too, with other frames"
            findings.append(Finding("warning", "row-twice", read.where, what, "both are kept"))
        rows.append(read)
        subject = text(row.get("Subject"))
        if subject and subject.lstrip("0") != str(code[0]):
            what = f"column Subject says {subject[:20]!r}"
            findings.append(
                Finding("warning", "wrong-subject", read.where, what, f"taken for {subject_id(code)}, as the Filename")
            )
    return rows, [*shortened(findings), *_durations(table, name)]


def _annotation(name: str, row: Row, code: Code, parts: int, kind: Kind, type_column: str) -> Annotation:
    notes = {column: row.get(column) for column in (type_column, "Inducement Code", "Objective Classes", "Notes")}
    emotion = text(row.get(*EMOTION))
    return Annotation(
        table=name,
        row=row.number,
        key=(subject_id(code), code_id(code[:parts])),
        name=code_id(code),
        onset=row.get(*ONSET),
        apex=row.get(*APEX),
        offset=row.get(*OFFSET),
        kind=kind,
        emotion=emotion,
        coarse=coarse_of(emotion),
        fine=fine_of(emotion),
        aus=row.get("Action Units", "Action Unit"),
        notes={column: cell for column, cell in notes.items() if cell is not None},
    )


def _kind(table: Table, row: Row, column: str) -> Kind | None:
    """Return what the type says (`Micro - 1/2`, `Macro`); None where it is neither."""
    if column.lower() not in table.columns:
        return "micro"
    word = plain(text(row.get(column)))
    if word.startswith("micro"):
        return "micro"
    return "macro" if word.startswith("macro") else None


def _unreadable(name: str, row: Row, type_column: str) -> Finding:
    cells = [text(row.get(*names))[:40] for names in (("Filename", "File name"), (type_column,))]
    what = f"Filename and {type_column} are {cells[0]!r} and {cells[1]!r}, not as '006_1_2' and 'Micro - 1/2'"
    return row_unreadable(f"{name} row {row.number}", what, row.get(*ONSET), row.get(*OFFSET))


def _durations(table: Table, name: str) -> list[Finding]:
    """Return a note where Duration, a column of formulas, was saved without the values."""
    empty = sum(row.get("Duration") is None for row in table.rows)
    if "duration" not in table.columns or not empty:
        return []
    what = f"Duration is empty in {empty} rows (formulas saved without their values)"
    return [Finding("note", "formula-empty", name, what, "not needed: it is offset - onset + 1")]


def _spellings(rows: Sequence[Annotation]) -> list[Finding]:
    """Return a finding for each emotion that is not spelled as published."""
    findings = []
    for word, count in sorted(Counter(row.emotion for row in rows).items()):
        what = f"emotion {word[:40]!r} in {count} rows"
        if not coarse_of(word):
            findings.append(Finding("warning", "label-unknown", "", what, "kept as written, without a class"))
        elif word not in EMOTIONS:
            findings.append(Finding("note", "label-spelling", "", what, f"read as {fine_of(word) or coarse_of(word)}"))
    return shortened(findings)
