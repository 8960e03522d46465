"""Scoring of held-out windows by MEAN, beside plain PyTorch video by video; and decoding, beside plain scipy.

Both networks have the same weights and are checked to give the same scores. On CPU PyTorch runs with one thread and
with all of them, in batches of 64 and of 256 windows; the fastest counts.
"""

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

import jax
import jax.numpy as jnp
import numpy as np
from scipy.signal import find_peaks

from mebench.benchmarks.ceilings import flops_per_second
from mebench.benchmarks.mean_case import (
    CLASSES,
    HEAD_FLOPS,
    STREAM_FLOPS,
    MeanCase,
    check_peer,
    made_case,
    untrained,
    write_case,
)
from mebench.benchmarks.peer import Peer, started
from mebench.benchmarks.rows import BenchmarkRow, seconds_beside
from mebench.config.experiment import TrainConfig
from mebench.errors import MebenchError
from mebench.methods.mean.learner import fold_weights
from mebench.methods.mean.predict import predict_folds
from mebench.runtime.environment import cores
from mebench.tasks.decode import decode_spots, vote_emotions

PEER_BATCHES = (64, 256)
SCORED_FLOPS = STREAM_FLOPS + 2 * HEAD_FLOPS
"""Of a window through the streams and both heads."""

DECODED_VIDEOS, DECODED_WINDOWS, HALF, LEVEL = 30, 7000, 37, 0.55


@dataclass(frozen=True)
class InferBenchmark:
    """Sizes of the inference benchmark.

    Attributes:
        folds: each with its own weights.
        videos: of each fold; their lengths differ by up to a third.
        windows: of an average video.
        repeats: runs of each, in turn with the peer; the median counts.
        growth: also 10 times the windows.
    """

    folds: int = 4
    videos: int = 2
    windows: int = 600
    repeats: int = 5
    growth: bool = True


