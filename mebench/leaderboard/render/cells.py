"""Cells that all renderings share: figures as text, footnotes, groups of columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from mebench.leaderboard.render.table import Cell, LeaderboardTable, Row
from mebench.leaderboard.rules import ColumnRule

EMPTY = "no result yet; leaderboard/README.md says in five steps how to add one"

VERIFIED = "verified"
PRINTED = "published"

NOTHING = "\N{EN DASH}"
"""Shown where a figure is missing."""

UNPRINTED = "A dash in a published row: not printed."


@dataclass(frozen=True)
class Group:
    """Neighbouring columns of one title: their number, and the place of the first."""

    title: str
    start: int
    size: int


def column_groups(columns: Sequence[ColumnRule]) -> tuple[Group, ...]:
    """Return the groups of neighbouring columns, in order; a group without a title is a group."""
    found, start = [], 0
    for title, members in groupby(columns, key=lambda column: column.group):
        size = len(list(members))
        found.append(Group(title, start, size))
        start += size
    return tuple(found)


def shown_columns(table: LeaderboardTable) -> tuple[int, ...]:
    """Return the places of the columns that are worth showing: all, but those in which nothing was ever printed."""
    if not table.rows or any(row.level != "published" for row in table.rows):
        return tuple(range(len(table.columns)))
    return tuple(n for n in range(len(table.columns)) if any(row.cells[n].value is not None for row in table.rows))


def with_shown_columns(table: LeaderboardTable) -> LeaderboardTable:
    """Return the table without the columns that are not worth showing (`shown_columns`)."""
    return with_columns(table, shown_columns(table))


def with_leading_columns(table: LeaderboardTable, most: int) -> LeaderboardTable:
    """Return the table with its `most` first columns in importance, in their order; the CSV holds the others.

    First comes the column that orders the rows, then those of its title under other rules, then figures, then counts.
    """
    order = next((column for column in table.columns if column.key == table.rules.order), None)
    title = order.title if order else ""

    def importance(place: int) -> tuple[bool, bool, bool, int]:
        column = table.columns[place]
        return column is not order, column.title != title, column.digits == 0, place

    places = sorted(sorted(range(len(table.columns)), key=importance)[:most])
    return with_columns(table, places)


def with_columns(table: LeaderboardTable, places: Sequence[int]) -> LeaderboardTable:
    """Return the table with the columns of some places, in that order."""
    rows = tuple(replace(row, cells=tuple(row.cells[n] for n in places)) for row in table.rows)
    return replace(table, columns=tuple(table.columns[n] for n in places), rows=rows)


def ranks(table: LeaderboardTable) -> tuple[int | None, ...]:
    """Return the rank of each row by the column that orders the table; equal figures share the better rank.

    Controls are no competitors and have none, and neither has a row without that figure.
    """
    place = next((n for n, column in enumerate(table.columns) if column.key == table.rules.order), None)
    if place is None:
        return (None,) * len(table.rows)
    better = table.columns[place].higher_is_better
    values = [None if row.control else row.cells[place].value for row in table.rows]
    known = [value for value in values if value is not None]
    return tuple(
        None if value is None else 1 + sum(one > value if better else one < value for one in known) for value in values
    )


def best_values(table: LeaderboardTable) -> tuple[float | None, ...]:
    """Return the best figure of each column; None where fewer than two methods have one.

    Controls do not compete, and neither does a printed figure with an erratum.
    """
    found = []
    for place, column in enumerate(table.columns):
        cells = [row.cells[place] for row in table.rows if not row.control]
        known = [cell.value for cell in cells if cell.value is not None and not cell.errata]
        found.append((max if column.higher_is_better else min)(known) if len(known) > 1 else None)
    return tuple(found)


def has_best(table: LeaderboardTable) -> bool:
    """Return whether any column has a best figure."""
    return any(best is not None for best in best_values(table))


def is_best(cell: Cell, row: Row, best: float | None) -> bool:
    """Return whether a figure is the best of its column (`best_values`)."""
    return not row.control and best is not None and cell.value == best and not cell.errata


def figure_text(cell: Cell, digits: int, row: Row) -> str:
    """Return a figure with the digits of its column, a dash where there is none.

    A printed figure keeps the digits that it was printed with: nothing is added, nothing is cut off.
    """
    if cell.value is None:
        return NOTHING
    if row.level == "published":
        return cell.printed or (f"{cell.value:g}" if digits == 0 else _as_printed(cell.value))
    whole = digits == 0 and float(cell.value).is_integer()
    return f"{cell.value:.0f}" if whole else f"{cell.value:.{max(digits, 1)}f}"


def interval_text(interval: tuple[float, float], digits: int) -> str:
    """Return an interval with the digits of its column, one less than a figure has where these are many."""
    least = max(digits - 1, 0) if digits > 2 else digits
    return f"[{interval[0]:.{least}f}, {interval[1]:.{least}f}]"


def footnotes(table: LeaderboardTable) -> dict[str, int]:
    """Return every sentence that stands below a table, with its number: errata, notes of rows, reasons."""
    found: dict[str, int] = {}
    for row in table.rows:
        for text in row.notes:
            found.setdefault(text, len(found) + 1)
        for cell in row.cells:
            for text in notes_of(cell, row):
                found.setdefault(text, len(found) + 1)
    return found


def notes_of(cell: Cell, row: Row) -> tuple[str, ...]:
    """Return the sentences on one figure: errata; and why a verified figure, or its interval, is missing."""
    missing = cell.value is None or cell.interval is None
    reason = (cell.reason,) if missing and row.level != "published" and cell.reason else ()
    return (*(f"erratum: {text}" for text in cell.errata), *reason)


def has_unprinted(table: LeaderboardTable) -> bool:
    """Return whether a published row lacks a figure that the table shows."""
    return any(row.level == "published" and cell.value is None for row in table.rows for cell in row.cells)


def provenance_of(row: Row) -> str:
    """Return `published` or `verified`, the word that tells rows apart before their colour does."""
    return PRINTED if row.level == "published" else VERIFIED


def seeds_text(row: Row) -> str:
    """Return the seeds of a row: `mean of 3 seeds`, `seed 0`, or nothing."""
    if len(row.seeds) > 1:
        return f"mean of {len(row.seeds)} seeds ({', '.join(map(str, row.seeds))})"
    return f"seed {row.seeds[0]}" if row.seeds else ""


def by_text(row: Row) -> str:
    """Return who ran a row: `run by A, B`; empty where nobody said."""
    return f"run by {', '.join(row.by)}" if row.by else ""


def _as_printed(value: float) -> str:
    text = repr(value)
    return text if "e" not in text else f"{value:f}"
