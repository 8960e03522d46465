"""From the scores of a video's windows to intervals and emotions (mebench/docs/mean.md, Decoding)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.signal import find_peaks

from mebench.data.interval import Interval


@dataclass(frozen=True)
class Spots:
    """The micro-expressions that are seen in one video; frames are 0-based.

    Attributes:
        smoothed: score of each window after the moving average.
        threshold: T; a peak is at least that high.
        peaks: window (= frame) of each peak, ascending.
        peak_scores: smoothed score of each peak.
        intervals: frames around each peak, both ends included.
    """

    smoothed: Float[np.ndarray, " n"]
    threshold: float
    peaks: Int[np.ndarray, " p"]
    peak_scores: tuple[float, ...]
    intervals: tuple[Interval, ...]


def smooth(scores: Float[np.ndarray, " n"], width: int) -> Float[np.ndarray, " n"]:
    """Return the moving average over `width` windows, zeros beyond the ends, as `numpy.convolve(..., "same")`.

    Unlike numpy's, the result is as long as the scores even where they are fewer than `width`, and it is added up in
    one order on every processor.
    """
    after = (width - 1) // 2
    padded = np.pad(np.asarray(scores, np.float64), (width - 1 - after, after))
    total = np.zeros(len(scores))
    for start in range(width):
        total += padded[start : start + len(scores)]
    return total / width


def decode_spots(scores: Float[np.ndarray, " n"], half: int, level: float, num_frames: int, clip: bool) -> Spots:
    """Return the peaks above T = mean + p (max - mean) that are at least k_p apart, as [peak - k_p, peak + k_p].

    A peak has lower neighbours on both sides (`scipy.signal.find_peaks`): neither the first nor the last window can be
    one, and a constant score has none.

    Args:
        scores: of each window; window i begins at frame i.
        half: k_p in frames, at least 1.
        level: p.
        num_frames: of the video.
        clip: cut the intervals at the ends of the video; the published code does not.
    """
    smoothed = smooth(scores, 2 * half)
    if len(smoothed) == 0:
        return Spots(smoothed, 0.0, np.zeros(0, np.int64), (), ())
    mean = float(smoothed.mean())
    threshold = mean + level * (float(smoothed.max()) - mean)
    peaks, _ = find_peaks(smoothed, height=threshold, distance=half)
    return _spots(smoothed, threshold, peaks.astype(np.int64), half, num_frames, clip)


def decode_highest(scores: Float[np.ndarray, " n"], half: int, num_frames: int, clip: bool) -> Spots:
    """Return the one highest smoothed score (the first where several tie) as the only peak: for short clips.

    The threshold is that score. No window, no peak.
    """
    smoothed = smooth(scores, 2 * half)
    if len(smoothed) == 0:
        return Spots(smoothed, 0.0, np.zeros(0, np.int64), (), ())
    peak = int(smoothed.argmax())
    return _spots(smoothed, float(smoothed[peak]), np.array([peak]), half, num_frames, clip)


def _spots(
    smoothed: Float[np.ndarray, " n"],
    threshold: float,
    peaks: Int[np.ndarray, " p"],
    half: int,
    num_frames: int,
    clip: bool,
) -> Spots:
    low, high = (0, num_frames - 1) if clip else (-half, num_frames + half)
    intervals = tuple(Interval(max(low, peak - half), min(high, peak + half)) for peak in peaks.tolist())
    return Spots(smoothed, threshold, peaks, tuple(smoothed[peaks].tolist()), intervals)


def vote_emotions(
    probabilities: Float[np.ndarray, "n c"], peaks: Int[np.ndarray, " p"], half: int
) -> Int[np.ndarray, " p"]:
    """Return the class that most windows of [peak - k_p, peak) have as arg-max; the lowest class where several tie.

    A peak at the first window has none before it: its own arg-max is taken.

    Args:
        probabilities: of each class at each window.
        peaks: windows, as `Spots.peaks`.
        half: k_p in frames.
    """
    places = np.maximum(peaks, 1)[:, None] - 1 - np.arange(half)  # (p, half)
    best = np.where(places >= 0, probabilities[np.maximum(places, 0)].argmax(axis=2), -1)
    return (best[:, :, None] == np.arange(probabilities.shape[1])).sum(axis=1).argmax(axis=1)
