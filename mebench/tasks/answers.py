"""Answers of a method about each video, and the table of them that is scored."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from jaxtyping import Float, Int

from mebench.data.interval import Interval, VideoInfo
from mebench.tables.intervals import IntervalTable
from mebench.tasks.datasets import without_dataset
from mebench.tasks.str_inputs import StrVideo


@dataclass(frozen=True)
class Spotted:
    """One predicted micro-expression of a video: frames, emotion, and how sure (higher is surer)."""

    interval: Interval
    emotion: str
    score: float


@dataclass(frozen=True)
class Curve:
    """The smoothed score of each window of a video, the threshold, and the peaks above it (frames)."""

    smoothed: Float[np.ndarray, " n"]
    threshold: float
    peaks: Int[np.ndarray, " p"]


@dataclass(frozen=True)
class VideoAnswer:
    """Everything that a model predicts for one video; `curve` is None for models that score no window."""

    info: VideoInfo
    spotted: tuple[Spotted, ...]
    curve: Curve | None = None


Row = TypeVar("Row", StrVideo, VideoAnswer)


def with_source_ids(rows: Iterable[Row]) -> list[Row]:
    """Return videos or answers with the ids of their own dataset, without its name before them."""
    return [dataclasses.replace(row, info=without_dataset(row.info)) for row in rows]


def prediction_table(answers: Iterable[VideoAnswer]) -> IntervalTable:
    """Return the predicted intervals in order of the videos and of time."""
    rows = [(answer.info, one) for answer in answers for one in answer.spotted]
    return IntervalTable.of(
        subject=[info.subject for info, _ in rows],
        video=[info.video for info, _ in rows],
        onset=[one.interval.onset for _, one in rows],
        offset=[one.interval.offset for _, one in rows],
        emotion=[one.emotion for _, one in rows],
        score=[one.score for _, one in rows],
        source="predictions",
    )
