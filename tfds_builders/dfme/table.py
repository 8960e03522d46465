"""The annotation tables of DFME: training, test A and test B, one row a clip."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from mebench.data.audit import Finding
from mebench.data.label_maps import coarse_of, fine_of
from tfds_builders.archives.annotation import Annotation, Key
from tfds_builders.archives.repeats import without_repeats
from tfds_builders.archives.several import beside
from tfds_builders.archives.sheets import Row, Table, find_table, number, text
from tfds_builders.archives.spreadsheets import ArchiveSheet, every_sheet, table_missing
from tfds_builders.archives.tree import Tree, shortened
from tfds_builders.archives.unreadable import row_unreadable

Part = Literal["training", "test_a", "test_b"]

ROWS: Mapping[Part, int] = MappingProxyType({"training": 1856, "test_a": 474, "test_b": 299})
"""Rows of the tables that are handed out; a table whose name tells no part is known by them."""

RATES = (200.0, 300.0, 500.0)
"""Frames per second that a recording may have."""

ONSET, APEX, OFFSET = ("OnsetFrame", "Onset"), ("ApexFrame", "Apex"), ("OffsetFrame", "Offset")
FPS, AUS, EMOTION = ("Fps", "Frame rate"), ("AU", "AUs", "Action Units"), ("Emotion", "Estimated Emotion")

_SUBJECT = re.compile(r"sub\d{1,6}", re.ASCII)
_CLIP = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}", re.ASCII)
_NAMES: Mapping[Part, re.Pattern[str]] = MappingProxyType(
    {
        "training": re.compile(r"train", re.IGNORECASE),
        "test_a": re.compile(r"test[ _-]?a(?![a-z])", re.IGNORECASE),
        "test_b": re.compile(r"test[ _-]?b(?![a-z])", re.IGNORECASE),
    }
)


@dataclass(frozen=True)
class DfmeTable:
    """A part's table: path of its file, part, usable rows, frames per second by clip, and findings."""

    path: str
    part: Part
    rows: tuple[Annotation, ...]
    fps: Mapping[Key, float]
    findings: tuple[Finding, ...]


def read_tables(tree: Tree) -> tuple[list[DfmeTable], list[Finding]]:
    """Return one table a part, in the order of the parts, and findings.

    Of several tables of a part the longest is taken, then one with action units, then the first by path.
    """
    sheets, found = every_sheet(tree)
    findings = list(found)
    by_part: dict[Part, list[tuple[ArchiveSheet, Table]]] = {}
    for sheet in sheets:
        table = find_table(sheet.sheet, (("Subject",), ("Filename", "File name"), ONSET, APEX, OFFSET, FPS))
        if table is None:
            continue
        part = _part(sheet, table)
        if part is None:
            what = f"a table of {len(table.rows)} rows whose name says neither training nor test A or B"
            action = "passed over; call it as it was handed out (training_full_with_AU.xlsx)"
            findings.append(Finding("warning", "table-unknown", sheet.title, what, action))
        else:
            by_part.setdefault(part, []).append((sheet, table))
    if not by_part:
        wanted = "annotation table (columns Subject, Filename, OnsetFrame, ApexFrame, OffsetFrame, Fps)"
        action = "add training_full_with_AU.xlsx and those of test A and B to the archive, at any depth"
        findings.append(table_missing(sheets, wanted, action))
    tables = []
    for part in get_args(Part):
        if part in by_part:
            tables.append(_chosen(part, by_part[part], findings))
    return tables, findings


def _part(sheet: ArchiveSheet, table: Table) -> Part | None:
    """Return which part a table is of: by its file's name, else by its number of rows."""
    name = sheet.path.rpartition("/")[2]
    named = [part for part, form in _NAMES.items() if form.search(name)]
    counted = [part for part, rows in ROWS.items() if rows == len(table.rows)]
    return next(iter(named if len(named) == 1 else counted), None)


def _chosen(part: Part, tables: Iterable[tuple[ArchiveSheet, Table]], findings: list[Finding]) -> DfmeTable:
    first, *others = sorted(tables, key=lambda one: (-len(one[1].rows), "au" not in one[1].columns, one[0].title))
    for sheet, table in others:
        rows, most = len(table.rows), len(first[1].rows)
        findings.append(
            beside("tables-several", sheet.title, f"another table of {part}", f"{first[0].path} is used", rows, most)
        )
    return _read(first[0].path, part, first[1])


def _read(path: str, part: Part, table: Table) -> DfmeTable:
    rows: list[Annotation] = []
    fps: dict[Key, float] = {}
    findings: list[Finding] = []
    for row in table.rows:
        read = _annotation(table.file, part, row)
        rate = number(row.get(*FPS))
        if isinstance(read, Finding):
            findings.append(read)
        elif rate not in RATES:
            what = f"Fps is {text(row.get(*FPS))[:20]!r}, not 200, 300 or 500"
            findings.append(Finding("error", "fps-unknown", read.where, what, "left out"))
        else:
            rows.append(read)
            fps[read.key] = rate
    kept, twice = without_repeats(rows)
    return DfmeTable(path, part, tuple(kept), fps, tuple(shortened([*findings, *_labels(kept), *twice])))


def _annotation(file: str, part: Part, row: Row) -> Annotation | Finding:
    """Return a row's annotation, or why it has none."""
    subject, clip = text(row.get("Subject")).lower(), text(row.get("Filename", "File name"))
    cells = row.get(*ONSET), row.get(*APEX), row.get(*OFFSET)
    if not _SUBJECT.fullmatch(subject) or not _CLIP.fullmatch(clip):
        what = f"subject and file name are {subject[:40]!r}, {clip[:40]!r}, not as 'sub0003', 'sub0003_01'"
        return row_unreadable(f"{file} row {row.number}", what, *cells)
    emotion = text(row.get(*EMOTION))
    return Annotation(
        table=file,
        row=row.number,
        key=(subject, clip),
        name=clip,
        onset=cells[0],
        apex=cells[1],
        offset=cells[2],
        kind="micro",
        emotion=emotion,
        coarse=coarse_of(emotion),
        fine=fine_of(emotion),
        aus=row.get(*AUS),
        notes={"part": part, "emotion_id": row.get("EmotionId", "Emotion Id")},
    )


def _labels(rows: Sequence[Annotation]) -> list[Finding]:
    """Return labels that are no known ones; one note where a whole table has none, as of a challenge's test part."""
    if rows and not any(row.emotion for row in rows):
        what = "no row has an emotion"
        return [Finding("warning", "labels-missing", rows[0].table, what, "kept without a class")]
    findings = []
    for row in rows:
        if not row.fine:
            what = f"emotion {row.emotion[:40]!r} is no known one"
            findings.append(Finding("warning", "label-spelling", row.where, what, "kept without a class"))
    return findings