class _Ours:
    """Windows of made-up videos and the weights of their folds."""

    def __init__(self, chosen: InferBenchmark) -> None:
        self.start = untrained(chosen.folds)
        count = chosen.folds * chosen.videos
        self.lengths = [chosen.windows + (number % 3 - 1) * (chosen.windows // 6) for number in range(count)]
        self.folds = [number // chosen.videos for number in range(count)]
        whole = made_case(1, sum(self.lengths), 8, 32)
        self.case = MeanCase(whole.windows[: sum(self.lengths)], whole.spotting, whole.recognition)
        ends = np.cumsum(self.lengths)
        self.videos = [self.case.windows[end - n : end] for end, n in zip(ends, self.lengths, strict=True)]

    def score(self) -> float:
        """Return the sum of all spotting scores, with every window scored by both heads."""
        return sum(float(scores.sum(dtype=np.float64)) for scores, _ in self.results(self.folds))

    def results(self, folds: Sequence[int]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return scores and probabilities of every video."""
        return list(predict_folds(self.start.state.weights, folds, self.videos))


def benchmark_infer(chosen: InferBenchmark, peer_python: str | None) -> list[BenchmarkRow]:
    """Return windows a second that are scored, seconds to decode 30 long videos, and time as the work grows.

    Args:
        chosen: sizes.
        peer_python: an interpreter that has torch; None: no peer for the scoring.

    Raises:
        MebenchError: a peer does not run, or computes something else than we do.
    """
    ours = _Ours(chosen)
    with tempfile.TemporaryDirectory() as name:
        weights = fold_weights(ours.start, 0)
        if peer_python is not None:
            write_case(Path(name), ours.case, weights)
        with started(peer_python, Path(__file__).with_name("mean_torch.py"), [name]) as peer:
            if peer is not None:
                check_peer(peer, ours.case, weights, TrainConfig())
            rows = [_scoring(ours, peer, chosen)]
    rows.append(_decoding(chosen.repeats))
    return rows + (_growth(chosen) if chosen.growth else [])


def _scoring(ours: _Ours, peer: Peer | None, chosen: InferBenchmark) -> BenchmarkRow:
    threads = sorted({1, cores()}) if jax.default_backend() == "cpu" else [cores()]
    asked = [
        {"do": "infer", "videos": ours.lengths, "batch": batch, "threads": number}
        for batch in PEER_BATCHES
        for number in threads
    ]
    if peer is not None:
        theirs = [peer(one)["total"] for one in asked]
        same = sum(float(scores.sum(dtype=np.float64)) for scores, _ in ours.results([0] * len(ours.videos)))
        if not np.allclose(theirs, same, rtol=1e-4, atol=1e-5 * len(ours.case.windows)):
            raise MebenchError(f"the peer's scores sum to {theirs[0]} and ours to {same}; please open an issue")
    ours.score()
    mine: list[float] = []
    others: list[list[float]] = [[] for _ in asked]
    for _ in range(chosen.repeats):
        mine.append(_seconds(ours))
        if peer is not None:
            for found, one in zip(others, asked, strict=True):
                found.append(peer(one)["seconds"])
    count, seconds = len(ours.case.windows), median(mine)
    other = count / min(median(found) for found in others) if peer is not None else None
    share = SCORED_FLOPS * count / seconds / flops_per_second(jnp.float32)
    name = f"scoring {count} windows of {len(ours.videos)} videos, {chosen.folds} folds"
    return _row(name, count / seconds, other, "windows/s", share)


def _seconds(ours: _Ours) -> float:
    start = perf_counter()
    ours.score()
    return perf_counter() - start


def _decoding(repeats: int) -> BenchmarkRow:
    """Return the seconds that decoding 30 long videos needs: smoothing, threshold, peaks, intervals and emotions."""
    generator = np.random.default_rng(0)
    scores = [generator.random(DECODED_WINDOWS, np.float32) for _ in range(DECODED_VIDEOS)]
    classes = [generator.random((DECODED_WINDOWS, CLASSES), np.float32) for _ in scores]

    def ours() -> list[tuple[int, int]]:
        found = []
        for one, probabilities in zip(scores, classes, strict=True):
            spots = decode_spots(one, HALF, LEVEL, DECODED_WINDOWS, clip=False)
            emotions = vote_emotions(probabilities, spots.peaks, HALF)
            found += list(zip(spots.peaks.tolist(), emotions.tolist(), strict=True))
        return found

    def peer() -> list[tuple[int, int]]:
        return [pair for one in zip(scores, classes, strict=True) for pair in scipy_decoding(*one)]

    if ours() != peer():
        raise MebenchError("the peer decodes other peaks or emotions than we do; please open an issue")
    seconds, theirs = seconds_beside(ours, peer, repeats)
    name = f"decoding {DECODED_VIDEOS} videos of {DECODED_WINDOWS} windows, peer scipy"
    return BenchmarkRow(name, seconds, theirs, theirs / seconds, "s", None, 1, "cpu")


def scipy_decoding(scores: np.ndarray, probabilities: np.ndarray) -> list[tuple[int, int]]:
    """Return peaks and emotions of one video as a script has them (mebench/docs/mean.md, Decoding)."""
    smoothed = np.convolve(scores, np.full(2 * HALF, 1 / (2 * HALF)), "same")
    threshold = smoothed.mean() + LEVEL * (smoothed.max() - smoothed.mean())
    peaks, _ = find_peaks(smoothed, height=threshold, distance=HALF)
    found = []
    for peak in peaks:
        votes = Counter(int(np.argmax(probabilities[i])) for i in range(max(0, peak - HALF), peak))
        most = max(votes.values())
        found.append((int(peak), min(emotion for emotion, count in votes.items() if count == most)))
    return found


def _growth(chosen: InferBenchmark) -> list[BenchmarkRow]:
    """Return how many times the seconds are with 10 times the windows in each video, and with 10 times the folds."""
    small = replace(chosen, folds=2, videos=1, windows=600)
    found = []
    for sizes in (small, replace(small, windows=6000), replace(small, folds=20)):
        ours = _Ours(sizes)
        ours.score()
        found.append(median(_seconds(ours) for _ in range(chosen.repeats)) / len(ours.case.windows))
    names = ("windows", "folds")
    return [
        _row(f"scoring, 10 times the {name}: time a window", more / found[0], None, "times", None)
        for name, more in zip(names, found[1:], strict=True)
    ]


def _row(name: str, ours: float, peer: float | None, unit: str, limit: float | None) -> BenchmarkRow:
    ratio = None if peer is None else ours / peer
    return BenchmarkRow(name, ours, peer, ratio, unit, limit, cores(), jax.devices()[0].device_kind)
