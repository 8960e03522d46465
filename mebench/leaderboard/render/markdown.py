"""A table of a leaderboard as Markdown."""

import re
from collections.abc import Iterable, Mapping, Sequence

from mebench.leaderboard.render.cells import (
    EMPTY,
    UNPRINTED,
    best_values,
    by_text,
    figure_text,
    footnotes,
    has_best,
    has_unprinted,
    interval_text,
    is_best,
    notes_of,
    provenance_of,
    ranks,
    seeds_text,
    with_leading_columns,
    with_shown_columns,
)
from mebench.leaderboard.render.links import Piece, with_paper
from mebench.leaderboard.render.table import LEVELS, Cell, LeaderboardTable, Row
from mebench.leaderboard.rules import ColumnRule

_BLANKS = re.compile(r"\s+")

FIGURES = 4
"""Columns of figures; with rank, method, level and source a table has eight, which fit on a screen."""


def markdown_text(table: LeaderboardTable) -> str:
    """Return title, what is compared, the table, and its footnotes.

    Verified rows are bold and name their level; printed figures are in italics and have no interval. The best figure of
    a column is bold. Columns beyond the leading ones are in the CSV.
    """
    rules, every = table.rules, table
    table = with_leading_columns(with_shown_columns(table), FIGURES)
    lines = [
        f"# {_escaped(rules.title)}: {_escaped(table.title)}",
        "",
        _escaped(rules.summary),
        "",
        f"Protocol: {_escaped(rules.protocol)} Rules: [rules.toml](rules.toml), version {rules.version}.",
        "",
        *([f"> {_escaped(table.closed)}", ""] if table.closed else []),
    ]
    if not table.rows:
        return "\n".join([*lines, f"*{EMPTY}*", "", *_notes(table.notes)]).rstrip() + "\n"
    numbers = footnotes(table)
    lines += _lines(table, numbers)
    lines += ["", *_legend(table, len(every.columns) - len(table.columns))]
    if numbers:
        lines += ["", *(f"<sup>{number}</sup> {_escaped(text)}  " for text, number in numbers.items())]
    return "\n".join([*lines, "", *_notes(table.notes)]).rstrip() + "\n"


def _lines(table: LeaderboardTable, numbers: Mapping[str, int]) -> list[str]:
    titles = ["rank", "method", "level", *(_column_title(column) for column in table.columns), "source"]
    lines = [_line(titles), _line(["---:", "---", "---", *["---:"] * len(table.columns), "---"])]
    best, placed = best_values(table), list(zip(ranks(table), table.rows, strict=True))
    lines += [_row(rank, row, table.columns, best, numbers) for rank, row in placed if not row.control]
    if any(row.control for row in table.rows):
        lines.append(_line(["", "**controls** (bounds, no models)", *[""] * (len(titles) - 2)]))
        lines += [_row(rank, row, table.columns, best, numbers) for rank, row in placed if row.control]
    return lines


def _column_title(column: ColumnRule) -> str:
    better = "" if column.higher_is_better else " ↓"
    return _escaped(f"{column.group}: {column.title}" if column.group else column.title) + better


def _row(
    rank: int | None,
    row: Row,
    columns: Sequence[ColumnRule],
    best: Sequence[float | None],
    numbers: Mapping[str, int],
) -> str:
    name = _escaped(row.method.strip())
    name = name if row.level == "published" else f"**{name}**"
    more = "; ".join(filter(None, (row.date, seeds_text(row), row.n, _escaped(by_text(row)))))
    name += _marks(row.notes, numbers) + (f"<br>{more}" if more else "")
    cells = [_cell(*one, row, numbers) for one in zip(row.cells, columns, best, strict=True)]
    level = row.level if row.level == "published" else f"**{row.level}**"
    return _line(["" if rank is None else str(rank), name, level, *cells, _source(row)])


def _cell(cell: Cell, column: ColumnRule, best: float | None, row: Row, numbers: Mapping[str, int]) -> str:
    marks = _marks(notes_of(cell, row), numbers)
    text = figure_text(cell, column.digits, row)
    bold = "**" if is_best(cell, row, best) else ""
    slant = "*" if provenance_of(row) == "published" and cell.value is not None else ""
    interval = f" {interval_text(cell.interval, column.digits)}" if cell.interval else ""
    return f"{bold}{slant}{text}{slant}{bold}{interval}{marks}"


def _source(row: Row) -> str:
    source = "".join(_piece(one) for one in with_paper(row.source, row.paper))
    return " ".join([*([source] if source else []), *(f"[record]({path})" for path in row.records)])


def _piece(piece: Piece) -> str:
    if not piece.address:
        return _escaped(piece.text)
    if piece.text == piece.address:
        return f"<{_address(piece.address)}>"
    return f"[{_escaped(piece.text)}](<{_address(piece.address)}>)"


def _address(address: str) -> str:
    """Return an address as Markdown's <> takes it: as it is, but for the letter that ends a cell."""
    return address.replace("|", "%7C")


def _legend(table: LeaderboardTable, hidden: int) -> list[str]:
    used = {row.level for row in table.rows}
    lines = [f"- **{level}**: {text}" for level, text in LEVELS.items() if level in used]
    if used - {"published"}:
        lines.append("- value [95% interval]: bootstrap over what a row names after its seeds")
    lines += ["- **bold figure**: the best of its column; controls do not compete"] * has_best(table)
    lines += [f"- {UNPRINTED}"] * has_unprinted(table)
    if hidden:
        columns = "1 more column is" if hidden == 1 else f"{hidden} more columns are"
        lines.append(f"- {columns} in [{table.name}.csv]({table.name}.csv)")
    return lines


def _notes(notes: Iterable[str]) -> list[str]:
    return [f"Note: {_escaped(text)}  " for text in notes]


def _marks(texts: Iterable[str], numbers: Mapping[str, int]) -> str:
    found = ",".join(str(numbers[text]) for text in texts)
    return f"<sup>{found}</sup>" if found else ""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Return a stranger's text so that Markdown shows it as it is; blanks at its ends stay one blank."""
    for letter in "\\`*_[]|~":
        text = text.replace(letter, f"\\{letter}")
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _BLANKS.sub(" ", text)
