"""Tables of spotted and true intervals, as CSV of every edition or as a log file of MEGC2020 and 2021."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from jaxtyping import Float64, Int64

from mebench.errors import MebenchError, unknown_name
from mebench.tables.csv import check_lengths, csv_rows
from mebench.tables.intervals import FRAME_LIMIT

MACRO, MICRO = 0, 1

COLUMNS = MappingProxyType(
    {
        "video": ("vid", "video", "video_id", "video_name"),
        "onset": ("onset", "pred_onset", "gt_onset", "true_onset"),
        "offset": ("offset", "pred_offset", "gt_offset", "true_offset"),
        "type": ("type", "expression_type", "exp_type", "kind"),
        "subject": ("subject", "sub", "subject_id"),
        "dataset": ("dataset",),
        "score": ("score", "confidence"),
    }
)
"""Columns, and how files spell them; upper case, spaces and hyphens make no difference. The first four are needed."""

NEEDED = ("video", "onset", "offset", "type")

TYPES = MappingProxyType(
    {
        **dict.fromkeys(("mae", "ma", "macro", "macroexpression", "macroexpressions"), MACRO),
        **dict.fromkeys(("me", "mi", "micro", "microexpression", "microexpressions"), MICRO),
    }
)
"""Spellings of a type; upper case and everything that is no letter make no difference."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, eq=False)
class SpotTable:
    """Intervals with a type, in file order.

    Attributes:
        dataset, subject: as text; empty where the file does not say.
        video: as text.
        onset, offset: frames as the file numbers them, both ends included; no offset lies before its onset.
        kind: `MACRO` or `MICRO`.
        fps: frames per second where the file itself tells (log files), else NaN.
        source: path; of a folder, the path of each row's file stands in `where`.
        lines: line that each row ended on.
        sources: path of each row's file.
        notes: what reading had to decide, a sentence each.
    """

    dataset: tuple[str, ...]
    subject: tuple[str, ...]
    video: tuple[str, ...]
    onset: Int64[np.ndarray, " n"]
    offset: Int64[np.ndarray, " n"]
    kind: Int64[np.ndarray, " n"]
    fps: Float64[np.ndarray, " n"]
    source: str
    lines: tuple[int, ...]
    sources: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.video)

    def where(self, row: int) -> str:
        """Return how an error names a row."""
        return f"{self.sources[row]} row {self.lines[row]} (video {self.video[row]})"

    def named(self, dataset: str) -> "SpotTable":
        """Return the table with its rows said to be of `dataset`, where they do not say it themselves."""
        return replace(self, dataset=tuple(own or dataset for own in self.dataset))


def interval_table(
    source: str,
    video: Sequence[str],
    onset: Sequence[int],
    offset: Sequence[int],
    kind: Sequence[int],
    dataset: Sequence[str] = (),
    subject: Sequence[str] = (),
    lines: Sequence[int] = (),
    fps: Sequence[float] = (),
    notes: Sequence[str] = (),
) -> SpotTable:
    """Return the table of these columns; what is left out is unknown, and row i stands on line i + 2.

    Raises:
        MebenchError: a video without a name, an offset before its onset, or a frame number beyond 10**9.
    """
    count = len(video)
    table = SpotTable(
        dataset=tuple(dataset) or ("",) * count,
        subject=tuple(subject) or ("",) * count,
        video=tuple(video),
        onset=np.array(onset, np.int64),
        offset=np.array(offset, np.int64),
        kind=np.array(kind, np.int64),
        fps=np.array(fps, np.float64) if fps else np.full(count, np.nan),
        source=source,
        lines=tuple(lines) or tuple(range(2, count + 2)),
        sources=(source,) * count,
        notes=tuple(notes),
    )
    _refuse_bad_intervals(table)
    return table


def pooled(tables: Sequence[SpotTable], source: str) -> SpotTable:
    """Return the rows of several tables, one table after another."""
    return SpotTable(
        dataset=tuple(value for one in tables for value in one.dataset),
        subject=tuple(value for one in tables for value in one.subject),
        video=tuple(value for one in tables for value in one.video),
        onset=np.concatenate([one.onset for one in tables]),
        offset=np.concatenate([one.offset for one in tables]),
        kind=np.concatenate([one.kind for one in tables]),
        fps=np.concatenate([one.fps for one in tables]),
        source=source,
        lines=tuple(line for one in tables for line in one.lines),
        sources=tuple(path for one in tables for path in one.sources),
        notes=tuple(note for one in tables for note in one.notes),
    )


