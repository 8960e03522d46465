"""Rows of a table that name no expression: left out, and how bad that is."""

from mebench.data.audit import Finding, Severity
from tfds_builders.archives.annotation import Cell
from tfds_builders.archives.sheets import number


def row_unreadable(where: str, what: str, *frames: Cell) -> Finding:
    """Return what is said of a row that cannot be used.

    A row that holds a frame number was an expression, and losing one is an error; text beside or below a table is not.

    Args:
        where: the row.
        what: what is wrong with it, a clause.
        frames: its cells of onset, apex and offset.
    """
    severity: Severity = "error" if any(number(cell) is not None for cell in frames) else "warning"
    return Finding(severity, "row-unreadable", where, what, "left out")
