"""What the command line shows: progress bars while a run goes on, and its table at the end."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.box import SIMPLE, SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table

from mebench.data.overview import Overview, number_text
from mebench.progress import Advance
from mebench.record.record import Record
from mebench.report.table import is_scored, note, resampled_units, table_rows, table_title

WIDTH = 120
"""Least number of characters a line that is not written to a terminal has."""


class TerminalProgress:
    """Progress bars on standard error: what is done, how far it is, how long it takes still."""

    def __init__(self) -> None:
        self._console = _console(stderr=True)

    @contextmanager
    def stage(self, description: str, total: int, unit: str) -> Iterator[Advance]:
        """Show a bar of `total` units while the context is open."""
        columns = (
            TextColumn("{task.description:<34}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn(unit),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Bars(*columns, console=self._console) as bars:
            task = bars.add_task(description, total=total)

            def advance(done: int) -> None:
                bars.update(task, advance=done)

            yield advance

    def say(self, sentence: str) -> None:
        """Print one sentence."""
        self._console.print(sentence, highlight=False, markup=False, soft_wrap=True)


def show_overview(rows: Sequence[Overview]) -> None:
    """Print a table of the datasets, then some lines for each: what it is, frame rate, licence, where to apply."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("dataset", "kind", "subjects", "videos", "micro", "macro", "built"):
        right = name in ("subjects", "videos", "micro", "macro")
        table.add_column(name, justify="right" if right else "left", no_wrap=name != "built")
    for row in rows:
        facts = (row.card.kind, row.card.subjects, row.card.videos, row.card.micro, row.card.macro) if row.card else ()
        mark = " *" if row.card and row.card.experimental else ""
        table.add_row(f"{row.name}{mark}", *map(number_text, facts or (None,) * 5), row.state)
    console = _console()
    console.print(table, markup=False)
    for row in rows:
        if row.card:
            card = row.card
            lines = (card.holds, f"fps {card.fps}; {card.licence}", card.apply)
            text = "\n".join(f"{'' if number else row.name:<14} {line}" for number, line in enumerate(lines))
            console.print(text, markup=False, soft_wrap=True)
    console.print("\n* experimental: the archive's layout was never seen", markup=False, soft_wrap=True)
    console.print("more: mebench data info NAME", markup=False, soft_wrap=True)


def show_table(record: Record) -> None:
    """Print the closing table, or the sentence that says why there is none."""
    if not is_scored(record):
        for sentence in (table_title(record), note(record)):
            _console().print(sentence, markup=False, soft_wrap=True)
        return
    header, *body = table_rows(record)
    table = Table(title=table_title(record), title_justify="left", box=SIMPLE)
    for index, name in enumerate(header):
        table.add_column(name, justify="left" if index < 2 else "right", no_wrap=True)
    for row, following in zip(body, [*body[1:], None], strict=True):
        table.add_row(*row, end_section=following is not None and following[0] != row[0])
    _console().print(table)
    bounds = ", ".join(record.bounds)
    units = resampled_units(record)
    _console().print(f"value [95% interval, bootstrap over {units}]; {bounds} are the bounds", markup=False)


def _console(stderr: bool = False) -> Console:
    """Return the console of standard output or standard error, wide enough for the tables where it is no terminal."""
    console = Console(stderr=stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=stderr, width=max(WIDTH, console.width), highlight=False)


def show_scores(document: Mapping[str, Any]) -> None:
    """Print the classes of a score document, its figures, a column for each rules, and its warnings."""
    from mebench.metrics.scored_classes import classes_text
    from mebench.metrics.str.score import FIGURES  # here: it loads scipy, which the other commands do without

    rules = [name for name in ("official", "strict") if name in document]
    table = Table()
    table.add_column("figure")
    for name in rules:
        table.add_column(name, justify="right")
    for figure in FIGURES:
        table.add_row(figure, *(_cell(document[name], figure) for name in rules))
    console = _console()
    for line in classes_text(document):
        console.print(line, markup=False, soft_wrap=True)
    console.print(table)
    for name in rules:
        for warning in document[name]["warnings"]:
            console.print(f"{name}: {warning}", highlight=False, markup=False, soft_wrap=True)
    if departures := document.get("official", {}).get("departures"):
        text = f"official departs from the organisers' script: {'; '.join(departures)}"
        console.print(text, markup=False, soft_wrap=True)


def show_rows(rows: Sequence[tuple[str, ...]], warnings: Sequence[str], above: Sequence[str] = ()) -> None:
    """Print some lines, a table, header first, and the scorer's warnings."""
    header, *body = rows
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(header):
        table.add_column(name, justify="right" if place else "left", no_wrap=place > 0)  # a narrow screen folds names
    for row in body:
        table.add_row(*row)
    console = _console()
    for line in above:
        console.print(line, markup=False, soft_wrap=True)
    console.print(table, markup=False)
    for warning in warnings:
        console.print(warning, highlight=False, markup=False, soft_wrap=True)


def _cell(part: Mapping[str, Any], figure: str) -> str:
    value, interval = part[figure], part["intervals"].get(figure)
    if value is None:
        return "undefined"
    text = f"{value}" if isinstance(value, int) else f"{value:.4f}"
    return f"{text} [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else text
