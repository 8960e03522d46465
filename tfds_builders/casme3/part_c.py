"""Part C of CAS(ME)^3 read: a mock crime, one long video a subject; how its images lie is not known."""

from collections.abc import Sequence
from dataclasses import dataclass

from mebench.data.audit import Finding
from mebench.data.interval import Kind
from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.archive_builder import Choice
from tfds_builders.archives.assemble import Recipe, assemble, counts_of
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.several import beside
from tfds_builders.archives.sheets import Row, Table, find_table, text, whole
from tfds_builders.archives.spreadsheets import ArchiveSheet, every_sheet, table_missing
from tfds_builders.archives.tree import Tree, shortened
from tfds_builders.archives.unreadable import row_unreadable
from tfds_builders.casme3.clips import PART_C_VIDEO, part_c_clips
from tfds_builders.casme3.labels import spelled
from tfds_builders.casme3.part_a import FPS
from tfds_builders.casme3.repairs import RECOMMENDED

_MOCK_CRIME = (("sub",), ("count",), ("onset",), ("offset",), ("emotion",))
_ORGANIZE = (("Subject",), ("Onset",), ("Offset",), ("Exp_type", "Exp type"))
_WANTED = (
    "table of part C: columns sub, count, onset, offset, au, emotion (sheet mockCrimeME of CAS(ME)3_part_C_ME.xlsx) or "
    "Subject, Onset, Offset, Exp_type (sheet organize of CAS(ME)3_part_C.xls)"
)
_UNKNOWN = (
    "how part C's images lie, their frame rate and what its frame numbers count has not been seen: folders are found "
    "by the subject's number, frame numbers are taken for those of the files, and 30 fps is assumed"
)


@dataclass(frozen=True)
class _Part:
    """One of part C's tables: its rows, and the findings of those that cannot be used."""

    title: str
    rows: tuple[Annotation, ...]
    findings: tuple[Finding, ...]


def read_part_c(tree: Tree, choice: Choice) -> Reading:
    """Return part C: micro-expressions of the sheet mockCrimeME, macro-expressions of the sheet organize.

    Without mockCrimeME both kinds are taken from organize, which has no emotion.
    """
    sheets, findings = every_sheet(tree)
    crime, organize = _longest(sheets, _MOCK_CRIME), _longest(sheets, _ORGANIZE)
    if crime is None and organize is None:
        action = "put the annotation workbooks of part C into the archive's folder"
        return Reading(findings=(*findings, table_missing(sheets, _WANTED, action)))
    rows: list[Annotation] = []
    told: list[Finding] = [Finding("note", "experimental", "", _UNKNOWN, "look at every number before you rely on it")]
    if crime is not None:
        rows += crime.rows
        told += crime.findings
    if organize is not None:
        rows += [row for row in organize.rows if crime is None or row.kind == "macro"]
        told += organize.findings
    told += [*_what_lacks(crime, organize), *_others(sheets, (crime, organize))]
    rows, more = spelled(rows)
    clips, clip_findings = part_c_clips(tree)
    rules = RECOMMENDED if choice.policy == "recommended" else ()
    videos, last = assemble(Recipe(dataset="casme3", fps=FPS, policy=choice.policy, rules=rules), clips, rows)
    published = dict.fromkeys(("micro rows", "micro-expressions kept"), 165 if crime is not None else 160)
    if organize is not None:
        published |= dict.fromkeys(("macro rows", "macro-expressions kept"), 303)
    used = [("micro-expressions", crime), ("intervals", organize)]
    return Reading(
        videos=videos,
        parts=tuple((what, part.title) for what, part in used if part is not None),
        counts=counts_of(videos, rows, published),
        findings=(*findings, *told, *more, *clip_findings, *last),
    )


def _longest(sheets: Sequence[ArchiveSheet], columns: Sequence[tuple[str, ...]]) -> _Part | None:
    """Return the longest table with these columns; None without one."""
    found = _with(sheets, columns)
    return min(found, key=lambda part: (-len(part.rows), part.title)) if found else None