def csv_table(path: Path, text: str) -> SpotTable:
    """Return the intervals of a CSV text: video, onset, offset, type and perhaps dataset, subject, score.

    A score is checked and not used: no rules that we know look at it. Columns may stand in any order and be spelt as in
    `COLUMNS`; commas, semicolons or tabs part the cells. A header without rows is a table without an interval.

    Raises:
        MebenchError: empty, a column that is missing, unknown or there twice, a row of another length, a frame that is
            no whole number, a type that is none, or as `interval_table` says.
    """
    found = csv_rows(str(path), text, "vid,onset,offset,type")
    names, lines = _header(path, found.header_line, found.header), found.lines
    check_lengths(str(path), found)
    cells = {name: [row[place].strip() for row in found.rows] for place, name in enumerate(names)}
    if "score" in cells:
        _refuse_strange_scores(path, lines, cells["score"])
    return interval_table(
        str(path),
        video=cells["video"],
        onset=_checked(path, lines, "onset", cells["onset"], whole, "a whole number of frames"),
        offset=_checked(path, lines, "offset", cells["offset"], whole, "a whole number of frames"),
        kind=_checked(path, lines, "type", cells["type"], type_of, "a type (allowed: me, mae and their long forms)"),
        dataset=[cell.lower() for cell in cells.get("dataset", [])],
        subject=cells.get("subject", []),
        lines=lines,
    )


def whole(cell: str) -> int | None:
    """Return the whole number that a cell holds, None where it holds none."""
    return int(cell) if _INTEGER.fullmatch(cell) else None


def type_of(cell: str) -> int | None:
    """Return `MACRO` or `MICRO` for any of the spellings in `TYPES`, None for another word."""
    return TYPES.get("".join(letter for letter in cell.lower() if letter.isalpha()))


def _header(path: Path, line: int, row: list[str]) -> list[str]:
    spelt = {spelling: name for name, spellings in COLUMNS.items() for spelling in spellings}
    names = []
    for cell in row:
        word = re.sub(r"[\s-]+", "_", cell.strip().lower())
        if word not in spelt:
            raise MebenchError(f"{path} row {line}: {unknown_name('column', cell.strip(), spelt)}")
        if spelt[word] in names:
            raise MebenchError(f"{path} row {line}: column {spelt[word]} is there twice ({cell.strip()!r}); keep one")
        names.append(spelt[word])
    for name in NEEDED:
        if name not in names:
            raise MebenchError(
                f"{path} row {line}: column {name} is missing (spelt {' or '.join(COLUMNS[name])}); add it, or give a "
                "log file whose first line is 1 or 2"
            )
    return names


def _checked(
    path: Path, lines: list[int], name: str, cells: list[str], parse: Callable[[str], int | None], what: str
) -> list[int]:
    values = []
    for line, cell in zip(lines, cells, strict=True):
        value = parse(cell)
        if value is None:
            raise MebenchError(f"{path} row {line}: {name} {cell!r} is not {what}; mend the cell")
        values.append(value)
    return values


def _refuse_strange_scores(path: Path, lines: list[int], cells: list[str]) -> None:
    for line, cell in zip(lines, cells, strict=True):
        try:
            finite = math.isfinite(float(cell))
        except ValueError:
            finite = False
        if not finite:
            raise MebenchError(f"{path} row {line}: score {cell!r} is not a finite number; mend the cell")


def _refuse_bad_intervals(table: SpotTable) -> None:
    if "" in table.video:
        row = table.video.index("")
        raise MebenchError(f"{table.source} row {table.lines[row]}: the video has no name; write one")
    far = (np.abs(table.onset) > FRAME_LIMIT) | (np.abs(table.offset) > FRAME_LIMIT)
    if far.any():
        row = int(np.argmax(far))
        raise MebenchError(
            f"{table.where(row)}: onset {table.onset[row]}, offset {table.offset[row]} are no frame numbers "
            f"(limit {FRAME_LIMIT}); mend the row"
        )
    wrong = table.offset < table.onset
    if wrong.any():
        row = int(np.argmax(wrong))
        raise MebenchError(f"{table.where(row)}: offset {table.offset[row]} < onset {table.onset[row]}; mend the row")
