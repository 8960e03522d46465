"""Prediction, truth and manifest tables as CSV: read with every row checked, written whole and always alike."""

import csv
import difflib
import io
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mebench.atomic import write_text
from mebench.errors import MebenchError
from mebench.tables.held import Source, data_of
from mebench.tables.intervals import UNKNOWN_APEX, IntervalTable, Manifest, pool, texts

__all__ = [
    "IntervalTable",
    "Manifest",
    "manifest_text",
    "pool",
    "read_columns",
    "read_manifest",
    "read_predictions",
    "read_truth",
    "truth_text",
    "write_manifest",
    "write_predictions",
    "write_truth",
]

INTERVAL_COLUMNS = ("subject", "video", "onset", "offset", "emotion")
MANIFEST_COLUMNS = ("dataset", "subject", "video", "num_frames", "fps")

ALIASES = MappingProxyType({"vid": "video", "pred_onset": "onset", "pred_offset": "offset"})
"""Other names of columns, as the challenges' own files have them; case and spaces around a name do not count."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True)
class _Cells:
    """The cells of a CSV file by column, and the line on which each row ended."""

    path: str
    columns: dict[str, list[str]]
    lines: list[int]


def read_predictions(path: Source) -> IntervalTable:
    """Return the predicted intervals of a CSV file: subject,video,onset,offset,emotion and perhaps score, apex.

    Columns may stand in any order, in any case, and under the names of `ALIASES`; cells may be separated by semicolons
    or tabs; ids are text, so "1" is the same id everywhere while "1.0" and "01" are others. A file with a header and no
    row is a table without a prediction. Frames are whole numbers: "12.0" is refused.

    Raises:
        MebenchError: no file, empty, not UTF-8 (with or without a byte order mark), a column that is missing, unknown
            or there twice, a row of another length, a frame that is no whole number, a score that is not finite.
    """
    return _interval_table(_read_cells(path, INTERVAL_COLUMNS, ("score", "apex")))


def read_truth(path: Source) -> IntervalTable:
    """Return the true intervals of a CSV file: subject,video,onset,offset,emotion and perhaps apex (-1: unknown).

    Raises:
        MebenchError: as `read_predictions`.
    """
    return _interval_table(_read_cells(path, INTERVAL_COLUMNS, ("apex",)))


def read_manifest(path: Source) -> Manifest:
    """Return the videos of a CSV file: dataset,subject,video,num_frames,fps.

    Raises:
        MebenchError: as `read_predictions`, or no video, a video listed twice, num_frames or fps not above 0.
    """
    cells = _read_cells(path, MANIFEST_COLUMNS, ())
    return Manifest(
        dataset=texts(cells.columns["dataset"]),
        subject=texts(cells.columns["subject"]),
        video=texts(cells.columns["video"]),
        num_frames=_numbers(cells, "num_frames", _whole, np.int64),
        fps=_numbers(cells, "fps", _finite, np.float64),
        source=cells.path,
        lines=tuple(cells.lines),
    )


def read_columns(
    path: Source, required: Sequence[str], optional: Sequence[str]
) -> tuple[dict[str, list[str]], list[int]]:
    """Return the cells of a CSV file by column, without spaces around, and the line on which each row ended.

    Raises:
        MebenchError: as `read_predictions`, cells apart: they are text here.
    """
    cells = _read_cells(path, required, optional)
    return {name: [cell.strip() for cell in column] for name, column in cells.columns.items()}, cells.lines


def write_predictions(path: str | Path, table: IntervalTable) -> None:
    """Write predictions as CSV in row order; scores in the shortest form that reads back as the same float64.

    Raises:
        MebenchError: the file cannot be written, or the disk is full.
    """
    write_text(path, _intervals_text(table, ("score", "apex")))


def write_truth(path: str | Path, table: IntervalTable) -> None:
    """Write true intervals as CSV in row order (`apex` where the table has it, never a score).

    Raises:
        MebenchError: the file cannot be written, or the disk is full.
    """
    write_text(path, truth_text(table))


def write_manifest(path: str | Path, manifest: Manifest) -> None:
    """Write the videos of a split as CSV in row order.

    Raises:
        MebenchError: the file cannot be written, or the disk is full.
    """
    write_text(path, manifest_text(manifest))


def truth_text(table: IntervalTable) -> str:
    """Return true intervals as `write_truth` writes them."""
    return _intervals_text(table, ("apex",))


def manifest_text(manifest: Manifest) -> str:
    """Return the videos of a split as `write_manifest` writes them."""
    frames, fps = manifest.num_frames.tolist(), manifest.fps.tolist()
    rows = zip(manifest.dataset, manifest.subject, manifest.video, frames, map(repr, fps), strict=True)
    return _text(MANIFEST_COLUMNS, rows)


def _intervals_text(table: IntervalTable, optional: Sequence[str]) -> str:
    names, columns = list(INTERVAL_COLUMNS), [table.subject, table.video, table.onset.tolist(), table.offset.tolist()]
    columns.append(table.emotion)
    for name in optional:
        if (values := getattr(table, name)) is not None:
            names.append(name)
            columns.append([repr(value) for value in values.tolist()])
    return _text(names, zip(*columns, strict=True))


def _text(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


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


@dataclass(frozen=True)
class CsvRows:
    """A CSV text in pieces: the header's cells, the rows, and the line that each ended on."""

    header: list[str]
    header_line: int
    rows: list[list[str]]
    lines: list[int]


