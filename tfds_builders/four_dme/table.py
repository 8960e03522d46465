"""The tables of 4DME: the micro release, and the long videos, whose columns are not known for sure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mebench.data.audit import Finding
from mebench.data.interval import Kind
from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.several import beside
from tfds_builders.archives.sheets import Row, Table, column_name, find_table, text, whole
from tfds_builders.archives.spreadsheets import ArchiveSheet
from tfds_builders.archives.tree import plain, shortened
from tfds_builders.archives.unreadable import row_unreadable
from tfds_builders.four_dme.labels import disagree, emotion_of
from tfds_builders.four_dme.names import is_name, subject_of

SUBJECT = ("sub_ID", "sub ID", "subject", "sub")
FOLDER = ("fold_name", "fold name", "folder")
VIDEO = ("video_number", "video number", "video_name", "video name", "video", "clip", "filename", "file name")
PARTS = ("ME_number", "subME_number")
AUS = ("AUs", "AU")
APEX = ("apex", "apex_frame", "apex frame", "apexframe")
SPANS = (
    ("onset", "offset"),
    ("onset_frame", "offset_frame"),
    ("onset frame", "offset frame"),
    ("onsetframe", "offsetframe"),
    ("start_frame", "end_frame"),
    ("start", "end"),
    ("first_frame", "last_frame"),
    ("first frame", "last frame"),
)
"""Columns that can hold an expression's first and last frame, the likelier first."""

KIND = ("expression type", "expression_type", "type", "me_type", "kind", "micro/macro", "label", "class")
_NOTES = ("video emo", "self-report emo", "eye blink", "length", "fold", "me_number", "subme_number")
_MICRO = {"micro", "me", "mes", "microexpression", "microexpressions"}
_MACRO = {"macro", "mae", "maes", "macroexpression", "macroexpressions"}


@dataclass(frozen=True)
class FourDmeTable:
    """One or several sheets' rows.

    Attributes:
        title: path of the file, and the sheet where it is one.
        rows: as annotations; keys hold the subject and what the table calls the clip.
        lines: the sheet's rows by number (of the micro release).
        findings: rows that cannot be used, and other tables that are not used.
    """

    title: str
    rows: tuple[Annotation, ...]
    lines: dict[int, Row]
    findings: tuple[Finding, ...]


def micro_table(sheets: Sequence[ArchiveSheet]) -> FourDmeTable | None:
    """Return the micro release: the longest sheet with subject, folder (or video and ME number), emotion, frames."""
    required: tuple[tuple[str, ...], ...] = (SUBJECT, ("Emotion", "Positive"), ("Onset",), ("Apex",), ("Offset",))
    found = []
    for entry in sheets:
        table = find_table(entry.sheet, (*required, FOLDER)) or find_table(entry.sheet, (*required, VIDEO, PARTS[:1]))
        if table is not None and not _has_macro(table):
            found.append(_table(entry.title, [(entry, table, "micro")], ("onset", "offset")))
    return _longest(found) if found else None


def _longest(tables: Sequence[FourDmeTable]) -> FourDmeTable:
    """Return the longest table; the others are findings of it."""
    first, *others = sorted(tables, key=lambda table: (-len(table.rows), table.title))
    most = len(first.rows)
    unused = [
        beside("table-unused", t.title, "rows that are not used", "passed over", len(t.rows), most) for t in others
    ]
    return replace(first, findings=(*unused, *first.findings))


def long_table(sheets: Sequence[ArchiveSheet]) -> FourDmeTable | str:
    """Return the rows of the long videos, of the file with the most; text tells what lacks where there is none.

    A sheet must name subject, video and a pair of `SPANS`. Which rows are micro must stand in a column (one of `KIND`,
    or the only one whose cells all say micro or macro) or in the sheet's name.
    """
    files: dict[str, list[tuple[ArchiveSheet, Table, Literal["micro", "macro", ""]]]] = {}
    lacks = []
    for entry in sheets:
        table = find_table(entry.sheet, (SUBJECT, VIDEO))
        if table is None:
            continue
        of_sheet = _kind_of_sheet(entry.sheet.name)
        if _span(table) is None:
            lacks.append(f"{entry.title} has no columns of onset and offset ({_names(table)})")
        elif not _kind_column(table) and not of_sheet:
            lacks.append(f"{entry.title} does not tell micro from macro ({_names(table)})")
        else:
            files.setdefault(entry.path, []).append((entry, table, "" if _kind_column(table) else of_sheet))
    tables = [_table(path, parts, None) for path, parts in files.items()]
    tables = [table for table in tables if table.rows] or tables
    return _longest(tables) if tables else "; ".join(lacks[:5])


