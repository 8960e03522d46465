"""The table of the composite's clips and their classes."""

from dataclasses import dataclass

from mebench.data.audit import Finding
from tfds_builders.archives.several import beside
from tfds_builders.archives.sheets import Row, Table, find_table, text, whole
from tfds_builders.archives.spreadsheets import every_sheet, table_missing
from tfds_builders.archives.tree import Tree, shortened
from tfds_builders.archives.unreadable import row_unreadable
from tfds_builders.megc2019_flow.names import CLASSES, ClipName, clip_name

COLUMNS = (("dataset",), ("sub",), ("filename_o",), ("label",))


@dataclass(frozen=True)
class LabelRow:
    """A row: where it stands, and the class number of its clip."""

    where: str
    number: int
    label: int


Labels = dict[ClipName, LabelRow]


def read_table(tree: Tree) -> tuple[str, Labels, list[Finding]]:
    """Return the path of the table ("" where there is none), its rows by clip, and findings.

    Of several tables the longest is taken, then the first by path.
    """
    sheets, found = every_sheet(tree)
    findings = list(found)
    tables = [(sheet.path, table) for sheet in sheets if (table := find_table(sheet.sheet, COLUMNS)) is not None]
    if not tables:
        wanted = f"table of the clips (columns {', '.join(names[0] for names in COLUMNS)})"
        action = "clone the repository whole: combined_3_class2_for_optical_flow.csv stands at its top"
        return "", {}, [*findings, table_missing(sheets, wanted, action)]
    tables.sort(key=lambda one: (-len(one[1].rows), one[0]))
    (path, table), *others = tables
    findings += [
        beside("tables-several", other, "another table", f"{path} is used", len(one.rows), len(table.rows))
        for other, one in others
    ]
    labels: Labels = {}
    for row in table.rows:
        findings += _add(labels, table, row)
    return path, labels, shortened(findings)


def _add(labels: Labels, table: Table, row: Row) -> list[Finding]:
    """Add a row to the labels; return what is wrong with it."""
    part, subject, name = (text(row.get(column)) for column in ("dataset", "sub", "filename_o"))
    clip, label = clip_name(f"{subject}_{name}"), whole(row.get("label"))
    where = f"{table.file} row {row.number} ({subject[:20]}, {name[:40]})"
    if clip is None or clip.part != part:
        what = f"dataset {part[:20]!r}, sub {subject[:20]!r} and filename_o {name[:40]!r} name no clip of the composite"
        return [row_unreadable(where, what, row.get("label"))]
    if label is None or not 0 <= label < len(CLASSES):
        what = f"label is {text(row.get('label'))[:20]!r}, not 0, 1 or 2"
        return [Finding("error", "label-unknown", where, what, "left out")]
    first = labels.setdefault(clip, LabelRow(where, row.number, label))
    if first.number == row.number:
        return []
    what = f"the clip of row {first.number} again" + ("" if first.label == label else ", with another label")
    return [Finding("warning", "row-twice", where, what, f"row {first.number} is used")]
