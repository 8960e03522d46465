"""Tables in LaTeX with booktabs, to be put into a paper: escaped, at most as wide as the text, the best bold."""

import unicodedata
from collections.abc import Collection, Sequence

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

NARROWED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
"""Before a tabular: what is wider than the text is made as narrow, what is not stays as it is; closed by a brace."""


def latex_table(
    rows: Sequence[Sequence[str]], caption: str, bold: Collection[tuple[int, int]], texts: int, notes: Sequence[str]
) -> str:
    r"""Return a `table` environment (needs `\usepackage{booktabs,graphicx}`).

    Args:
        rows: cells as plain text, header first; an empty row is a rule.
        caption: plain text.
        bold: cells, as (row, column), that are the best.
        texts: how many columns hold texts, on the left; the others hold figures.
        notes: sentences below the table.
    """
    header, *body = rows
    lines = [_line(header)]
    for number, row in enumerate(body, 1):
        lines.append(_line(row, {column for place, column in bold if place == number}) if row else r"\midrule")
    spec = "l" * texts + "r" * (len(header) - texts)
    return fitted(latex_escaped(caption), spec, lines[:1], lines[1:], [latex_escaped(note) for note in notes])


def fitted(caption: str, spec: str, heads: Sequence[str], body: Sequence[str], notes: Sequence[str]) -> str:
    """Return the environment around lines that are LaTeX already, with what it needs as comments before it."""
    lines = [r"\begin{table}", r"\centering", f"\\caption{{{caption}}}", NARROWED, f"\\begin{{tabular}}{{{spec}}}"]
    lines += [r"\toprule", *heads, r"\midrule", *body, r"\bottomrule", r"\end{tabular}}"]
    lines += [f"\\par\\footnotesize {note}" for note in notes]
    text = "\n".join([*lines, r"\end{table}"]) + "\n"
    return "\n".join([*_needs(text), text])


def latex_escaped(text: str) -> str:
    """Return a stranger's text so that LaTeX sets it as it is, wherever it stands in a table."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(_SPECIAL.get(letter, letter) for letter in composed)


def _needs(text: str) -> list[str]:
    """Return, as comments, what the text needs to be set: packages, and another program than pdflatex."""
    needs = [r"% \usepackage{booktabs,graphicx}"]
    if not text.isascii():
        needs.append(r"% \usepackage[T1]{fontenc}")
    beyond = sorted({letter for letter in text if letter in _UNSET or (ord(letter) > 0x17F and letter not in _PLAIN)})
    named = " ".join(f"U+{ord(letter):04X}" for letter in beyond)
    return [*needs, *([f"% pdflatex has no {named}: use lualatex and a font that has"] if beyond else [])]


def _line(cells: Sequence[str], bold: Collection[int] = ()) -> str:
    texts = [latex_escaped(cell) for cell in cells]
    return " & ".join(f"\\textbf{{{text}}}" if place in bold else text for place, text in enumerate(texts)) + r" \\"
