"""Tables of spotted and true intervals, as CSV of every edition or as a log file of MEGC2020 and 2021."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from jaxtyping import Bool, Float64, Int64

from mebench.errors import MebenchError
from mebench.tables.csv_cells import cells_of
from mebench.tables.intervals import FRAME_LIMIT

MACRO, MICRO = 0, 1

NEEDED = ("video", "onset", "offset", "type")

OPTIONAL = ("dataset", "subject", "score")

TYPES = MappingProxyType(
    {
        **dict.fromkeys(("mae", "ma", "macro", "macroexpression", "macroexpressions"), MACRO),
        **dict.fromkeys(("me", "mi", "micro", "microexpression", "microexpressions"), MICRO),
    }
)
"""Spellings of a type; upper case and everything that is no letter make no difference."""


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
        estimated: whether types were guessed from durations.
        log: sha256 of the log file that the rows are of; empty: of no log.
        found: of the true rows of a log, whether its own marks say that they were found; None: nobody says.
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
    estimated: bool = False
    log: str = ""
    found: Bool[np.ndarray, " n"] | None = None

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
    marks = [one.found for one in tables if one.found is not None]
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
        estimated=any(one.estimated for one in tables),
        log=",".join(one.log for one in tables) if all(one.log for one in tables) else "",
        found=np.concatenate(marks) if marks and len(marks) == len(tables) else None,
    )


def csv_table(path: Path, text: str) -> SpotTable:
    """Return the intervals of a CSV text: video, onset, offset, type and perhaps dataset, subject, score.

    A score is checked and not used: no rules that we know look at it. A header without rows is a table without an
    interval.

    Raises:
        MebenchError: as `cells_of`, or a frame that is no whole number, a type that is none, or as `interval_table`
            says.
    """
    cells = cells_of(str(path), text, NEEDED, OPTIONAL)
    if "score" in cells.columns:
        cells.finite("score")
    return interval_table(
        str(path),
        video=cells.columns["video"],
        onset=cells.frames("onset"),
        offset=cells.frames("offset"),
        kind=cells.parsed("type", type_of, "a type (allowed: me, mae and their long forms)"),
        dataset=[cell.lower() for cell in cells.columns.get("dataset", [])],
        subject=cells.columns.get("subject", []),
        lines=cells.lines,
    )


def type_of(cell: str) -> int | None:
    """Return `MACRO` or `MICRO` for any of the spellings in `TYPES`, None for another word."""
    return TYPES.get("".join(letter for letter in cell.lower() if letter.isalpha()))


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
