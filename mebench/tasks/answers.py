"""What a model says of each video, and the tables that are scored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from mebench.data.interval import Interval, VideoInfo
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


def truth_table(videos: Iterable[StrVideo]) -> IntervalTable:
    """Return the annotated micro-expressions, with the emotions that the protocol scores."""
    rows = [
        (video.info, e, emotion) for video in videos for e, emotion in zip(video.micro, video.emotions, strict=True)
    ]
    return IntervalTable.of(
        subject=[info.subject for info, _, _ in rows],
        video=[info.video for info, _, _ in rows],
        onset=[e.onset for _, e, _ in rows],
        offset=[e.offset for _, e, _ in rows],
        emotion=[emotion for _, _, emotion in rows],
        apex=[e.apex for _, e, _ in rows],
        source="truth",
    )


def manifest_table(videos: Sequence[StrVideo]) -> Manifest:
    """Return every video that is scored, with its length and frame rate."""
    infos = [video.info for video in videos]
    return Manifest(
        dataset=tuple(info.dataset for info in infos),
        subject=tuple(info.subject for info in infos),
        video=tuple(info.video for info in infos),
        num_frames=np.array([info.num_frames for info in infos], np.int64),
        fps=np.array([info.fps for info in infos], np.float64),
    )
