"""Annotation tables: workbooks and csv files to rows of cells, and rows to columns by name."""

import csv
import io
import itertools
import json
import math
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mebench.errors import MebenchError
from tfds_builders.archives.annotation import Cell

READER = Path(__file__).with_name("workbook_process.py")
MAX_BYTES = 64 << 20
"""Size of a table's file; the largest known is 1 MB."""

CELLS = 4_000_000
"""Cells of a file; the largest table of a dataset has 34,000."""

SECONDS = 120.0
"""After which a workbook is given up; the largest known takes 0.1 s."""

MAX_WHOLE = 10**9
"""Whole numbers beyond are no frame numbers; the largest counter known is 17,581,094."""

SAMPLED = 1000
"""Rows of a csv file by which its separator is told."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_QUOTES = "'\"`´‘’“”"


class UnreadableTable(MebenchError):
    """A table file that cannot be read; the sentence names the file, the cause and what to do."""


@dataclass(frozen=True)
class Sheet:
    """One sheet; `rows[i]` is row i + 1 of the spreadsheet, `rows[i][j]` its column j + 1, all rows of one length.

    Attributes:
        file: name of the file.
        name: of the sheet; a csv file has one, named like the file without its suffix.
        rows: cells; a formula without a cached value, an error value and blank text are None.
    """

    file: str
    name: str
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes:
        number: counted from 1, as spreadsheets do.
        cells: by column name.
    """

    number: int
    cells: Mapping[str, Cell]

    def get(self, *names: str) -> Cell:
        """Return the cell of the first of the alternative column names that the table has; None if it has none."""
        for name in names:
            for form in (name, column_name(name)):
                if form in self.cells:
                    return self.cells[form]
        return None


@dataclass(frozen=True)
class Table:
    """A sheet's rows below its header.

    Attributes:
        file, sheet: where it is from.
        columns: normalised header names, left to right.
        rows: without the empty ones.
    """

    file: str
    sheet: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_sheets(path: Path) -> tuple[Sheet, ...]:
    """Return the sheets of an `.xlsx`, `.xls` or `.csv` file in the file's order.

    Workbooks are known by their content, csv files by their suffix. Whole floats are int, blank text is None and other
    text as it is (blanks at its ends too), dates are ISO text. The cells of a csv file are text.

    Raises:
        UnreadableTable: no such file, empty, truncated, damaged, no workbook, under a password, without sheets or too
            large.
    """
    shown = _shown(str(path))
    try:
        if not path.is_file():
            raise UnreadableTable(f"{shown}: there is no such file; name a table of type .xlsx, .xls or .csv")
        size = path.stat().st_size
        if size == 0:
            raise UnreadableTable(f"{shown}: the file is empty; unpack it from the archive again")
        if size > MAX_BYTES:
            raise UnreadableTable(f"{shown}: more than {MAX_BYTES >> 20} MiB; name the annotation table itself")
        if path.suffix.lower() == ".csv":
            return (Sheet(_shown(path.name), _shown(path.stem), _csv_rows(path.read_bytes(), shown)),)
    except OSError as error:
        raise UnreadableTable(f"{shown}: cannot be opened ({error.strerror}); mend its permissions") from error
    found = _workbook(path, shown)
    if not found:
        raise UnreadableTable(f"{shown}: the workbook has no sheet; unpack it from the archive again")
    return tuple(Sheet(_shown(path.name), name, tuple(tuple(row) for row in rows)) for name, rows in found)


def find_table(sheet: Sheet, required: Sequence[tuple[str, ...]], within: int = 30) -> Table | None:
    """Return the table below the first row that names every required column; None without such a row.

    Args:
        sheet: its rows.
        required: for each column its alternative names, in any spelling that `column_name` makes equal.
        within: only that many rows from the top are looked at.

    A repeated name keeps the first column; the next one is called `name (2)`. Columns without a name are left out, and
    so are rows without anything in the named columns.
    """
    wanted = [{column_name(name) for name in names} for names in required]
    for index, header in enumerate(sheet.rows[:within]):
        places = _columns(header)
        if places and all(names & places.keys() for names in wanted):
            below = ((i, _cells(row, places)) for i, row in enumerate(sheet.rows[index + 1 :], index + 2))
            rows = tuple(Row(i, cells) for i, cells in below if any(cell is not None for cell in cells.values()))
            return Table(sheet.file, sheet.name, tuple(places), rows)
    return None


