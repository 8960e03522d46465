"""The tables that scores are computed from: intervals with an emotion, and the videos of a split."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from mebench.errors import MebenchError

FRAME_LIMIT = 10**9
"""Frames beyond it are a mistake (200 fps for two months), and below it every sum in float64 is exact."""

UNKNOWN_APEX = -1

Ids = Iterable[str | int | np.integer]
Numbers = Iterable[float | int | np.floating | np.integer]


@dataclass(frozen=True, eq=False)
class IntervalTable:
    """Predicted or true intervals in file order (mebench/docs/str.md, Records).

    Attributes:
        subject, video: ids as text without spaces around; `1` (a number) is "1", while "1.0" and "01" are other ids.
        onset, offset: frames, 0-based, both ends included; not checked here, because the organisers' script takes all.
        emotion: as the file has it, without spaces around.
        score: confidence, higher is surer; None where the table has none.
        apex: frame, -1 where unknown; None where the table has none.
        source: what an error calls the table, mostly its path.
        lines: line of the file that each row ended on; empty: row i stood on line i + 2.
        sources: file of each row, where the table is of several; empty: `source`.
    """

    subject: tuple[str, ...]
    video: tuple[str, ...]
    onset: Int64[np.ndarray, " n"]
    offset: Int64[np.ndarray, " n"]
    emotion: tuple[str, ...]
    score: Float64[np.ndarray, " n"] | None = None
    apex: Int64[np.ndarray, " n"] | None = None
    source: str = "table"
    lines: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse columns of different lengths, frames out of bounds, empty names and scores that are no number."""
        columns = (self.subject, self.video, self.onset, self.offset, self.emotion, self.score, self.apex)
        if len({len(column) for column in columns if column is not None}) > 1:
            raise MebenchError(f"{self.source}: its columns differ in length; give every row every column")
        for name in ("subject", "video", "emotion"):
            if "" in (column := getattr(self, name)):
                raise MebenchError(f"{self.where(column.index(''))}: {name} is empty; write one")
        for name in ("onset", "offset", "apex"):
            self._refuse_far(name)
        if self.score is not None and not np.isfinite(self.score).all():
            row = int(np.argmin(np.isfinite(self.score)))
            raise MebenchError(f"{self.where(row)}: score {self.score[row]} is not finite; write a number")

    def _refuse_far(self, name: str) -> None:
        values = getattr(self, name)
        far = np.abs(values) > FRAME_LIMIT if values is not None else np.zeros(0, bool)
        if far.any():
            row = int(np.argmax(far))
            raise MebenchError(f"{self.where(row)}: {name} {values[row]} is no frame number (limit {FRAME_LIMIT})")

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.subject)

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """(subject, video) of every row."""
        return tuple(zip(self.subject, self.video, strict=True))

    def where(self, row: int) -> str:
        """Return how an error names a row: `pred.csv row 17 (subject 006, video 006_1_2)`; row 1 is the header."""
        line = self.lines[row] if self.lines else row + 2
        source = self.sources[row] if self.sources else self.source
        return f"{source} row {line} (subject {self.subject[row]}, video {self.video[row]})"

    @classmethod
    def of(
        cls,
        subject: Ids,
        video: Ids,
        onset: Numbers,
        offset: Numbers,
        emotion: Iterable[str],
        score: Numbers | None = None,
        apex: Numbers | None = None,
        source: str = "table",
    ) -> "IntervalTable":
        """Return the table of these columns; ids become text, and spaces around text go."""
        return cls(
            subject=texts(subject),
            video=texts(video),
            onset=integers(onset),
            offset=integers(offset),
            emotion=texts(emotion),
            score=None if score is None else np.fromiter(score, np.float64),
            apex=None if apex is None else integers(apex),
            source=source,
        )


