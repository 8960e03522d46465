"""Baselines of spot-then-recognise: threshold spotter, constant answer, oracle."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from mebench.config.experiment import DecodeConfig
from mebench.data.interval import Interval
from mebench.data.splits import Fold
from mebench.tasks.answers import Curve, Spotted, VideoAnswer
from mebench.tasks.by_fold import videos_by_fold
from mebench.tasks.decode import decode_highest, decode_spots
from mebench.tasks.str_inputs import StrVideo
from mebench.tasks.targets import half_lengths

Baseline = Literal["threshold", "constant", "oracle"]

BASELINES: tuple[Baseline, ...] = ("threshold", "constant", "oracle")
"""In the order of the tables."""


def baseline_answers(
    bound: Baseline, videos: Sequence[StrVideo], folds: Sequence[Fold], classes: Sequence[str], decode: DecodeConfig
) -> list[VideoAnswer]:
    """Return the answers of one bound for every test video of every fold, in the order of `videos`.

    `threshold`: peaks of the flow magnitude in the brow-eye and mouth strips, decoded as MEAN's scores are, with the
    training subjects' most frequent emotion. `constant`: for every video the same number of evenly spaced intervals,
    as many (and as long, in seconds) as the training videos hold on average, with that emotion. `oracle`: the
    annotation itself.

    Args:
        bound: which one.
        videos: of all subjects.
        folds: each test video is answered from its fold's training videos.
        classes: emotions to choose from.
        decode: p of the decoding, or whether it takes one peak a video.

    Raises:
        MebenchError: a fold's training videos hold no micro-expression.
    """
    return videos_by_fold(videos, folds, lambda train: lambda video: _answer(bound, video, train, classes, decode))


def _answer(
    bound: Baseline, video: StrVideo, train: Sequence[StrVideo], classes: Sequence[str], decode: DecodeConfig
) -> VideoAnswer:
    if bound == "oracle":
        spotted = oracle_spots(video)
        return VideoAnswer(video.info, spotted)
    emotion = most_frequent([emotion for one in train for emotion in one.emotions], classes)
    intervals = [interval for one in train for interval in one.timed_intervals]
    half = half_lengths(intervals, (), "mended")
    if bound == "constant":
        number = max(1, round(len(intervals) / len(train)))
        length = max(1, round(half.frames(video.info.fps) + 1))
        return VideoAnswer(video.info, constant_spots(video.info.num_frames, number, length, emotion))
    k, frames = half.at(video.info.fps), video.info.num_frames
    if decode.highest:
        spots = decode_highest(video.features.magnitude, k, frames, clip=True)
    else:
        spots = decode_spots(video.features.magnitude, k, decode.threshold, frames, clip=True)
    pairs = zip(spots.intervals, spots.peak_scores, strict=True)
    curve = Curve(spots.smoothed, spots.threshold, spots.peaks)
    return VideoAnswer(video.info, tuple(Spotted(interval, emotion, score) for interval, score in pairs), curve)


def most_frequent(emotions: Sequence[str], classes: Sequence[str]) -> str:
    """Return the class that most micro-expressions have; the first of `classes` where several tie."""
    counts = Counter(emotion for emotion in emotions if emotion in classes)
    return max(classes, key=lambda name: (counts[name], -list(classes).index(name)))


def constant_spots(num_frames: int, number: int, length: int, emotion: str) -> tuple[Spotted, ...]:
    """Return `number` evenly spaced intervals of `length` frames with one emotion, inside the video."""
    step = num_frames / number
    onsets = [round((i + 0.5) * step - length / 2) for i in range(number)]
    inside = [(max(0, onset), min(num_frames - 1, onset + length - 1)) for onset in onsets]
    return tuple(Spotted(Interval(onset, offset), emotion, 1.0) for onset, offset in inside)


def oracle_spots(video: StrVideo) -> tuple[Spotted, ...]:
    """Return the annotated micro-expressions themselves: the best that any model can do."""
    pairs = zip(video.micro, video.emotions, strict=True)
    return tuple(Spotted(expression.interval, emotion, 1.0) for expression, emotion in pairs)
