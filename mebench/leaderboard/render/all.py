"""Every file that is rendered from the tables of the leaderboards."""

from collections.abc import Sequence

from mebench.leaderboard.render.cells import with_shown_columns
from mebench.leaderboard.render.csv import csv_text
from mebench.leaderboard.render.latex import latex_text
from mebench.leaderboard.render.markdown import markdown_text
from mebench.leaderboard.render.page import page_text
from mebench.leaderboard.render.table import LeaderboardTable

PAGE = "index.html"


def rendered(tables: Sequence[LeaderboardTable]) -> dict[str, str]:
    """Return text by path below the leaderboards' folder: three files a table, and one page with all of them.

    Columns in which nothing was ever printed are in the CSV alone. Equal tables give equal bytes: no date, no
    order of a dictionary, no locale.
    """
    files: dict[str, str] = {}
    for table in tables:
        stem = f"{table.rules.benchmark}/v{table.rules.version}/{table.name}"
        files |= {
            f"{stem}.md": markdown_text(with_shown_columns(table)),
            f"{stem}.csv": csv_text(table),
            f"{stem}.tex": latex_text(with_shown_columns(table)),
        }
    return files | {PAGE: page_text([with_shown_columns(table) for table in tables])}