@dataclass(frozen=True, eq=False)
class Manifest:
    """Every video of a split, those without any micro-expression included.

    Attributes:
        dataset, subject, video: ids as text; no two rows share subject and video.
        num_frames: of the whole video, at least 1.
        fps: frames per second, above 0.
        source, lines: as in `IntervalTable`.
    """

    dataset: tuple[str, ...]
    subject: tuple[str, ...]
    video: tuple[str, ...]
    num_frames: Int64[np.ndarray, " n"]
    fps: Float64[np.ndarray, " n"]
    source: str = "manifest"
    lines: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an empty manifest, a video listed twice, and lengths or rates that no video has."""
        columns = (self.dataset, self.subject, self.video, self.num_frames, self.fps)
        if {len(column) for column in columns} != {len(self.video)} or not self.video:
            raise MebenchError(f"{self.source}: lists no video, or columns of different length; list every video once")
        good = (self.num_frames >= 1) & (self.num_frames <= FRAME_LIMIT) & np.isfinite(self.fps) & (self.fps > 0)
        if not good.all():
            row = int(np.argmin(good))
            raise MebenchError(
                f"{self.where(row)}: num_frames {self.num_frames[row]} and fps {self.fps[row]} must both be above 0"
            )
        for name in ("dataset", "subject", "video"):
            if "" in (column := getattr(self, name)):
                raise MebenchError(f"{self.where(column.index(''))}: {name} is empty; write one")
        self._refuse_twice()

    def _refuse_twice(self) -> None:
        seen: set[tuple[str, str]] = set()
        for row, key in enumerate(self.keys):
            if key in seen:
                raise MebenchError(
                    f"{self.where(row)}: listed twice; where two datasets share ids, put the dataset's name before them"
                )
            seen.add(key)

    def __len__(self) -> int:
        """Number of videos."""
        return len(self.video)

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """(subject, video) of every row."""
        return tuple(zip(self.subject, self.video, strict=True))

    def where(self, row: int) -> str:
        """Return how an error names a row; row 1 is the header."""
        line = self.lines[row] if self.lines else row + 2
        return f"{self.source} row {line} (subject {self.subject[row]}, video {self.video[row]})"

    @classmethod
    def of(
        cls,
        dataset: Iterable[str],
        subject: Ids,
        video: Ids,
        num_frames: Numbers,
        fps: Numbers,
        source: str = "manifest",
    ) -> "Manifest":
        """Return the manifest of these columns; ids become text, and spaces around text go."""
        return cls(
            texts(dataset),
            texts(subject),
            texts(video),
            integers(num_frames),
            np.fromiter(fps, np.float64),
            source,
        )


def pool(tables: Sequence[IntervalTable], source: str = "pooled tables") -> IntervalTable:
    """Return the rows of several tables, one after another (the challenges' "Overall": the scorer on pooled tables).

    `score` and `apex` are kept where every table has them.
    """
    return IntervalTable(
        subject=tuple(value for table in tables for value in table.subject),
        video=tuple(value for table in tables for value in table.video),
        onset=np.concatenate([np.zeros(0, np.int64), *(table.onset for table in tables)]),
        offset=np.concatenate([np.zeros(0, np.int64), *(table.offset for table in tables)]),
        emotion=tuple(value for table in tables for value in table.emotion),
        score=_joined([table.score for table in tables], np.float64),
        apex=_joined([table.apex for table in tables], np.int64),
        source=source,
        lines=tuple(line for table in tables for line in table.lines or range(2, len(table) + 2)),
        sources=tuple(name for table in tables for name in table.sources or (table.source,) * len(table)),
    )


def _joined(columns: Sequence[np.ndarray | None], kind: type) -> np.ndarray | None:
    known = [column for column in columns if column is not None]
    return np.concatenate([np.zeros(0, kind), *known]) if len(known) == len(columns) else None


def texts(values: Ids) -> tuple[str, ...]:
    """Return ids or names as text without spaces around."""
    return tuple(str(value).strip() for value in values)


def integers(values: Numbers) -> Int64[np.ndarray, " n"]:
    """Return whole numbers as int64.

    Raises:
        MebenchError: one of them is no whole number, or does not fit.
    """
    array = np.asarray(list(values))
    if array.size == 0:
        return np.zeros(0, np.int64)
    if array.dtype.kind not in "iu":
        raise MebenchError(f"frames must be whole numbers, not {array.dtype}; round them, and say how")
    return array.astype(np.int64)
