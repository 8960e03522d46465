"""What a model says of each video, and the tables that are scored."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from jaxtyping import Float, Int

from mebench.data.interval import Interval, VideoInfo
from mebench.data.manifest import manifest_rows, truth_rows
from mebench.inputs import without_dataset
from mebench.metrics.records import IntervalTable, Manifest
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


def truth_table(videos: Iterable[StrVideo], label: str) -> IntervalTable:
    """Return the annotated micro-expressions, with the emotions that the protocol scores (`ProtocolConfig.label`)."""
    rows = truth_rows((video.info for video in videos), label)
    return IntervalTable.of(
        subject=[row.subject for row in rows],
        video=[row.video for row in rows],
        onset=[row.onset for row in rows],
        offset=[row.offset for row in rows],
        emotion=[row.emotion for row in rows],
        apex=[row.apex for row in rows],
        source="truth",
    )


def manifest_table(videos: Iterable[StrVideo]) -> Manifest:
    """Return every video that is scored, with its length and frame rate."""
    rows = manifest_rows(video.info for video in videos)
    return Manifest(
        dataset=tuple(row.dataset for row in rows),
        subject=tuple(row.subject for row in rows),
        video=tuple(row.video for row in rows),
        num_frames=np.array([row.num_frames for row in rows], np.int64),
        fps=np.array([row.fps for row in rows], np.float64),
    )