def csv_rows(name: str, text: str, example: str) -> CsvRows:
    """Return header and rows of a CSV text, of any length; rows without anything in them are passed over.

    Args:
        name: of the file, for errors.
        text: with commas, or semicolons or tabs, between the cells.
        example: a header, for the error of an empty text.

    Raises:
        MebenchError: empty, or no CSV.
    """
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
    return CsvRows(header, first, rows, lines)


def _read_cells(path: Source, required: Sequence[str], optional: Sequence[str]) -> _Cells:
    name = str(path)
    found = csv_rows(name, read_text(path), ",".join(required))
    names = _checked_header(name, [_column(cell) for cell in found.header], required, optional)
    check_lengths(name, found)
    columns = list(zip(*found.rows, strict=True)) or [()] * len(names)
    return _Cells(name, {key: list(column) for key, column in zip(names, columns, strict=True)}, found.lines)


def _separator(text: str) -> str:
    """Return what stands between the cells: a comma, or a semicolon or tab where the header has no comma."""
    header = text.lstrip().partition("\n")[0]
    return next((mark for mark in (",", ";", "\t") if mark in header), ",")


def _column(cell: str) -> str:
    name = cell.strip().lower()
    return ALIASES.get(name, name)


def _checked_header(path: str, names: list[str], required: Sequence[str], optional: Sequence[str]) -> list[str]:
    known = (*required, *optional)
    allowed = f"allowed: {','.join(required)}" + (f" and {','.join(optional)}" if optional else "")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise MebenchError(f"{path} row 1: column {twice[0]!r} is there twice; keep one ({allowed})")
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise MebenchError(f"{path} row 1: unknown column {name!r}; {hint}({allowed})")
    for name in required:
        if name not in names:
            raise MebenchError(f"{path} row 1: column {name!r} is missing; add it ({allowed})")
    return names


def check_lengths(name: str, table: CsvRows) -> None:
    """Raise a MebenchError that names the first row of another length than the header."""
    for row, line in zip(table.rows, table.lines, strict=True):
        if len(row) != len(table.header):
            raise MebenchError(
                f"{name} row {line}: {len(row)} cells, but the header has {len(table.header)}; mend the row"
            )


def _interval_table(cells: _Cells) -> IntervalTable:
    columns = cells.columns
    return IntervalTable(
        subject=texts(columns["subject"]),
        video=texts(columns["video"]),
        onset=_numbers(cells, "onset", _whole, np.int64),
        offset=_numbers(cells, "offset", _whole, np.int64),
        emotion=texts(columns["emotion"]),
        score=_numbers(cells, "score", _finite, np.float64) if "score" in columns else None,
        apex=_numbers(cells, "apex", _whole_or_unknown, np.int64) if "apex" in columns else None,
        source=cells.path,
        lines=tuple(cells.lines),
    )


def _numbers(cells: _Cells, column: str, parse: Callable[[str], float | int | None], kind: type) -> np.ndarray:
    values = [parse(cell.strip()) for cell in cells.columns[column]]
    if None in values:
        row = values.index(None)
        what = "a whole number of frames" if kind is np.int64 else "a finite number"
        raise MebenchError(
            f"{cells.path} row {cells.lines[row]}: {column} {cells.columns[column][row]!r} is not {what}; mend the cell"
        )
    return np.array(values, dtype=kind)


def _whole(cell: str) -> int | None:
    return int(cell) if _INTEGER.fullmatch(cell) else None


def _whole_or_unknown(cell: str) -> int | None:
    return _whole(cell) if cell else UNKNOWN_APEX


def _finite(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
