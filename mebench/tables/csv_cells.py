"""CSV files of predictions, truth and manifests as columns of cells: one reader for every command."""

import csv
import difflib
import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from mebench.errors import MebenchError
from mebench.tables.held import Source, data_of

T = TypeVar("T")

SPELLINGS = MappingProxyType(
    {
        "vid": "video",
        "video_id": "video",
        "video_name": "video",
        "sub": "subject",
        "subject_id": "subject",
        **{f"{side}_{end}": end for side in ("pred", "gt", "true") for end in ("onset", "apex", "offset")},
        "expression_type": "type",
        "exp_type": "type",
        "kind": "type",
        "confidence": "score",
    }
)
"""Other spellings of columns, as entrants' files have them; upper case, spaces and hyphens make no difference."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{0,18})?([eE][+-]?[0-9]{1,2})?")
_INDEX = re.compile(r"|unnamed: [0-9]+")

_EXACT = 2**53
"""Whole numbers beyond it are not exact as floating point."""


@dataclass(frozen=True)
class Cells:
    """The cells of a CSV file by column, without spaces around, and the line on which each row ended.

    Attributes:
        source: how an error calls the file.
        columns: by name, as `SPELLINGS` maps them.
        lines: of each row.
    """

    source: str
    columns: dict[str, list[str]]
    lines: list[int]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.lines)

    def where(self, row: int) -> str:
        """Return how an error names a row."""
        return f"{self.source} row {self.lines[row]}"

    def parsed(self, column: str, parse: Callable[[str], T | None], what: str) -> list[T]:
        """Return the values of a column.

        Args:
            column: which.
            parse: from a cell to its value, None where it is none.
            what: a cell should be, for the error.

        Raises:
            MebenchError: a cell that is none; the sentence names row and column.
        """
        values = []
        for line, cell in zip(self.lines, self.columns[column], strict=True):
            value = parse(cell)
            if value is None:
                raise MebenchError(f"{self.source} row {line}: {column} {cell!r} is not {what}; mend the cell")
            values.append(value)
        return values

    def frames(self, column: str) -> list[int]:
        """Return the frame numbers of a column.

        Raises:
            MebenchError: a cell that is no whole number.
        """
        return self.parsed(column, whole, "a whole number of frames")

    def finite(self, column: str) -> list[float]:
        """Return the numbers of a column.

        Raises:
            MebenchError: a cell that is no finite number.
        """
        return self.parsed(column, finite, "a finite number")


def read_cells(path: Source, required: Sequence[str], optional: Sequence[str]) -> Cells:
    """Return the cells of a CSV file that has the required columns, and of the others the optional ones alone.

    Columns may stand in any order, in any case, and under the names of `SPELLINGS`; cells may be separated by
    semicolons or tabs. A first column without a name that numbers the rows (the index that pandas writes) is passed
    over.

    Raises:
        MebenchError: no file, empty, not UTF-8 (with or without a byte order mark), a column that is missing, unknown
            or there twice, or a row of another length.
    """
    return cells_of(str(path), read_text(path), required, optional)


def cells_of(source: str, text: str, required: Sequence[str], optional: Sequence[str]) -> Cells:
    """Return the same for a text; `source` says in errors where it stood."""
    found = _csv_rows(source, text, ",".join(required))
    names = [_column(cell) for cell in found.header]
    first = 1 if _is_index(found) else 0
    _refuse_header(f"{source} row {found.header_line}", names[first:], required, optional)
    _refuse_lengths(source, found)
    columns = [[cell.strip() for cell in column] for column in zip(*found.rows, strict=True)] or [[] for _ in names]
    return Cells(source, dict(zip(names[first:], columns[first:], strict=True)), found.lines)


def header_of(source: str, text: str) -> tuple[str, ...]:
    """Return the columns of a CSV text, as `SPELLINGS` maps them; nothing else is looked at.

    Raises:
        MebenchError: empty, or no CSV.
    """
    return tuple(_column(cell) for cell in _csv_rows(source, text, "the names of the columns").header)


def read_text(path: Source) -> str:
    """Return a file's text, with or without a byte order mark.

    Raises:
        MebenchError: no such file, or not UTF-8.
    """
    try:
        data = data_of(path)
    except OSError as error:
        raise MebenchError(f"cannot read {path}: {(error.strerror or str(error)).lower()}; give a CSV file") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise MebenchError(f"{path} row {row}: not UTF-8 (byte {error.start}); save the file as UTF-8 CSV") from error


def whole(cell: str) -> int | None:
    """Return the whole number of a cell, `100`, `100.0` and `1e2` alike; None where it holds none."""
    if _INTEGER.fullmatch(cell):
        return int(cell)
    if not _DECIMAL.fullmatch(cell):
        return None
    value = float(cell)
    return int(value) if value.is_integer() and abs(value) <= _EXACT else None


def finite(cell: str) -> float | None:
    """Return the finite number of a cell; None where it holds none."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


@dataclass(frozen=True)
class _CsvRows:
    """A CSV text in pieces: the header's cells, the rows, and the line that each ended on."""

    header: list[str]
    header_line: int
    rows: list[list[str]]
    lines: list[int]


def _csv_rows(name: str, text: str, example: str) -> _CsvRows:
    """Return header and rows of a CSV text; rows without anything in them are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        header = next((row for row in reader if any(cell.strip() for cell in row)), None)
        if header is None:
            raise MebenchError(f"{name} is empty; its first line must be {example}")
        first = reader.line_num
        for row in reader:
            if any(map(str.strip, row)):
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise MebenchError(f"{name} row {reader.line_num}: {error}; write plain CSV") from error
    return _CsvRows(header, first, rows, lines)


def _is_index(found: _CsvRows) -> bool:
    """Return whether the first column has no name and numbers the rows from 0 or 1."""
    if len(found.header) < 2 or not _INDEX.fullmatch(found.header[0].strip().lower()):
        return False
    numbers = [whole(row[0].strip()) for row in found.rows]
    return any(numbers == list(range(first, first + len(numbers))) for first in (0, 1))


def _refuse_lengths(name: str, found: _CsvRows) -> None:
    wide = len(found.header)
    for row, line in zip(found.rows, found.lines, strict=True):
        if len(row) != wide:
            raise MebenchError(f"{name} row {line}: {len(row)} cells, but the header has {wide}; mend the row")


def _separator(text: str) -> str:
    """Return what stands between the cells: a comma, or a semicolon or tab where the header has no comma."""
    header = text.lstrip().partition("\n")[0]
    return next((mark for mark in (",", ";", "\t") if mark in header), ",")


def _column(cell: str) -> str:
    name = re.sub(r"[\s-]+", "_", cell.strip().lower())
    return SPELLINGS.get(name, name)


def _refuse_header(where: str, names: list[str], required: Sequence[str], optional: Sequence[str]) -> None:
    known = (*required, *optional)
    allowed = f"allowed: {','.join(required)}" + (f" and {','.join(optional)}" if optional else "")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise MebenchError(f"{where}: column {twice[0]!r} is there twice; keep one ({allowed})")
    for place, name in enumerate(names, start=1):
        if not name:
            raise MebenchError(f"{where}: column {place} has no name and is no index of the rows; name or drop it")
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise MebenchError(f"{where}: unknown column {name!r}; {hint}({allowed})")
    for name in required:
        if name not in names:
            raise MebenchError(f"{where}: column {name!r} is missing; add it ({allowed})")