def column_name(cell: Cell) -> str:
    """Return a header normalised: lower case, one blank between words, no blanks or quotes around it."""
    return " ".join(text(cell).split()).strip(f" {_QUOTES}").lower()


def whole(cell: Cell) -> int | None:
    """Return the whole number that a cell or its text is, at most `MAX_WHOLE` in size; None if it is none."""
    value = number(cell)
    if value is None or not value.is_integer() or abs(value) > MAX_WHOLE:
        return None
    return int(value)


def number(cell: Cell) -> float | None:
    """Return the finite number that a cell or its text is; None if it is none."""
    if cell is None or isinstance(cell, bool):
        return None
    if isinstance(cell, str):
        cell = cell.strip()
        value = float(cell) if _NUMBER.fullmatch(cell) else math.nan
    else:
        value = float(cell) if abs(cell) < sys.float_info.max else math.nan
    return value if math.isfinite(value) else None


def text(cell: Cell) -> str:
    """Return a cell as stripped text: "" for None, `12` for 12 and 12.0, `TRUE` for True."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) <= MAX_WHOLE:
        return str(int(cell))
    return str(cell).strip()


def code(cell: Cell, width: int) -> str:
    """Return a whole number with zeros up to a width (`006` for 6, 6.0, "6" and "006"), anything else as text."""
    value = whole(cell)
    return text(cell) if value is None or value < 0 else f"{value:0{width}d}"


def _columns(header: tuple[Cell, ...]) -> dict[str, int]:
    """Return the named columns of a header row, left to right."""
    places: dict[str, int] = {}
    for place, cell in enumerate(header):
        name = label = column_name(cell)
        again = 1
        while label in places:
            again += 1
            label = f"{name} ({again})"
        if name:
            places[label] = place
    return places


def _cells(row: tuple[Cell, ...], places: Mapping[str, int]) -> dict[str, Cell]:
    """Return a row's cells by column name."""
    return {name: row[place] if place < len(row) else None for name, place in places.items()}


def _workbook(path: Path, shown: str) -> list[tuple[str, list[list[Cell]]]]:
    """Return (name, rows) of every sheet of a workbook, read by a process of its own (see `workbook_process`)."""
    command = [sys.executable, "-S", "-P", str(READER), str(path), str(CELLS)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    again = "open it in a spreadsheet program and save it as .xlsx, or unpack it from the archive again"
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise UnreadableTable(f"{shown}: not read within {SECONDS:g} s; {again}") from error
    if done.returncode:
        if b"ModuleNotFoundError" in done.stderr:
            raise UnreadableTable(f"{shown}: the package python-calamine is missing; install mebench again")
        raise UnreadableTable(f"{shown}: it is damaged, or has a cell far outside its table; {again}")
    answer: dict[str, Any] = json.loads(done.stdout)
    if "error" in answer:
        raise UnreadableTable(f"{shown}: {' '.join(answer['error'].split())}; {again}")
    return [(name, rows) for name, rows in answer["sheets"]]


def _csv_rows(data: bytes, shown: str) -> tuple[tuple[Cell, ...], ...]:
    """Return the rows of a csv file, padded to one length, at the separator that gives the most rows one length."""
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        content = data.decode("latin-1")
    if "\0" in content:
        raise UnreadableTable(f"{shown}: no text file; save it as .csv (comma separated, UTF-8) or .xlsx")
    try:
        separator = max(",;\t", key=lambda mark: _regularity(content, mark))
        rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=separator))
    except csv.Error as error:
        raise UnreadableTable(f"{shown}: no csv file ({error}); save it as .csv (comma separated) or .xlsx") from error
    width = max(map(len, rows), default=0)
    if width * len(rows) > CELLS:
        raise UnreadableTable(f"{shown}: more than {CELLS} cells; name the annotation table itself")
    return tuple(tuple(cell if cell.strip() else None for cell in row) + (None,) * (width - len(row)) for row in rows)


def _regularity(content: str, separator: str) -> tuple[int, int]:
    """Return how many rows have the most common length above 1, and that length: a table's rows have one length."""
    rows = csv.reader(io.StringIO(content, newline=""), delimiter=separator)
    try:
        lengths = Counter(len(row) for row in itertools.islice(rows, SAMPLED))
    except csv.Error:
        return 0, 0
    return max(((count, length) for length, count in lengths.items() if length > 1), default=(0, 0))


def _shown(name: str) -> str:
    """Return a path that can be printed, whatever bytes it has."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
