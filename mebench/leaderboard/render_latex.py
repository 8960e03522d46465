"""A table of a leaderboard as LaTeX with booktabs, to be put into a paper."""

from collections.abc import Sequence

from mebench.leaderboard.cells import (
    EMPTY,
    column_groups,
    figure_text,
    footnotes,
    interval_text,
    notes_of,
    parts,
    seeds_text,
)
from mebench.leaderboard.rules import ColumnRule
from mebench.leaderboard.table import Cell, LeaderboardTable, Row

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "\N{EN DASH}": "--",
    "\N{DOWNWARDS ARROW}": r"$\downarrow$",
}


def latex_text(table: LeaderboardTable) -> str:
    r"""Return a `table` environment (needs `\usepackage{booktabs}`); printed figures are in italics."""
    columns = table.columns
    caption = latex_escaped(f"{table.rules.title}: {table.title} (version {table.rules.version})")
    lines = [
        "% \\usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        f"\\caption{{{caption}}}",
        f"\\begin{{tabular}}{{l{'r' * len(columns)}}}",
        r"\toprule",
        *_heads(columns),
        r"\midrule",
        *_body(table),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    notes = [f"$^{{{number}}}$ {latex_escaped(text)}" for text, number in footnotes(table).items()]
    if any(row.level == "published" for row in table.rows):
        notes.append("Figures in italics are as printed in the literature, without statistics.")
    lines += [f"\\par\\footnotesize {note}" for note in notes]
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def latex_escaped(text: str) -> str:
    """Return a stranger's text so that LaTeX sets it as it is."""
    return "".join(_SPECIAL.get(letter, letter) for letter in " ".join(text.split()))


def _heads(columns: Sequence[ColumnRule]) -> list[str]:
    groups = column_groups(columns)
    lines = []
    if any(group.title for group in groups):
        heads = [f"\\multicolumn{{{one.size}}}{{c}}{{{latex_escaped(one.title)}}}" for one in groups]
        rules = [f"\\cmidrule(lr){{{one.start + 2}-{one.start + one.size + 1}}}" for one in groups if one.title]
        lines = [" & ".join(["", *heads]) + r" \\", " ".join(rules)]
    titles = [latex_escaped(one.title + ("" if one.higher_is_better else " \N{DOWNWARDS ARROW}")) for one in columns]
    return [*lines, " & ".join(["method", *titles]) + r" \\"]


def _body(table: LeaderboardTable) -> list[str]:
    if not table.rows:
        return [f"\\multicolumn{{{len(table.columns) + 1}}}{{l}}{{{latex_escaped(EMPTY)}}} \\\\"]
    methods, controls = parts(table)
    lines = [_row(row, table) for row in methods]
    if controls:
        lines += [r"\midrule"] * bool(methods) + [_row(row, table) for row in controls]
    return lines


def _row(row: Row, table: LeaderboardTable) -> str:
    seeds = seeds_text(row)
    name = latex_escaped(row.method + (f" ({seeds})" if seeds else "")) + _marks(row.notes, table)
    cells = [_cell(cell, column, row, table) for cell, column in zip(row.cells, table.columns, strict=True)]
    return " & ".join([name, *cells]) + r" \\"


def _cell(cell: Cell, column: ColumnRule, row: Row, table: LeaderboardTable) -> str:
    marks = _marks(notes_of(cell, row), table)
    text = latex_escaped(figure_text(cell, column.digits, row))
    if row.level == "published" and cell.value is not None:
        return f"\\textit{{{text}}}{marks}"
    interval = f" {{\\scriptsize {interval_text(cell.interval, column.digits)}}}" if cell.interval else ""
    return f"{text}{interval}{marks}"


def _marks(texts: Sequence[str], table: LeaderboardTable) -> str:
    numbers = footnotes(table)
    found = ",".join(str(numbers[text]) for text in texts)
    return f"$^{{{found}}}$" if found else ""
