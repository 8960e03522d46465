"""A table of a leaderboard as LaTeX with booktabs, to be put into a paper."""

from collections.abc import Mapping, Sequence

from mebench.leaderboard.render.cells import (
    EMPTY,
    UNPRINTED,
    best_values,
    by_text,
    column_groups,
    figure_text,
    footnotes,
    has_best,
    has_unprinted,
    interval_text,
    is_best,
    notes_of,
    ranks,
    seeds_text,
)
from mebench.leaderboard.render.table import Cell, LeaderboardTable, Row
from mebench.leaderboard.rules import ColumnRule
from mebench.report.latex import fitted, latex_escaped


def latex_text(table: LeaderboardTable, placed: Sequence[int | None] | None = None) -> str:
    r"""Return a `table` environment (needs `\usepackage{booktabs,graphicx}`); printed figures are in italics.

    It has the columns of the table that is given, at most the width of the text, and the best of each column is bold.
    Where a stranger's text has letters that pdflatex cannot set, the first lines say so.

    Args:
        table: with the columns that are wanted.
        placed: the ranks of its rows, where it is without the column that they follow from.
    """
    columns, numbers = table.columns, footnotes(table)
    caption = latex_escaped(f"{table.rules.title}: {table.title} (version {table.rules.version})")
    notes = [f"$^{{{number}}}$ {latex_escaped(text)}" for text, number in numbers.items()]
    notes += ["Bold: the best of its column; controls do not compete."] * has_best(table)
    if any(row.level == "published" for row in table.rows):
        notes.append("Figures in italics are as printed in the literature, without statistics.")
    notes += [UNPRINTED] * has_unprinted(table)
    notes += [latex_escaped(table.closed)] if table.closed else []
    return fitted(
        caption, f"rll{'r' * len(columns)}", _heads(columns), _body(table, numbers, placed or ranks(table)), notes
    )


def _heads(columns: Sequence[ColumnRule]) -> list[str]:
    groups = column_groups(columns)
    lines = []
    if any(group.title for group in groups):
        heads = [f"\\multicolumn{{{one.size}}}{{c}}{{{latex_escaped(one.title)}}}" for one in groups]
        rules = [f"\\cmidrule(lr){{{one.start + 4}-{one.start + one.size + 3}}}" for one in groups if one.title]
        lines = [" & ".join(["", "", "", *heads]) + r" \\", " ".join(rules)]
    titles = [latex_escaped(one.title + ("" if one.higher_is_better else " ↓")) for one in columns]
    return [*lines, " & ".join(["", "method", "level", *titles]) + r" \\"]


def _body(table: LeaderboardTable, numbers: Mapping[str, int], ranked: Sequence[int | None]) -> list[str]:
    if not table.rows:
        return [f"\\multicolumn{{{len(table.columns) + 3}}}{{l}}{{{latex_escaped(EMPTY)}}} \\\\"]
    best = best_values(table)
    placed = list(zip(ranked, table.rows, strict=True))
    methods = [_row(rank, row, table.columns, best, numbers) for rank, row in placed if not row.control]
    controls = [_row(rank, row, table.columns, best, numbers) for rank, row in placed if row.control]
    return [*methods, *[r"\midrule"] * bool(methods and controls), *controls]


def _row(
    rank: int | None,
    row: Row,
    columns: Sequence[ColumnRule],
    best: Sequence[float | None],
    numbers: Mapping[str, int],
) -> str:
    more = "; ".join(filter(None, (seeds_text(row), by_text(row))))
    name = latex_escaped(row.method + (f" ({more})" if more else "")) + _marks(row.notes, numbers)
    cells = [_cell(*one, row, numbers) for one in zip(row.cells, columns, best, strict=True)]
    return " & ".join(["" if rank is None else str(rank), name, row.level, *cells]) + r" \\"


def _cell(cell: Cell, column: ColumnRule, best: float | None, row: Row, numbers: Mapping[str, int]) -> str:
    marks = _marks(notes_of(cell, row), numbers)
    text = latex_escaped(figure_text(cell, column.digits, row)).replace("\N{EN DASH}", "--")
    if row.level == "published" and cell.value is not None:
        text = f"\\textit{{{text}}}"
    if is_best(cell, row, best):
        text = f"\\textbf{{{text}}}"
    interval = f" {{\\scriptsize {interval_text(cell.interval, column.digits)}}}" if cell.interval else ""
    return f"{text}{interval}{marks}"


def _marks(texts: Sequence[str], numbers: Mapping[str, int]) -> str:
    found = ",".join(str(numbers[text]) for text in texts)
    return f"$^{{{found}}}$" if found else ""
