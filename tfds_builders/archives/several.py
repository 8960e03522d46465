"""Of several tables in one archive the one that is used: never a short one beside one that holds nearly all rows."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from mebench.data.audit import Finding, Severity

NEARLY = 0.9
"""Share of the longest table's rows from which on another one is as whole; versions of a table differ by less."""

T = TypeVar("T")


def whole_first(tables: Iterable[T], rows: Callable[[T], int], prefer: Callable[[T], Any]) -> list[T]:
    """Return the tables that hold nearly all rows as `prefer` sorts them, then the shorter ones, the longest first."""
    found = list(tables)
    most = max(map(rows, found), default=0)
    return sorted(
        found, key=lambda one: (is_short(rows(one), most), -rows(one) * is_short(rows(one), most), prefer(one))
    )


def is_short(rows: int, most: int) -> bool:
    """Return whether a table lacks a good part of the rows that the longest one has."""
    return rows < NEARLY * most


def beside(code: str, title: str, what: str, action: str, rows: int, most: int) -> Finding:
    """Return what is said of a table that is not used: a warning where it is short, for it may be a mock or a part.

    Args:
        code: of the finding.
        title: of the table.
        what: a clause.
        action: a clause.
        rows: of the table.
        most: rows of the longest table.
    """
    severity: Severity = "warning" if is_short(rows, most) else "note"
    more = f", {rows} rows where another table has {most}" if is_short(rows, most) else ""
    return Finding(severity, code, title, f"{what}{more}", action)


def short_choice(title: str, rows: int, tables: Sequence[int]) -> list[Finding]:
    """Return a warning where the table that is used is short; `tables`: the rows of all of them."""
    most = max(tables, default=0)
    if not is_short(rows, most):
        return []
    what = f"{rows} rows, where another table has {most}"
    action = "used, for it alone is of the version that is asked for; remove it if it is a mock or a part"
    return [Finding("warning", "table-short", title, what, action)]
