"""MEAN's labels: k_p, the spotting target of each window, the windows of a fold (mebench/docs/mean.md, Labels)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int

from mebench.data.interval import Interval
from mebench.errors import MebenchError


@dataclass(frozen=True)
class HalfLength:
    """Mean length N of the training micro-expressions, from which k_p follows at any frame rate.

    Attributes:
        mean: N, the mean of offset - onset, in frames at `fps`.
        fps: rate of the training videos; 1 (so that N is in seconds) where they differ in rate.
    """

    mean: float
    fps: float

    def frames(self, fps: float) -> float:
        """Return N in frames of a video with `fps` frames per second."""
        return self.mean if fps == self.fps else self.mean / self.fps * fps

    def at(self, fps: float) -> int:
        """Return k_p = int((N + 1) / 2) in frames of a video, at least 1; N goes through seconds at another rate.

        Args:
            fps: frames per second of the video.
        """
        return max(1, int((self.frames(fps) + 1) / 2))


def half_lengths(
    training: Sequence[tuple[Interval, float]],
    held_out: Sequence[tuple[Interval, float]],
    behaviour: Literal["mended", "faithful"],
) -> HalfLength:
    """Return N, the mean of offset - onset: in frames where all have one frame rate, in seconds where they differ.

    Args:
        training: micro-expressions of the training subjects, each with its video's frames per second; N is theirs.
        held_out: those of the held-out subject; only `faithful` counts them too, as the published code does.
        behaviour: `mended` or `faithful`.

    Raises:
        MebenchError: there is no micro-expression to take the mean of.
    """
    counted = [*training, *held_out] if behaviour == "faithful" else list(training)
    if not counted:
        raise MebenchError(
            "the training subjects have no micro-expression, so there is nothing to learn; "
            "use more subjects (dataset.limit) or another dataset"
        )
    rates = {fps for _, fps in counted}
    common = rates.pop() if len(rates) == 1 else None
    lengths = [(one.offset - one.onset) / (1 if common else fps) for one, fps in counted]
    return HalfLength(sum(lengths) / len(counted), common or 1.0)


def window_targets(micro: Sequence[Interval], num_windows: int, half: int) -> Bool[np.ndarray, " n"]:
    """Return whether [i, i + k_p - 1] overlaps any [onset, offset], for each window i of a video.

    Args:
        micro: micro-expressions of the video, in frames.
        num_windows: n; window i begins at frame i.
        half: k_p in frames.
    """
    targets = np.zeros(num_windows, bool)
    for one in micro:
        targets[max(0, one.onset - half + 1) : max(0, one.offset + 1)] = True
    return targets


def subject_number(subject: str) -> int:
    """Return a number below 2**32 that names the subject: the same in every run, whichever other subjects there are."""
    return int.from_bytes(hashlib.sha256(subject.encode()).digest()[:4], "big")


def sample_windows(
    targets: Bool[np.ndarray, " n"], negatives_per_positive: float, seed: int, fold: int
) -> Int[np.ndarray, " m"]:
    """Return the windows that a fold trains on, in order: every positive one and some negative ones, drawn once.

    Args:
        targets: of every window of the training videos.
        negatives_per_positive: how many are drawn (rounded; all where there are fewer).
        seed: of the experiment.
        fold: number of the fold (`subject_number` of the held-out subject): folds draw differently.

    Raises:
        MebenchError: no window is positive.
    """
    positive, negative = np.flatnonzero(targets), np.flatnonzero(~targets)
    if len(positive) == 0:
        raise MebenchError(
            f"none of the {len(targets)} training windows of a fold holds a micro-expression; "
            "use more subjects (dataset.limit) or another dataset"
        )
    count = min(len(negative), round(negatives_per_positive * len(positive)))
    drawn = np.random.default_rng([seed, fold]).choice(negative, count, replace=False)
    return np.sort(np.concatenate([positive, drawn]))