def _with(sheets: Sequence[ArchiveSheet], columns: Sequence[tuple[str, ...]]) -> list[_Part]:
    """Return the tables with these columns; part A's have those of organize too, and the clip's letter."""
    tables = ((entry, find_table(entry.sheet, columns)) for entry in sheets)
    return [_part(entry, table) for entry, table in tables if table is not None and "filename" not in table.columns]


def _others(sheets: Sequence[ArchiveSheet], used: Sequence[_Part | None]) -> list[Finding]:
    """Return what is said of tables that are not used."""
    return [
        beside("table-unused", other.title, "rows that are not used", "passed over", len(other.rows), len(one.rows))
        for one, columns in zip(used, (_MOCK_CRIME, _ORGANIZE), strict=True)
        if one is not None
        for other in _with(sheets, columns)
        if other.title != one.title
    ]


def _part(entry: ArchiveSheet, table: Table) -> _Part:
    name = f"{entry.sheet.file} [{table.sheet}]"
    read = [_annotation(name, row, micro_only="count" in table.columns) for row in table.rows]
    rows: list[Annotation] = []
    findings = [row for row in read if isinstance(row, Finding)]
    seen: dict[tuple[object, ...], int] = {}
    for row in read:
        if isinstance(row, Finding):
            continue
        first = seen.setdefault((row.key, row.kind, text(row.onset), text(row.offset)), row.row)
        if first == row.row:
            rows.append(row)
        else:
            what = f"the same expression as row {first}"
            findings.append(Finding("warning", "row-twice", row.where, what, "left out"))
    return _Part(entry.title, tuple(rows), tuple(shortened(findings)))


def _annotation(name: str, row: Row, micro_only: bool) -> Annotation | Finding:
    subject = whole(row.get("sub", "Subject"))
    kind: Kind | None = "micro" if micro_only else _kind(whole(row.get("Exp_type", "Exp type")))
    if subject is None or subject < 0 or kind is None:
        cells = text(row.get("sub", "Subject"))[:40], text(row.get("Exp_type", "Exp type"))[:40]
        what = f"subject {cells[0]!r} is no number" if kind else f"Exp_type {cells[1]!r} is neither 1 nor 0"
        return row_unreadable(f"{name} row {row.number}", what, row.get("onset"), row.get("offset"))
    onset = row.get("onset")
    return Annotation(
        table=name,
        row=row.number,
        key=(str(subject), PART_C_VIDEO),
        name=text(onset)[:20],
        onset=onset,
        apex=None,
        has_apex=False,
        offset=row.get("offset"),
        kind=kind,
        emotion=text(row.get("emotion")),
        aus=row.get("au"),
        notes={key: cell for key in ("count", "risk") if (cell := row.get(key)) is not None},
    )


def _kind(cell: int | None) -> Kind | None:
    if cell == 1:
        return "micro"
    return "macro" if cell == 0 else None


def _what_lacks(crime: _Part | None, organize: _Part | None) -> list[Finding]:
    if organize is None:
        what = "no table with the macro-expressions (sheet organize of CAS(ME)3_part_C.xls)"
        return [Finding("warning", "macro-unknown", "", what, "where they are is unknown; add that workbook")]
    if crime is None:
        what = "no table with emotions (sheet mockCrimeME of CAS(ME)3_part_C_ME.xlsx)"
        return [Finding("warning", "emotions-missing", "", what, "emotions are unknown; add that workbook")]
    micro = {(row.key, text(row.onset), text(row.offset)) for row in crime.rows}
    other = [row for row in organize.rows if row.kind == "micro"]
    alone = [row for row in other if (row.key, text(row.onset), text(row.offset)) not in micro]
    if not alone:
        return []
    what = f"{len(alone)} of its {len(other)} micro-expressions are not in mockCrimeME with these frames"
    return [Finding("note", "label-mismatch", organize.title, what, "mockCrimeME is used for micro-expressions")]
