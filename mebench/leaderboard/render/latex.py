"""A table of a leaderboard as LaTeX with booktabs, to be put into a paper."""

import unicodedata
from collections.abc import Mapping, Sequence

from mebench.leaderboard.render.cells import (
    EMPTY,
    UNPRINTED,
    by_text,
    column_groups,
    figure_text,
    footnotes,
    has_unprinted,
    interval_text,
    notes_of,
    parts,
    seeds_text,
)
from mebench.leaderboard.render.table import Cell, LeaderboardTable, Row
from mebench.leaderboard.rules import ColumnRule

_SYMBOLS = {
    **{"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "θ": "theta", "κ": "kappa"},
    **{"λ": "lambda", "μ": "mu", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "ω": "omega"},
    **{"Δ": "Delta", "Σ": "Sigma", "Ω": "Omega", "×": "times", "±": "pm", "≈": "approx", "≤": "leq", "≥": "geq"},
    **{"→": "rightarrow", "←": "leftarrow", "↑": "uparrow", "↓": "downarrow"},
}
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "`": r"\textasciigrave{}",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    **{letter: f"{{{letter}}}" for letter in "[]*"},  # first in a row they would be arguments of the \\ before it
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{letter: f"$\\{name}$" for letter, name in _SYMBOLS.items()},
}
_PLAIN = frozenset("\N{EN DASH}\N{EM DASH}\N{HORIZONTAL ELLIPSIS}“”‘’")
"""Set by pdflatex, as ASCII and most Latin letters up to U+017F are."""

_UNSET = frozenset("ĦħĸĿŀŉŦŧſ")
"""Latin letters that pdflatex has not, in T1 either."""


def latex_text(table: LeaderboardTable) -> str:
    r"""Return a `table` environment (needs `\usepackage{booktabs}`); printed figures are in italics.

    Where a stranger's text has letters that pdflatex cannot set, the first lines say so.
    """
    columns, numbers = table.columns, footnotes(table)
    caption = latex_escaped(f"{table.rules.title}: {table.title} (version {table.rules.version})")
    lines = [
        r"\begin{table}",
        r"\centering",
        f"\\caption{{{caption}}}",
        f"\\begin{{tabular}}{{ll{'r' * len(columns)}}}",
        r"\toprule",
        *_heads(columns),
        r"\midrule",
        *_body(table, numbers),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    notes = [f"$^{{{number}}}$ {latex_escaped(text)}" for text, number in numbers.items()]
    if any(row.level == "published" for row in table.rows):
        notes.append("Figures in italics are as printed in the literature, without statistics.")
    notes += [UNPRINTED] * has_unprinted(table)
    notes += [latex_escaped(table.closed)] if table.closed else []
    lines += [f"\\par\\footnotesize {note}" for note in notes]
    text = "\n".join([*lines, r"\end{table}"]) + "\n"
    return "\n".join([*_needs(text), text])


def latex_escaped(text: str) -> str:
    """Return a stranger's text so that LaTeX sets it as it is, wherever it stands in a table."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(_SPECIAL.get(letter, letter) for letter in composed)


def _needs(text: str) -> list[str]:
    """Return, as comments, what the text needs to be set: packages, and another program than pdflatex."""
    needs = [r"% \usepackage{booktabs}"]
    if not text.isascii():
        needs.append(r"% \usepackage[T1]{fontenc}")
    beyond = sorted({letter for letter in text if letter in _UNSET or (ord(letter) > 0x17F and letter not in _PLAIN)})
    named = " ".join(f"U+{ord(letter):04X}" for letter in beyond)
    return [*needs, *([f"% pdflatex has no {named}: use lualatex and a font that has"] if beyond else [])]


def _heads(columns: Sequence[ColumnRule]) -> list[str]:
    groups = column_groups(columns)
    lines = []
    if any(group.title for group in groups):
        heads = [f"\\multicolumn{{{one.size}}}{{c}}{{{latex_escaped(one.title)}}}" for one in groups]
        rules = [f"\\cmidrule(lr){{{one.start + 3}-{one.start + one.size + 2}}}" for one in groups if one.title]
        lines = [" & ".join(["", "", *heads]) + r" \\", " ".join(rules)]
    titles = [latex_escaped(one.title + ("" if one.higher_is_better else " ↓")) for one in columns]
    return [*lines, " & ".join(["method", "level", *titles]) + r" \\"]


def _body(table: LeaderboardTable, numbers: Mapping[str, int]) -> list[str]:
    if not table.rows:
        return [f"\\multicolumn{{{len(table.columns) + 2}}}{{l}}{{{latex_escaped(EMPTY)}}} \\\\"]
    methods, controls = parts(table)
    lines = [_row(row, table.columns, numbers) for row in methods]
    if controls:
        lines += [r"\midrule"] * bool(methods) + [_row(row, table.columns, numbers) for row in controls]
    return lines


def _row(row: Row, columns: Sequence[ColumnRule], numbers: Mapping[str, int]) -> str:
    more = "; ".join(filter(None, (seeds_text(row), by_text(row))))
    name = latex_escaped(row.method + (f" ({more})" if more else "")) + _marks(row.notes, numbers)
    cells = [_cell(cell, column, row, numbers) for cell, column in zip(row.cells, columns, strict=True)]
    return " & ".join([name, row.level, *cells]) + r" \\"


def _cell(cell: Cell, column: ColumnRule, row: Row, numbers: Mapping[str, int]) -> str:
    marks = _marks(notes_of(cell, row), numbers)
    text = latex_escaped(figure_text(cell, column.digits, row)).replace("\N{EN DASH}", "--")
    if row.level == "published" and cell.value is not None:
        return f"\\textit{{{text}}}{marks}"
    interval = f" {{\\scriptsize {interval_text(cell.interval, column.digits)}}}" if cell.interval else ""
    return f"{text}{interval}{marks}"


def _marks(texts: Sequence[str], numbers: Mapping[str, int]) -> str:
    found = ",".join(str(numbers[text]) for text in texts)
    return f"$^{{{found}}}$" if found else ""
