"""The annotation workbooks of SMIC-E: which sheet is of which camera and version, and its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.several import beside, short_choice, whole_first
from tfds_builders.archives.sheets import Row, Table, find_table, text, whole
from tfds_builders.archives.spreadsheets import ArchiveSheet, every_sheet, table_missing
from tfds_builders.archives.tree import Tree, ancestors, shortened, stem
from tfds_builders.smic.names import Camera, SmicName, camera_of, smic_name
from tfds_builders.smic_e_long.rows import annotations_of, lost_values

ORIG, MERGED = "orig", "merged"
"""Versions of the HS table: with 162 rows; with 157, where clips that share a folder share a row."""

ORIG_ONLY = frozenset({(3, "ne", 3), (3, "ne", 20), (4, "ne", 5), (4, "ne", 6), (9, "sur", 2)})
"""Clips that have a row of their own in the `_orig` table only (mebench/docs/datasets.md, SMIC-E)."""

MEAN_ROWS = 157
"""MEAN's code reads so many rows of a table."""

_REQUIRED = (("Filename",), ("OnsetF", "OnsetF NIR"), ("OffsetF", "OffsetF NIR"), ("FirstF", "FirstF NIR"))


@dataclass(frozen=True)
class SmicTable:
    """One sheet with annotations.

    Attributes:
        path: of its file in the archive.
        title: path and sheet.
        camera: that its rows are of; None where nothing tells.
        elsewhere: whether the names of its file and folders tell another camera: HS and VIS may share a workbook.
        version: `orig` or `merged` for the high-speed camera, else "".
        first_row: number of the first row below the header.
        rows: every micro-expression, one or more a row of the sheet, in its order.
        findings: rows that cannot be used, and what is odd.
    """

    path: str
    title: str
    camera: Camera | None
    elsewhere: bool
    version: str
    first_row: int
    rows: tuple[Annotation, ...]
    findings: tuple[Finding, ...]


def read_table(tree: Tree, camera: Camera, version: str) -> tuple[SmicTable | None, tuple[Finding, ...]]:
    """Return the annotations of a camera (None: there are none), and findings about the spreadsheets.

    Args:
        tree: of the archive.
        camera: whose table is wanted.
        version: `orig`, or "" for the merged one if it is there.

    Of several tables one that tells its camera is taken; of those with nearly all rows the merged one, then one in a
    file of the camera's, then the longest, then by path.
    """
    sheets, findings = every_sheet(tree)
    vis = _rows_of_vis(tree, sheets) if camera == "hs" else {}
    tables = [table for sheet in sheets if (table := _table(tree, sheet, camera, vis)) is not None]
    fitting = [table for table in tables if not version or table.version == version]
    if not fitting:
        return None, (_lacking(sheets, tables, camera, version), *findings)
    told = [table for table in tables if table.camera is not None] or tables
    fitting = whole_first(
        [table for table in told if table in fitting] or fitting,
        lambda t: len(t.rows),
        lambda t: (t.version == ORIG, t.elsewhere, -len(t.rows), t.title),
    )
    chosen, name, lengths = fitting[0], camera.upper(), [len(table.rows) for table in told]
    notes = [
        beside("tables-several", t.title, f"another table of {name}", "not used", len(t.rows), max(lengths))
        for t in tables
        if t is not chosen
    ]
    notes += short_choice(chosen.title, len(chosen.rows), lengths)
    if chosen.camera is None:
        what = f"neither its columns nor the names of sheet, file and folders tell its camera; read as {name}"
        notes.append(Finding("warning", "version-guess", chosen.title, what, "compare it with the folders"))
    return chosen, (*findings, *notes, *chosen.findings)


def rows_of_mean(table: SmicTable) -> tuple[tuple[Annotation, ...], tuple[Finding, ...]]:
    """Return what MEAN's code reads, the first expressions (OnsetF, OffsetF) of the first 157 rows; and a finding."""
    kept = tuple(r for r in table.rows if r.row < table.first_row + MEAN_ROWS and r.notes["expression"] == 1)
    if len(kept) == len(table.rows):
        return kept, ()
    what = f"{len(table.rows) - len(kept)} expressions are second or third ones, or below the first {MEAN_ROWS} rows"
    return kept, (Finding("note", "expressions-left-out", table.title, what, "left out, as MEAN's code does"),)


def _rows_of_vis(tree: Tree, sheets: Sequence[ArchiveSheet]) -> dict[SmicName, Row]:
    """Return the first row of each clip in tables of VIS, to which formulas of HS refer."""
    found: dict[SmicName, Row] = {}
    for entry in sheets:
        table = find_table(entry.sheet, _REQUIRED)
        if table is not None and _camera(tree, entry, table) == "vis":
            for row in table.rows:
                name = smic_name(text(row.get("Filename")))
                if name is not None:
                    found.setdefault(name, row)
    return found


