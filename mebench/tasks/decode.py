"""From the scores of windows to micro-expressions (spec of MEAN, Decoding)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.signal import find_peaks

from mebench.data.interval import Interval


@dataclass(frozen=True)
class Spots:
    """The micro-expressions found in one video.

    Attributes:
        smoothed: moving average of the scores.
        threshold: height that a peak must reach.
        peaks: windows of the peaks, which are their first frames too.
        intervals: [peak - k_p, peak + k_p] of each peak.
        peak_scores: smoothed score at each peak.
    """

    smoothed: Float[np.ndarray, " n"]
    threshold: float
    peaks: Int[np.ndarray, " p"]
    intervals: tuple[Interval, ...]
    peak_scores: tuple[float, ...]


def smooth(scores: Float[np.ndarray, " n"], half: int) -> Float[np.ndarray, " n"]:
    """Return the moving average of width 2 k_p (numpy convolve, 'same'), as long as the scores."""
    width = 2 * half
    full = np.convolve(scores.astype(np.float64), np.full(width, 1 / width))
    start = (width - 1) // 2
    return full[start : start + len(scores)]


def decode_spots(
    scores: Float[np.ndarray, " n"], half: int, level: float, num_frames: int, clip: bool, offset: int = 0
) -> Spots:
    """Return the peaks of the smoothed scores above T = mean + p (max - mean), at least k_p apart, as intervals.

    Args:
        scores: of each window.
        half: k_p in frames.
        level: p.
        num_frames: of the video.
        clip: whether intervals are cut to the video (MEAN's published code does not).
        offset: frames added to a window's number to get the frame that its peak stands for.
    """
    if not len(scores):
        return Spots(np.zeros(0), 0.0, np.zeros(0, np.int64), (), ())
    smoothed = smooth(scores, half)
    mean = float(smoothed.mean())
    threshold = mean + level * (float(smoothed.max()) - mean)
    peaks, _ = find_peaks(smoothed, height=threshold, distance=half)
    intervals = [(int(peak) + offset - half, int(peak) + offset + half) for peak in peaks]
    if clip:
        intervals = [(max(0, onset), min(num_frames - 1, end)) for onset, end in intervals]
    found = tuple(Interval(onset, end) for onset, end in intervals)
    return Spots(smoothed, threshold, peaks, found, tuple(float(smoothed[peak]) for peak in peaks))


def single_spot(scores: Float[np.ndarray, " n"], half: int, num_frames: int, clip: bool) -> Spots:
    """Return the one arg-max of the smoothed scores, as for short clips that hold one micro-expression each."""
    smoothed = smooth(scores, half)
    peak = int(smoothed.argmax())
    interval = (
        Interval(max(0, peak - half), min(num_frames - 1, peak + half)) if clip else Interval(peak - half, peak + half)
    )
    top = float(smoothed[peak])
    return Spots(smoothed, top, np.array([peak]), (interval,), (top,))


def vote(probabilities: Float[np.ndarray, "n c"], peak: int, half: int) -> int:
    """Return the class that most windows of [peak - k_p, peak) have as arg-max; the lowest of those that tie.

    At the very start of a video, where that range is empty, the window of the peak decides.
    """
    part = probabilities[max(0, peak - half) : peak]
    part = part if len(part) else probabilities[peak : peak + 1]
    return int(np.bincount(part.argmax(axis=1), minlength=probabilities.shape[1]).argmax())
