"""What a window should score, and which windows are trained on (spec of MEAN, Labels and Training)."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int64

from mebench.data.interval import Interval
from mebench.errors import MebenchError


def half_length(intervals: Sequence[Interval]) -> int:
    """Return k_p = int((N + 1) / 2), N the mean of offset - onset over the micro-expressions; at least 1 frame.

    Raises:
        MebenchError: no micro-expression to learn from.
    """
    if not intervals:
        raise MebenchError("no micro-expression in the training videos; use a dataset or subjects that have some")
    mean = sum(interval.offset - interval.onset for interval in intervals) / len(intervals)
    return max(1, int((mean + 1) / 2))


def spotting_targets(num_windows: int, intervals: Sequence[Interval], half: int) -> Bool[np.ndarray, " n"]:
    """Return for each window i whether [i, i + k_p - 1] overlaps any micro-expression.

    Args:
        num_windows: of the video.
        intervals: onset and offset of its micro-expressions.
        half: k_p in frames.
    """
    first = np.arange(num_windows)
    last = first + half - 1
    return np.logical_or.reduce(
        [(first <= one.offset) & (last >= one.onset) for one in intervals] or [np.zeros(num_windows, bool)]
    )


def sampled(targets: Bool[np.ndarray, " n"], ratio: float, key: Sequence[int]) -> Int64[np.ndarray, " m"]:
    """Return the numbers of the windows to train on: every positive, and negatives drawn without return, in order.

    Args:
        targets: of all training windows of a fold.
        ratio: negatives for each positive (all negatives where there are fewer).
        key: seeds the draw, as (seed, fold); a fold's draw depends on nothing else.
    """
    positive, negative = np.flatnonzero(targets), np.flatnonzero(~targets)
    number = min(len(negative), round(ratio * len(positive)))
    drawn = np.random.default_rng(list(key)).choice(negative, number, replace=False)
    return np.sort(np.concatenate([positive, drawn]))
