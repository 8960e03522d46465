"""Every file that is rendered from the tables of the leaderboards."""

from collections.abc import Sequence

from mebench.errors import unknown_name
from mebench.leaderboard.render.cells import ranks, with_columns, with_leading_columns, with_shown_columns
from mebench.leaderboard.render.csv import csv_text
from mebench.leaderboard.render.latex import latex_text
from mebench.leaderboard.render.markdown import markdown_text
from mebench.leaderboard.render.page import page_text
from mebench.leaderboard.render.table import LeaderboardTable

PAGE = "index.html"

LATEX_FIGURES = 6
"""Columns of figures that a table in LaTeX has; `mebench leaderboard latex --columns` takes others."""


def rendered(tables: Sequence[LeaderboardTable]) -> dict[str, str]:
    """Return text by path below the leaderboards' folder: three files a table, and one page with all of them.

    Columns in which nothing was ever printed are in the CSV alone, and so are, of the page apart, all but the leading
    ones: Markdown has at most eight columns, LaTeX fits on a page. Equal tables give equal bytes: no date, no
    order of a dictionary, no locale.
    """
    files: dict[str, str] = {}
    for table in tables:
        stem = f"{table.rules.benchmark}/v{table.rules.version}/{table.name}"
        files |= {
            f"{stem}.md": markdown_text(table),
            f"{stem}.csv": csv_text(table),
            f"{stem}.tex": latex_of(table),
        }
    return files | {PAGE: page_text([with_shown_columns(table) for table in tables])}


def latex_of(table: LeaderboardTable, keys: Sequence[str] | None = None) -> str:
    """Return a table as LaTeX with some columns, in the order that is wanted.

    Args:
        table: with all its columns.
        keys: of the columns; `all` for each that was ever filled; None: the leading ones.

    Raises:
        MebenchError: a key that is no column's.
    """
    if keys is None:
        return latex_text(with_leading_columns(with_shown_columns(table), LATEX_FIGURES))
    if "all" in keys:
        return latex_text(with_shown_columns(table))
    known = [column.key for column in table.columns]
    for key in keys:
        if key not in known:
            raise unknown_name("column", key, known)
    return latex_text(with_columns(table, [known.index(key) for key in keys]), ranks(table))
