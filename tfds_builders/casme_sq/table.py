"""The annotation workbook of CAS(ME)^2: sheets without headers, known by what their columns hold."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from mebench.data.audit import Finding
from mebench.data.interval import Kind
from mebench.data.label_maps import coarse_of
from mebench.data.labels import COARSE
from tfds_builders.archives.annotation import Annotation, Cell
from tfds_builders.archives.repeats import without_repeats
from tfds_builders.archives.several import whole_first
from tfds_builders.archives.sheets import text, whole
from tfds_builders.archives.spreadsheets import ArchiveSheet, every_sheet, table_missing
from tfds_builders.archives.tree import Tree, plain, shortened
from tfds_builders.archives.unreadable import row_unreadable
from tfds_builders.casme_sq.names import CODE_OF, SUBJECT_OF

TYPE_COLUMN = 7
"""Columns before the one that says macro- or micro-expression."""

FIRST_AUS = {"4+10+14": "original", "4+10+14+15": "updated"}
"""AUs of clip anger1_1 of subject 1, which tell the two workbooks apart (mebench/docs/datasets.md, CAS(ME)^2)."""

_KINDS: Mapping[str, Kind] = MappingProxyType(
    {"macroexpression": "macro", "microexpression": "micro", "macro": "macro", "micro": "micro"}
)


@dataclass(frozen=True)
class CasmeSqTable:
    """One sheet with the annotations.

    Attributes:
        path: of its file in the archive.
        version: `original`, `updated`, or "" where nothing tells.
        rows: the usable ones, in the sheet's order.
        findings: rows that are not, and what is odd.
    """

    path: str
    version: str
    rows: tuple[Annotation, ...]
    findings: tuple[Finding, ...]


def read_table(tree: Tree) -> tuple[CasmeSqTable | None, tuple[Finding, ...]]:
    """Return the annotations of an archive (None: there are none), and findings about its spreadsheets.

    Of several tables with nearly all rows the updated one is taken, then the longest, then a workbook before a csv
    file, then by path.
    """
    sheets, findings = every_sheet(tree)
    tables = [table for sheet in sheets if (table := _table(sheet)) is not None]
    if not tables:
        wanted = (
            "annotation table (9 columns without a header: subject index, clip, onset, apex, offset, AUs, emotion, "
            "macro-expression or micro-expression, self-report)"
        )
        lacking = table_missing(sheets, wanted, "add CAS(ME)^2code_final.xlsx to the archive, at any depth")
        return None, (lacking, *findings)
    tables = whole_first(
        tables,
        lambda t: len(t.rows),
        lambda t: (t.version != "updated", -len(t.rows), t.path.lower().endswith(".csv"), t.path),
    )
    chosen = tables[0]
    others = tuple(_beside(chosen, other) for other in tables[1:])
    names = _names_checked([sheet for sheet in sheets if sheet.path == chosen.path])
    return chosen, (*findings, *others, *names, *chosen.findings)


def _table(entry: ArchiveSheet) -> CasmeSqTable | None:
    """Return the sheet as the table; None where no column says macro- or micro-expression."""
    column = _type_column(entry.sheet.rows)
    if column is None:
        return None
    rows: list[Annotation] = []
    findings: list[Finding] = []
    name = entry.sheet.file
    for number, cells in enumerate(entry.sheet.rows, 1):
        own = cells[column - TYPE_COLUMN :]
        if any(cell is not None for cell in own):
            read = _annotation(name, number, own)
            if isinstance(read, Annotation):
                rows.append(read)
            else:
                findings.append(read)
    if not rows:
        return None
    findings += _spellings(rows)
    rows, twice = without_repeats(rows)
    return CasmeSqTable(entry.path, _version(rows, entry.path), tuple(rows), tuple(shortened([*findings, *twice])))


def _type_column(rows: Sequence[Sequence[Cell]]) -> int | None:
    """Return the column with the most types, from the eighth on."""
    counts = Counter(
        place
        for cells in rows
        for place, cell in enumerate(cells)
        if place >= TYPE_COLUMN and isinstance(cell, str) and _kind(cell) is not None
    )
    return min(counts, key=lambda place: (-counts[place], place)) if counts else None


def _kind(cell: Cell) -> Kind | None:
    return _KINDS.get(plain(text(cell)))


def _annotation(name: str, number: int, cells: Sequence[Cell]) -> Annotation | Finding:
    """Return a row's annotation, or why it has none."""
    cells = (*cells, None)[:9]
    index, clip, onset, apex, offset, aus, emotion, kind_cell, self_report = cells
    where = f"{name} row {number}"
    subject, stimulus, kind = SUBJECT_OF.get(whole(index) or 0), text(clip).split("_")[0].lower(), _kind(kind_cell)
    if subject is None or stimulus not in CODE_OF or kind is None:
        seen = ", ".join(repr(text(cell)[:40]) for cell in (index, clip, kind_cell))
        what = f"subject index, clip and type are {seen}, not as 1, anger1_1, macro-expression"
        return row_unreadable(where, what, onset, apex, offset)
    return Annotation(
        table=name,
        row=number,
        key=(subject, CODE_OF[stimulus]),
        name=text(clip)[:40],
        onset=onset,
        apex=apex,
        offset=offset,
        kind=kind,
        emotion=text(emotion),
        coarse=coarse_of(text(emotion)),
        fine="",  # the table has coarse classes only
        aus=aus,
        notes={"clip": clip, "self_report": self_report, "type": kind_cell},
    )


