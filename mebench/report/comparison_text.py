"""A comparison of two runs in words and as a table."""

from collections.abc import Sequence

from mebench.metrics.comparison import Compared
from mebench.metrics.figure_names import less_is_better
from mebench.report.latex import latex_table


def comparison_rows(found: Sequence[Compared]) -> list[tuple[str, ...]]:
    """Return the table, header first: figure, A, B, difference with its interval, p, detectable difference."""
    rows: list[tuple[str, ...]] = [("figure", "A", "B", "A - B", "p", "detectable")]
    for one in found:
        difference = one.difference
        low = f" [{difference.interval[0]:+.3f}, {difference.interval[1]:+.3f}]" if difference.interval else ""
        shown = "undefined" if difference.difference is None else f"{difference.difference:+.4f}{low}"
        p = "" if difference.p is None else f"{difference.p:.3f}"
        rows.append((one.key, _number(one.first), _number(one.second), shown, p, _number(difference.detectable)))
    return rows


def comparison_latex(found: Sequence[Compared], names: tuple[str, str]) -> str:
    """Return the table as LaTeX; the better of A and B is bold.

    Args:
        found: the compared figures.
        names: what A and B are, for the caption.
    """
    rows = comparison_rows(found)
    bold = {(number, place) for number, one in enumerate(found, 1) if (place := _better(one))}
    caption = f"A: {names[0]}; B: {names[1]}"
    return latex_table(
        rows, caption, bold, 1, ["Bold: the better of both, whether or not they differ.", *sentences(found)]
    )


def _better(one: Compared) -> int:
    """Return the column of the better run; 0 where they are equal or one is undefined."""
    if one.first is None or one.second is None or one.first == one.second:
        return 0
    return 1 if (one.first < one.second) == less_is_better(one.key) else 2


def sentences(found: Sequence[Compared]) -> list[str]:
    """Return what to make of it: what was resampled, what the test set can show, what p is."""
    said = []
    for n, kind in dict.fromkeys((one.difference.n, one.kind) for one in found):
        said.append(f"A - B [95% interval], paired bootstrap over {n} {kind}; p is not corrected for several figures")
    last = next((one for one in reversed(found) if one.difference.detectable), None)
    if last is not None:
        said.append(
            f"detectable: the smallest true difference that a comparison on this test set finds in 80% of cases; "
            f"in {last.key} differences below {last.difference.detectable:.3f} are mostly missed"
        )
    elif found and all(one.difference.detectable == 0 for one in found if one.difference.difference is not None):
        said.append("the runs have the same counts in every unit: nothing differs in any resample")
    said += [f"{one.key}: {one.difference.reason}" for one in found if one.difference.reason]
    return said


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
