"""Every spreadsheet of an archive, read once; which of them is the annotation table is for the dataset to tell."""

from dataclasses import dataclass

from mebench.data.audit import Finding
from tfds_builders.archives.sheets import Sheet, UnreadableTable, read_sheets
from tfds_builders.archives.tree import Tree

MOST_TABLES = 60
"""Spreadsheets that are read; archives hold a handful, and some a csv of sensor data a subject."""


@dataclass(frozen=True)
class ArchiveSheet:
    """One sheet: the path of its file in the archive, and its rows."""

    path: str
    sheet: Sheet

    @property
    def title(self) -> str:
        """Path and sheet, for messages."""
        return f"{self.path} [{self.sheet.name}]"


def every_sheet(tree: Tree) -> tuple[tuple[ArchiveSheet, ...], tuple[Finding, ...]]:
    """Return the sheets of an archive's workbooks, then those of its csv files, sorted by path; and findings.

    A file that cannot be read is a warning (`table-unreadable`): it may be none of the tables that matter.
    """
    paths = [*tree.named(".xlsx", ".xls"), *tree.named(".csv")]
    sheets: list[ArchiveSheet] = []
    findings = []
    for path in paths[:MOST_TABLES]:
        try:
            sheets += [ArchiveSheet(path, sheet) for sheet in read_sheets(tree.file(path))]
        except UnreadableTable as error:
            what, _, action = str(error).removeprefix(f"{tree.file(path)}: ").rpartition("; ")
            findings.append(Finding("warning", "table-unreadable", path, what or action, action))
    if len(paths) > MOST_TABLES:
        what = f"{len(paths)} spreadsheets, of which the first {MOST_TABLES} are read"
        findings.append(Finding("warning", "many-tables", "", what, "keep the annotation tables and the images only"))
    return tuple(sheets), tuple(findings)


def table_missing(sheets: tuple[ArchiveSheet, ...], wanted: str, action: str) -> Finding:
    """Return the error that no sheet is the table that is wanted.

    Args:
        sheets: what was looked at.
        wanted: the table and the columns it is known by.
        action: what the user should do.
    """
    seen = ", ".join(sheet.title for sheet in sheets[:10]) + (", ..." if len(sheets) > 10 else "")
    return Finding("fatal", "table-missing", "", f"no {wanted}; spreadsheets seen: {seen or 'none'}", action)
