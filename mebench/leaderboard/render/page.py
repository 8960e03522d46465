"""One page with every leaderboard: sorts, filters, draws intervals, and loads nothing."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, get_args

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
    provenance_of,
    ranks,
    seeds_text,
)
from mebench.leaderboard.render.links import with_paper
from mebench.leaderboard.render.table import LEVELS, NOT_MEANT, Cell, LeaderboardTable, Row
from mebench.leaderboard.rules import ColumnRule, Rules, Task

WIDTH = 64
"""Width of an interval's drawing, in its own units; a column's scale goes from 0 to its `_scale`."""

TASKS: tuple[str, ...] = get_args(Task)


@dataclass(frozen=True)
class Bar:
    """An interval drawn: places on a line `WIDTH` long."""

    low: float
    high: float
    value: float


@dataclass(frozen=True)
class Shown:
    """A figure as the page shows it; `value` sorts, `marks` are the numbers of its footnotes, `best` of its column."""

    text: str
    interval: str
    value: float | None
    bar: Bar | None
    marks: tuple[int, ...]
    best: bool


def page_text(tables: Sequence[LeaderboardTable]) -> str:
    """Return the whole page; scripts and styles stand in it, and its policy forbids everything else."""
    from jinja2 import Environment, StrictUndefined

    style, script = _file("page.css"), _file("page.js")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_file("page.html.jinja"))
    return template.render(
        benchmarks=_benchmarks(tables),
        levels=LEVELS,
        not_meant=NOT_MEANT,
        style=style,
        script=script,
        style_hash=_policy_hash(style),
        script_hash=_policy_hash(script),
        empty=EMPTY,
        unprinted=UNPRINTED,
        width=WIDTH,
    )


def _place(table: LeaderboardTable) -> tuple[str, int]:
    return table.rules.benchmark, table.rules.version


def _benchmarks(tables: Sequence[LeaderboardTable]) -> list[dict[str, Any]]:
    """Return the versions in the order in which a reader wants them, so that the page opens with a real benchmark.

    Those on real faces come first, those that are closed or without a result last; in each, those whose truth people
    have before those that the organisers alone can score, and spot-then-recognise before its parts.
    """
    newest = {table.rules.benchmark: table.rules.version for table in tables}  # versions ascend
    places = sorted(dict.fromkeys(_place(table) for table in tables), reverse=True)  # the newest edition first
    return sorted((_benchmark(place, tables, newest) for place in places), key=_interest)


def _interest(benchmark: dict[str, Any]) -> tuple[bool, bool, bool, int, int]:
    rules: Rules = benchmark["rules"]
    return (
        bool(benchmark["closed"]),
        not benchmark["verified"] + benchmark["published"],
        rules.truth == "embedded",
        TASKS.index(rules.task),
        ("archives", "organisers", "embedded").index(rules.truth),
    )


def _benchmark(place: tuple[str, int], tables: Sequence[LeaderboardTable], newest: Mapping[str, int]) -> dict[str, Any]:
    own = [table for table in tables if _place(table) == place]
    return {
        "short": place[0] if newest[place[0]] == place[1] else "",
        "id": f"{place[0]}-v{place[1]}",
        "folder": f"{place[0]}/v{place[1]}",
        "name": place[0],
        "rules": own[0].rules,
        "closed": own[0].closed,
        "tables": [_table(table) for table in own],
        "verified": sum(provenance_of(row) == "verified" for table in own for row in table.rows),
        "published": sum(provenance_of(row) == "published" for table in own for row in table.rows),
    }


def _table(table: LeaderboardTable) -> dict[str, Any]:
    numbers = footnotes(table)
    scales = [_scale(table, place) for place in range(len(table.columns))]
    groups = column_groups(table.columns)
    order = next((n for n, column in enumerate(table.columns) if column.key == table.rules.order), -1)
    return {
        "name": table.name,
        "title": table.title,
        "columns": table.columns,
        "groups": groups,
        "starts": {group.start for group in groups if group.title},
        "order": order,
        "bodies": _bodies(table, numbers, scales),
        "best": has_best(table),
        "footnotes": numbers,
        "notes": table.notes,
        "size": len(table.rows),
        "unprinted": has_unprinted(table),
        "printed": any(row.level == "published" for row in table.rows),
        "verified": any(row.level != "published" for row in table.rows),
    }


def _bodies(
    table: LeaderboardTable, numbers: Mapping[str, int], scales: Sequence[float]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of the methods, and apart from them those of the controls."""
    best = best_values(table)
    rows = [
        _row(rank, row, table.columns, best, numbers, scales)
        for rank, row in zip(ranks(table), table.rows, strict=True)
    ]
    return [row for row in rows if not row["control"]], [row for row in rows if row["control"]]


def _row(
    rank: int | None,
    row: Row,
    columns: Sequence[ColumnRule],
    best: Sequence[float | None],
    numbers: Mapping[str, int],
    scales: Sequence[float],
) -> dict[str, Any]:
    return {
        "rank": rank,
        "method": row.method,
        "level": row.level,
        "provenance": provenance_of(row),
        "control": row.control,
        "more": ", ".join(filter(None, (row.date, seeds_text(row), row.n, by_text(row)))),
        "marks": tuple(numbers[text] for text in row.notes),
        "cells": [
            _shown(cell, column, row, numbers, scale, is_best(cell, row, top))
            for cell, column, scale, top in zip(row.cells, columns, scales, best, strict=True)
        ],
        "source": with_paper(row.source, row.paper),
        "records": row.records,
    }


def _shown(cell: Cell, column: ColumnRule, row: Row, numbers: Mapping[str, int], scale: float, best: bool) -> Shown:
    marks = tuple(numbers[text] for text in notes_of(cell, row))
    text, bar = figure_text(cell, column.digits, row), None
    if cell.interval and cell.value is not None and scale:
        low, high, value = (round(WIDTH * place / scale, 1) for place in (*cell.interval, cell.value))
        bar = Bar(low, high, value)
    interval = interval_text(cell.interval, column.digits) if cell.interval else ""
    return Shown(text, interval, cell.value, bar, marks, best)


def _scale(table: LeaderboardTable, place: int) -> float:
    """Return what a column's drawings end at: 1 for shares, else the largest that the column holds."""
    cells = [row.cells[place] for row in table.rows]
    ends = [end for cell in cells for end in (cell.value, *(cell.interval or ())) if end is not None]
    largest = max(ends, default=0.0)
    return 1.0 if largest <= 1 and table.columns[place].digits > 0 else largest


@cache
def _file(name: str) -> str:
    return (resources.files("mebench.leaderboard") / "templates" / name).read_text(encoding="utf-8")


def _policy_hash(text: str) -> str:
    """Return the hash by which a content security policy knows a script or style in the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
