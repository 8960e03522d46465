"""The closing table of a run as LaTeX: the model and the baselines, the best of each column bold."""

from collections.abc import Sequence

from mebench.metrics.figure_names import less_is_better
from mebench.record.record import Record
from mebench.report.latex import latex_table
from mebench.report.table import BoundedRows, bounded_rows, is_scored, note, table_title

ORACLE = "oracle"
"""Names of baselines that know the truth begin so; they do not compete."""


def record_latex(record: Record, figures: Sequence[str] | None = None) -> str:
    """Return a `table` environment of a run, a part for each rules or dataset.

    Args:
        record: of a finished run.
        figures: names without the rules', as strs; None: those of the closing table.

    Raises:
        MebenchError: nothing was scored, or an unknown figure.
    """
    rows = bounded_rows(record, figures)
    notes = [note(record)] + ["Bold: the best of its column; an oracle does not compete."] * is_scored(record)
    lines: list[Sequence[str]] = [rows.header]
    bold: set[tuple[int, int]] = set()
    for number, row in enumerate(rows.body):
        if number and row.part != rows.body[number - 1].part:
            lines.append(())
        bold |= {(len(lines), place + 2) for place in range(len(rows.figures)) if _is_best(rows, number, place)}
        lines.append(row.cells)
    return latex_table(lines, table_title(record), bold, 2, notes)


def _is_best(rows: BoundedRows, number: int, place: int) -> bool:
    """Return whether the figure of a row is the best of its part; where it has no rival, it is not."""
    row = rows.body[number]
    rivals = [one for one in rows.body if one.part == row.part and not one.system.startswith(ORACLE)]
    known = [value for one in rivals if (value := one.values[place]) is not None]
    best = min if less_is_better(rows.figures[place]) else max
    return row in rivals and len(known) > 1 and row.values[place] == best(known)
