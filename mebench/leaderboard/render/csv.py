"""A table of a leaderboard as CSV: one line a figure, for programs."""

import csv
import io

from mebench.leaderboard.render.cells import ranks
from mebench.leaderboard.render.table import LeaderboardTable

HEADER = (
    *("benchmark", "version", "table", "method", "control", "level", "seeds", "n", "column", "group", "title"),
    *("value", "low", "high", "reason", "errata", "source", "records", "rank", "date", "paper"),
)

FORMULA = tuple("=+-@＝＋－＠")
"""Characters that begin a formula in a spreadsheet; numbers are no text here and stay as they are."""


def csv_text(table: LeaderboardTable) -> str:
    """Return a line for each row and column: value, interval, why one is missing, errata, and where the row is from.

    Numbers have all their digits, lists are parted by semicolons, lines end with a line feed.
    """
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n")
    write.writerow(HEADER)
    rules = table.rules
    for rank, row in zip(ranks(table), table.rows, strict=True):
        seeds = ";".join(map(str, row.seeds))
        who = (row.method, str(row.control).lower(), row.level, seeds, row.n)
        for cell, column in zip(row.cells, table.columns, strict=True):
            low, high = cell.interval or ("", "")
            value = "" if cell.value is None else cell.value
            what = (column.key, column.group, column.title, value, low, high, cell.reason, ";".join(cell.errata))
            place = (rules.benchmark, rules.version, table.name)
            whence = (row.source, ";".join(row.records), "" if rank is None else rank, row.date, row.paper)
            write.writerow(map(_cell, [*place, *who, *what, *whence]))
    return text.getvalue()


def _cell(value: object) -> object:
    """Return a cell as a spreadsheet shows it and does not run it: text that would be a formula gets a quote before."""
    is_formula = isinstance(value, str) and value.lstrip()[:1] in FORMULA
    return f"'{value}" if is_formula else value
