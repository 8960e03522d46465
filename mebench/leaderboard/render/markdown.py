"""A table of a leaderboard as Markdown."""

import re
from collections.abc import Iterable, Mapping, Sequence

from mebench.leaderboard.render.cells import (
    EMPTY,
    UNPRINTED,
    by_text,
    figure_text,
    footnotes,
    has_unprinted,
    interval_text,
    notes_of,
    parts,
    provenance_of,
    seeds_text,
)
from mebench.leaderboard.render.links import pieces
from mebench.leaderboard.render.table import LEVELS, Cell, LeaderboardTable, Row
from mebench.leaderboard.rules import ColumnRule

_BLANKS = re.compile(r"\s+")


def markdown_text(table: LeaderboardTable) -> str:
    """Return title, what is compared, the table, and its footnotes.

    Verified rows are bold and name their level; printed figures are in italics and have no interval.
    """
    rules = table.rules
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
    methods, controls = parts(table)
    lines += _lines(table.columns, methods, controls, numbers)
    lines += ["", *_legend(table)]
    if numbers:
        lines += ["", *(f"<sup>{number}</sup> {_escaped(text)}  " for text, number in numbers.items())]
    return "\n".join([*lines, "", *_notes(table.notes)]).rstrip() + "\n"


def _lines(
    columns: Sequence[ColumnRule], methods: Sequence[Row], controls: Sequence[Row], numbers: Mapping[str, int]
) -> list[str]:
    titles = ["method", "level", *(_column_title(column) for column in columns), "source"]
    lines = [_line(titles), _line(["---", "---", *["---:"] * len(columns), "---"])]
    lines += [_row(row, columns, numbers) for row in methods]
    if controls:
        lines.append(_line(["**controls** (bounds, no models)", *[""] * (len(titles) - 1)]))
        lines += [_row(row, columns, numbers) for row in controls]
    return lines


def _column_title(column: ColumnRule) -> str:
    better = "" if column.higher_is_better else " ↓"
    return _escaped(f"{column.group}: {column.title}" if column.group else column.title) + better


def _row(row: Row, columns: Sequence[ColumnRule], numbers: Mapping[str, int]) -> str:
    name = _escaped(row.method.strip())
    name = name if row.level == "published" else f"**{name}**"
    more = "; ".join(filter(None, (seeds_text(row), row.n, _escaped(by_text(row)))))
    name += _marks(row.notes, numbers) + (f"<br>{more}" if more else "")
    cells = [_cell(cell, column, row, numbers) for cell, column in zip(row.cells, columns, strict=True)]
    level = row.level if row.level == "published" else f"**{row.level}**"
    return _line([name, level, *cells, _source(row)])


def _cell(cell: Cell, column: ColumnRule, row: Row, numbers: Mapping[str, int]) -> str:
    marks = _marks(notes_of(cell, row), numbers)
    text = figure_text(cell, column.digits, row)
    if provenance_of(row) == "published" and cell.value is not None:
        return f"*{text}*{marks}"
    return text + (f" {interval_text(cell.interval, column.digits)}" if cell.interval else "") + marks


def _source(row: Row) -> str:
    source = "".join(f"<{_address(one.address)}>" if one.address else _escaped(one.text) for one in pieces(row.source))
    return " ".join([*([source] if source else []), *(f"[record]({path})" for path in row.records)])


def _address(address: str) -> str:
    """Return an address as Markdown's <> takes it: as it is, but for the letter that ends a cell."""
    return address.replace("|", "%7C")


def _legend(table: LeaderboardTable) -> list[str]:
    used = {row.level for row in table.rows}
    lines = [f"- **{level}**: {text}" for level, text in LEVELS.items() if level in used]
    if used - {"published"}:
        lines.append("- value [95% interval]: bootstrap over what a row names after its seeds")
    return [*lines, *[f"- {UNPRINTED}"] * has_unprinted(table)]


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