def _table(title: str, parts: Sequence[tuple[ArchiveSheet, Table, str]], span: tuple[str, str] | None) -> FourDmeTable:
    rows: list[Annotation] = []
    findings: list[Finding] = []
    seen: dict[tuple[object, ...], str] = {}
    for entry, table, kind in parts:
        name = f"{entry.sheet.file} [{table.sheet}]"
        column, ends = _kind_column(table), span or _span(table) or SPANS[0]
        for row in table.rows:
            read = _annotation(name, row, kind or text(row.get(column)), ends)
            if isinstance(read, Finding):
                findings.append(read)
                continue
            identity = (read.key, read.kind, text(read.onset), text(read.offset))
            if identity in seen:
                what = f"the same expression as {seen[identity]}"
                findings.append(Finding("warning", "row-twice", read.where, what, "left out"))
                continue
            seen[identity] = read.where
            rows.append(read)
            findings += _oddities(read, row)
    lines = {row.number: row for _, table, _ in parts for row in table.rows}
    return FourDmeTable(title, tuple(rows), lines, tuple(shortened(findings)))


def _annotation(name: str, row: Row, kind_cell: str, span: tuple[str, str]) -> Annotation | Finding:
    subject, clip = subject_of(text(row.get(*SUBJECT))), _clip(row)
    kind = _kind(kind_cell)
    if not subject or not is_name(clip) or kind is None:
        cells = [repr(cell[:40]) for cell in (text(row.get(*SUBJECT)), clip, kind_cell)]
        what = f"subject, clip and kind are {', '.join(cells)}, not as 'S13', '1st_001_01_1', 'micro'"
        return row_unreadable(f"{name} row {row.number}", what, *map(row.get, span))
    notes = {note: row.get(note) for note in _NOTES}
    if span[0] not in ("first_frame", "first frame"):
        notes |= {note: row.get(note) for note in ("first_frame", "last_frame")}
    return Annotation(
        table=name,
        row=row.number,
        key=(subject, clip),
        name=f"{clip[:40]} {text(row.get(span[0]))[:20]}",
        onset=row.get(span[0]),
        apex=row.get(*APEX),
        has_apex=any(name in row.cells for name in APEX),
        offset=row.get(span[1]),
        kind=kind,
        emotion=emotion_of(row),
        aus=row.get(*AUS),
        notes={key: cell for key, cell in notes.items() if cell is not None},
    )


def _clip(row: Row) -> str:
    """Return what a row calls its clip: the folder, or the older sheet's numbers of video, ME and part of it."""
    folder = text(row.get(*FOLDER))
    if folder:
        return folder
    return "_".join(cell for cell in (text(row.get(*VIDEO)), *(text(row.get(part)) for part in PARTS)) if cell)


def _oddities(read: Annotation, row: Row) -> list[Finding]:
    """Return what a row says that contradicts itself; nothing is changed."""
    findings = []
    onset, offset, length = whole(read.onset), whole(read.offset), whole(row.get("Length"))
    if None not in (onset, offset, length) and length != (offset or 0) - (onset or 0) + 1:
        what = f"length {length}, but {onset} to {offset} are {(offset or 0) - (onset or 0) + 1} frames"
        findings.append(Finding("note", "length-mismatch", read.where, what, "the frames count"))
    if disagree(row):
        what = f"emotion {text(row.get('Emotion'))[:40]!r} is not what its columns of labels mark"
        findings.append(Finding("note", "label-mismatch", read.where, what, "the emotion counts"))
    return findings


def _span(table: Table) -> tuple[str, str] | None:
    return next((span for span in SPANS if set(span) <= set(table.columns)), None)


def _kind(cell: str) -> Kind | None:
    word = plain(cell)
    if word in _MICRO or word.startswith("micro"):
        return "micro"
    return "macro" if word in _MACRO or word.startswith("macro") else None


def _kind_column(table: Table) -> str:
    """Return the column that tells micro from macro; "" where none does, or where it cannot be told which."""

    def kinds(column: str) -> list[Kind | None]:
        cells = [text(row.cells[column]) for row in table.rows]
        return [_kind(cell) for cell in cells if cell]

    named = [name for name in map(column_name, KIND) if name in table.columns and any(kinds(name))]
    if named:
        return named[0]
    every = [column for column in table.columns if (found := kinds(column)) and all(found)]
    return every[0] if len(every) == 1 else ""


def _has_macro(table: Table) -> bool:
    column = _kind_column(table)
    return any(_kind(text(row.get(column))) == "macro" for row in table.rows if column)


def _kind_of_sheet(name: str) -> Literal["micro", "macro", ""]:
    word = plain(name)
    if ("micro" in word) == ("macro" in word):
        return ""
    return "micro" if "micro" in word else "macro"


def _names(table: Table) -> str:
    return "columns " + ", ".join(table.columns[:20])