def _spellings(rows: Sequence[Annotation]) -> list[Finding]:
    """Return what is spelled otherwise than in the published table."""
    findings = []
    for row in rows:
        word = row.emotion
        if not row.coarse:
            what = f"emotion {word[:40]!r} is none of {', '.join(COARSE)}"
            findings.append(Finding("warning", "label-spelling", row.where, what, "kept without a class"))
        elif word not in COARSE:
            findings.append(Finding("note", "label-spelling", row.where, f"emotion {word!r}", f"read as {row.coarse}"))
        if text(row.notes["self_report"]) == "happyiness":
            findings.append(Finding("note", "label-spelling", row.where, "self-report 'happyiness'", "kept as it is"))
    return findings


def _version(rows: Sequence[Annotation], path: str) -> str:
    """Return the version as clip anger1_1 of the first subject tells it; else as the file's name does."""
    for row in rows:
        if row.key[0] == SUBJECT_OF[1] and row.name == "anger1_1" and text(row.aus) in FIRST_AUS:
            return FIRST_AUS[text(row.aus)]
    return "updated" if "updated" in plain(path) else ""


def _beside(chosen: CasmeSqTable, other: CasmeSqTable) -> Finding:
    """Return the note that another table lies beside the chosen one, and how it differs."""
    theirs, ours = _by_name(other.rows), _by_name(chosen.rows)
    both = ours.keys() & theirs.keys()
    frames = sum(_frames(ours[name]) != _frames(theirs[name]) for name in both)
    aus = sum(text(ours[name].aus) != text(theirs[name].aus) for name in both)
    alone = len(ours.keys() ^ theirs.keys())
    what = f"another table beside {chosen.path}: {frames} rows differ in frames, {aus} in AUs, {alone} are in one only"
    reason = "the updated one is used" if chosen.version == "updated" != other.version else f"{chosen.path} is used"
    return Finding("warning" if frames or alone else "note", "tables-several", other.path, what, reason)


def _by_name(rows: Sequence[Annotation]) -> Mapping[tuple[str, str, str], Annotation]:
    return {(*row.key, row.name): row for row in rows}


def _frames(row: Annotation) -> tuple[str, ...]:
    return tuple(map(text, (row.onset, row.apex, row.offset)))


def _names_checked(sheets: Sequence[ArchiveSheet]) -> list[Finding]:
    """Return where the naming sheets of a workbook differ from the published mapping, which is used anyway."""
    findings = []
    for entry in sheets:
        if _type_column(entry.sheet.rows) is not None:
            continue
        for number, cells in enumerate(entry.sheet.rows, 1):
            found = _named(cells)
            if found and found[1] != found[2]:
                what = f"{found[0]} is {found[1][:40]!r} here, {found[2]!r} as published"
                where = f"{entry.sheet.file} [{entry.sheet.name}] row {number}"
                findings.append(Finding("warning", "naming-differs", where, what, "the published name is used"))
    return shortened(findings)


def _named(cells: Sequence[Cell]) -> tuple[str, str, str] | None:
    """Return what a row of a naming sheet names, as it does, and as published; None for any other row.

    `[15, 's15', 1]`: number on disk, folder, subject index; `['0101', 'disgust1']`: code, stimulus.
    """
    filled = list(itertools.takewhile(lambda cell: cell is not None, cells))
    if len(filled) == 3 and whole(filled[2]) in SUBJECT_OF:
        return f"subject index {whole(filled[2])}", text(filled[1]).lower(), SUBJECT_OF[whole(filled[2]) or 0]
    if len(filled) == 2 and text(filled[1]).lower() in CODE_OF:
        code = whole(filled[0])
        return text(filled[1]), text(filled[0]) if code is None else f"{code:04d}", CODE_OF[text(filled[1]).lower()]
    return None
