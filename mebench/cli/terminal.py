"""Tables and progress bars of the command line: bars while a run goes on, its table at the end."""

from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE, SIMPLE_HEAD
from rich.console import Console, JustifyMethod
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Column, Table

from mebench.cli.progress_lines import Stage, lines_of
from mebench.data.overview import Overview, number_text
from mebench.progress import Advance
from mebench.record.record import Record
from mebench.report.table import is_scored, note, resampled_units, table_rows, table_title

FIGURES = ("subjects", "videos", "micro", "macro")
"""Numbers of a dataset's card that the list of datasets shows."""

WIDTH = 120
"""Least number of characters a line that is not written to a terminal has."""


class TerminalProgress:
    """Progress on standard error: a bar a stage; where that is no terminal, a line every half minute."""

    def __init__(self) -> None:
        self._console = _console(stderr=True)

    @contextmanager
    def stage(self, description: str, total: int, unit: str) -> Iterator[Advance]:
        """Show how much of `total` units is done while the context is open."""
        if not self._console.is_terminal:
            with lines_of(Stage(description, total, unit), self.say) as advance:
                yield advance
            return
        columns = (
            TextColumn("{task.description:<34}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(table_column=Column(no_wrap=True, min_width=2 * len(str(total)) + 1)),
            TextColumn(unit),
            TimeElapsedColumn(table_column=Column(no_wrap=True, min_width=7)),
            TextColumn("left"),
            TimeRemainingColumn(table_column=Column(no_wrap=True, min_width=7)),
        )
        with Bars(*columns, console=self._console) as bars:
            task = bars.add_task(description, total=total)

            yield lambda done: bars.update(task, advance=done)

    def say(self, sentence: str) -> None:
        """Print one sentence."""
        self._console.print(sentence, highlight=False, markup=False, soft_wrap=True)


def show_overview(rows: Sequence[Overview]) -> None:
    """Print a table of the datasets, then some lines for each: what it is, frame rate, licence, where to apply.

    Where the screen is too narrow for the table, each dataset has its figures in lines of its own.
    """
    lines = [("dataset", "kind", *FIGURES, "built"), *((_marked(r), _kind(r), *_figures(r), r.state) for r in rows)]
    table = _table(lines, {"dataset", "kind"}, folded={"built"})
    console = _console()
    narrow = _least_width(console, table) > console.width
    if not narrow:
        console.print(table, markup=False)
    for row in rows:
        for line in _overview_lines(row, narrow):
            console.print(line, markup=False, soft_wrap=True)
    console.print("\n* experimental: the archive's layout was never seen", markup=False, soft_wrap=True)
    console.print("more: mebench data info NAME", markup=False, soft_wrap=True)


def _overview_lines(row: Overview, narrow: bool) -> list[str]:
    figures = [f"{name} {value}" for name, value in zip(FIGURES, _figures(row), strict=True)]
    facts = [_kind(row), ", ".join(figures), f"built: {row.state}"] if narrow else []
    card = row.card
    facts += [card.holds, f"fps {card.fps}; {card.licence}", card.apply] if card else []
    if narrow:
        return [_marked(row), *(f"  {fact}" for fact in facts)]
    return [f"{'' if number else row.name:<14} {fact}" for number, fact in enumerate(facts)]


def _marked(row: Overview) -> str:
    return f"{row.name} *" if row.card and row.card.experimental else row.name


def _kind(row: Overview) -> str:
    return row.card.kind if row.card else "-"


def _figures(row: Overview) -> list[str]:
    return [number_text(getattr(row.card, name, None)) for name in FIGURES]


def show_table(record: Record) -> None:
    """Print the closing table, or the sentence that says why there is none."""
    if not is_scored(record):
        for sentence in (table_title(record), note(record)):
            _console().print(sentence, markup=False, soft_wrap=True)
        return
    rows = table_rows(record)
    table = _table(rows, set(rows[0][:2]), parts=True)
    table.title, table.title_justify, table.box, table.pad_edge = table_title(record), "left", SIMPLE, True
    _print_whole(table)
    baselines = ", ".join(record.bounds)
    units = resampled_units(record)
    _console().print(f"value [95% interval, bootstrap over {units}]; {baselines} are the baselines", markup=False)


def _console(stderr: bool = False) -> Console:
    """Return the console of standard output or standard error, wide enough for the tables where it is no terminal."""
    console = Console(stderr=stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=stderr, width=max(WIDTH, console.width), highlight=False)


def _table(
    rows: Sequence[Sequence[str]], texts: Container[str], folded: Container[str] = (), parts: bool = False
) -> Table:
    """Return a table in which no figure is cut.

    Args:
        rows: header first.
        texts: columns that hold texts, on the left.
        folded: columns that may be folded where the screen is narrow.
        parts: whether a line parts rows that begin otherwise.
    """
    header, *body = rows
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(header):
        least = None if name in folded else max(len(row[place]) for row in rows)
        justify: JustifyMethod = "left" if name in texts or name in folded else "right"
        table.add_column(name, justify=justify, no_wrap=name not in folded, min_width=least)
    for row, following in zip(body, [*body[1:], None], strict=True):
        table.add_row(*row, end_section=parts and following is not None and following[0] != row[0])
    return table


def _print_whole(table: Table) -> Console:
    """Print a table with every figure whole, wider than the screen where need be; return the console."""
    console = _console()
    console.width = max(console.width, _least_width(console, table))
    console.print(table, markup=False)
    return console


def _least_width(console: Console, table: Table) -> int:
    """Return the width below which figures of a table would be cut."""
    return Measurement.get(console, console.options.update(width=10_000), table).minimum


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        _console().print(line, markup=False, soft_wrap=True)


def show_rows(rows: Sequence[tuple[str, ...]], warnings: Sequence[str], above: Sequence[str] = ()) -> None:
    """Print some lines, a table, header first, and the scorer's warnings."""
    _print_lines(above)
    console = _print_whole(_table(rows, {rows[0][0]}, folded={rows[0][0]}))  # a narrow screen folds names
    for warning in warnings:
        console.print(warning, highlight=False, markup=False, soft_wrap=True)
