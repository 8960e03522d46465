"""What a trained model has to beat, and what it cannot: threshold spotter, constant answer, oracle."""

from collections import Counter
from collections.abc import Sequence

from jaxtyping import Float
from numpy import ndarray

from mebench.data.interval import Expression, Interval
from mebench.tasks.answers import Spotted
from mebench.tasks.decode import decode_spots


def most_frequent(emotions: Sequence[str], classes: Sequence[str]) -> str:
    """Return the class that most training micro-expressions have; the first of `classes` where several tie."""
    counts = Counter(emotion for emotion in emotions if emotion in classes)
    return max(classes, key=lambda name: (counts[name], -list(classes).index(name)))


def threshold_spots(
    magnitude: Float[ndarray, " n"], half_length: int, level: float, num_frames: int, emotion: str
) -> list[Spotted]:
    """Return the peaks of the flow magnitude as micro-expressions, all with the same emotion.

    Args:
        magnitude: mean flow magnitude of the two MEAN strips, in pixels, one value a window.
        half_length: k_p in frames; smoothing, threshold and intervals are MEAN's own (spec of MEAN, Decoding).
        level: p in T = mean + p (max - mean).
        num_frames: of the video; intervals are clipped to it.
        emotion: the answer for each, usually the most frequent one of the training subjects.
    """
    spots = decode_spots(magnitude, half_length, level, num_frames, clip=True)
    return [
        Spotted(interval, emotion, score) for interval, score in zip(spots.intervals, spots.peak_scores, strict=True)
    ]


def constant_spots(num_frames: int, number: int, length: int, emotion: str) -> list[Spotted]:
    """Return the same answer for every video: `number` evenly spaced intervals of `length` frames, one emotion."""
    step = num_frames / max(1, number)
    onsets = [round((i + 0.5) * step - length / 2) for i in range(number)]
    inside = [(max(0, onset), min(num_frames - 1, onset + length - 1)) for onset in onsets]
    return [Spotted(Interval(onset, offset), emotion, 1.0) for onset, offset in inside if onset <= offset]


def oracle_spots(truth: Sequence[Expression], emotions: Sequence[str]) -> list[Spotted]:
    """Return the annotated micro-expressions themselves: the best that any model can do."""
    return [Spotted(e.interval, emotion, 1.0) for e, emotion in zip(truth, emotions, strict=True)]
