"""One page with every leaderboard: sorts, filters, draws intervals, and loads nothing."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

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
    provenance_of,
    seeds_text,
)
from mebench.leaderboard.render.links import pieces
from mebench.leaderboard.render.table import LEVELS, NOT_MEANT, Cell, LeaderboardTable, Row
from mebench.leaderboard.rules import ColumnRule

WIDTH = 64
"""Width of an interval's drawing, in its own units; a column's scale goes from 0 to its `_scale`."""


@dataclass(frozen=True)
class Bar:
    """An interval drawn: places on a line `WIDTH` long."""

    low: float
    high: float
    value: float


@dataclass(frozen=True)
class Shown:
    """A figure as the page shows it; `value` sorts, `marks` are the numbers of its footnotes."""

    text: str
    interval: str
    value: float | None
    bar: Bar | None
    marks: tuple[int, ...]


def page_text(tables: Sequence[LeaderboardTable]) -> str:
    """Return the whole page; scripts and styles stand in it, and its policy forbids everything else."""
    from jinja2 import Environment, StrictUndefined

    style, script = _file("page.css"), _file("page.js")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_file("page.html.jinja"))
    return template.render(
        benchmarks=[_benchmark(name, tables) for name in dict.fromkeys(_place(table) for table in tables)],
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


def _benchmark(place: tuple[str, int], tables: Sequence[LeaderboardTable]) -> dict[str, Any]:
    own = [table for table in tables if _place(table) == place]
    return {
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
        "bodies": [[_row(row, table, numbers, scales) for row in rows] for rows in parts(table)],
        "footnotes": numbers,
        "notes": table.notes,
        "size": len(table.rows),
        "unprinted": has_unprinted(table),
        "printed": any(row.level == "published" for row in table.rows),
        "verified": any(row.level != "published" for row in table.rows),
    }


def _row(row: Row, table: LeaderboardTable, numbers: dict[str, int], scales: Sequence[float]) -> dict[str, Any]:
    columns = table.columns
    return {
        "method": row.method,
        "level": row.level,
        "provenance": provenance_of(row),
        "control": row.control,
        "more": ", ".join(filter(None, (seeds_text(row), row.n, by_text(row)))),
        "marks": tuple(numbers[text] for text in row.notes),
        "cells": [
            _shown(cell, column, row, numbers, scale)
            for cell, column, scale in zip(row.cells, columns, scales, strict=True)
        ],
        "source": pieces(row.source),
        "records": row.records,
    }


def _shown(cell: Cell, column: ColumnRule, row: Row, numbers: dict[str, int], scale: float) -> Shown:
    marks = tuple(numbers[text] for text in notes_of(cell, row))
    text, bar = figure_text(cell, column.digits, row), None
    if cell.interval and cell.value is not None and scale:
        low, high, value = (round(WIDTH * place / scale, 1) for place in (*cell.interval, cell.value))
        bar = Bar(low, high, value)
    interval = interval_text(cell.interval, column.digits) if cell.interval else ""
    return Shown(text, interval, cell.value, bar, marks)


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