def _table(
    tree: Tree, entry: ArchiveSheet, wanted: Camera, vis: Mapping[SmicName, Row] = MappingProxyType({})
) -> SmicTable | None:
    """Return the sheet as a table of a camera; None where it is none, or of another camera."""
    table = find_table(entry.sheet, _REQUIRED)
    if table is None:
        return None
    camera = _camera(tree, entry, table)
    if camera not in (None, wanted):
        return None
    named, findings = _named(table)
    if not named:
        return None
    rows: list[Annotation] = []
    name = f"{entry.sheet.file} [{entry.sheet.name}]"
    for row in named:
        clip = smic_name(text(row.get("Filename")))
        own, faults = annotations_of(name, row, wanted, vis.get(clip) if clip else None)
        rows += own
        findings += faults
    findings += _without_values(name, named, vis) if wanted == "hs" else []
    rows, twice = _once(rows)
    version = _version(table, named) if wanted == "hs" else ""
    return SmicTable(
        path=entry.path,
        title=entry.title,
        camera=camera,
        elsewhere=camera_of((stem(entry.sheet.file), *ancestors(entry.path)[1:])) not in (None, wanted),
        version=version,
        first_row=table.rows[0].number,
        rows=tuple(rows),
        findings=tuple(shortened([*findings, *twice])),
    )


def _camera(tree: Tree, entry: ArchiveSheet, table: Table) -> Camera | None:
    """Return the camera of a sheet: as its columns tell it, then its name, its file's, more columns, its folders'."""
    if "onsetf nir" in table.columns:
        return "nir"
    told = camera_of((entry.sheet.name, stem(entry.sheet.file)))
    if told is None and ("lastf" in table.columns or "onset3f" in table.columns):
        return "hs"
    return told or camera_of((*ancestors(entry.path)[1:], tree.root.name))


def _version(table: Table, rows: Sequence[Row]) -> str:
    """Return the version of a table of the high-speed camera, by its clips, then by its columns."""
    clips = [smic_name(str(row.get("Filename"))) for row in rows]
    if any(clip is not None and (clip.subject, clip.token, clip.number) in ORIG_ONLY for clip in clips):
        return ORIG
    return MERGED if "onset3f" in table.columns else ORIG


def _without_values(name: str, rows: Sequence[Row], vis: Mapping[SmicName, Row]) -> list[Finding]:
    """Return the error that second expressions may be lost: formulas without values, and no row of VIS for them.

    Where FirstF is a formula, and so has no value, the second expression is one too.
    """
    number = sum(lost_values(row) and smic_name(text(row.get("Filename"))) not in vis for row in rows)
    if not number:
        return []
    what = f"formulas were saved without their values in {number} rows that no sheet VIS has"
    action = "second expressions may be lost: open the workbook in a spreadsheet program and save it again"
    return [Finding("error", "formula-empty", name, what, action)]


def _named(table: Table) -> tuple[list[Row], list[Finding]]:
    """Return the rows that name a clip, and a finding for each other one: text below the table is only noted."""
    rows, findings = [], []
    for row in table.rows:
        cell = row.get("Filename")
        if isinstance(cell, str) and smic_name(cell) is not None:
            rows.append(row)
            continue
        holds = any(whole(row.get(column)) is not None for column in ("OnsetF", "OnsetF NIR"))
        what = f"Filename is {str(cell)[:40]!r}, not as s1_ne_01" if cell is not None else "no Filename"
        where = f"{table.file} [{table.sheet}] row {row.number}"
        findings.append(Finding("error" if holds else "note", "row-unreadable", where, what, "left out"))
    return rows, findings


def _once(rows: Sequence[Annotation]) -> tuple[list[Annotation], list[Finding]]:
    """Return the rows without those that repeat an earlier one of the same clip, and findings."""
    kept: list[Annotation] = []
    findings = []
    seen: dict[tuple[object, ...], Annotation] = {}
    for row in rows:
        cells = (row.key, whole(row.onset) or row.onset, whole(row.offset) or row.offset)
        first = seen.setdefault(cells, row)
        if first is row:
            kept.append(row)
        else:
            what = f"the frames of {first.name} (row {first.row}) again"
            findings.append(Finding("warning", "row-twice", row.where, what, "left out"))
    return kept, findings


def _lacking(sheets: tuple[ArchiveSheet, ...], tables: Sequence[SmicTable], camera: Camera, version: str) -> Finding:
    """Return the error that a camera's table is not there, or not in the version that is wanted."""
    name = camera.upper()
    if version and tables:
        found = ", ".join(f"{table.title} (version {table.version})" for table in tables)
        what = f"no table of version {version} for {name}, which has 162 rows; found: {found}"
        return Finding("fatal", "table-missing", "", what, "add the _orig workbook, or take a variant without orig")
    wanted = f"annotation table of {name} (columns Subject, Filename, OnsetF, OffsetF, FirstF, Emotion)"
    action = f"add SMIC-{name}-E_annotation.xlsx to the archive, at any depth"
    return table_missing(sheets, wanted, action)
