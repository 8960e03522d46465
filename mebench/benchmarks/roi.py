"""Frames a second from stored pictures to the motion of a face's regions, and its errors, beside a plain OpenCV script.

The script (`roi_script.py`) takes one video, window, frame and patch after the other; OpenCV may use every core in it.
Errors are those of drawn micro-expressions from onset to apex, whose true motion is known (`roi_truth.py`).
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np

from mebench.benchmarks.roi_script import script_values
from mebench.benchmarks.roi_truth import Moved, measured, moved
from mebench.benchmarks.rows import BenchmarkRow, seconds_beside
from mebench.data.builders import build_dataset
from mebench.data.source import Video, open_dataset
from mebench.features.cache import FeatureCache
from mebench.features.roi.regions import REGIONS, SIDE
from mebench.features.roi.sequence import extract_sequence
from mebench.features.roi.windows import RoiSettings, Window, starts_of, step_of, windows_of
from mebench.progress import Silent
from mebench.runtime.environment import cores
from mebench.tasks.each_video import for_each_video
from mebench.tasks.extracted import footage_of

DATASET = ("synth_me", "tiny")
"""Drawn anew: 6 videos of 150 frames of 256 x 256 px."""

TRUTH, FIRST = "quick", 3
"""Variant of synth_me whose errors are told, and its first subject: those before it were looked at for the settings."""


def benchmark_roi(flows: tuple[str, ...], repeats: int = 3, subjects: int = 7) -> list[BenchmarkRow]:
    """Return frames a second and relative errors of each method of flow.

    Raises:
        MebenchError: no method has that name.
    """
    settings = [RoiSettings(flow=name) for name in flows]
    with tempfile.TemporaryDirectory() as folder:
        build_dataset(*DATASET, Path(folder), Silent())
        videos = list(open_dataset(*DATASET, Path(folder), Silent()).videos)
        sizes = ((settings[0].size, SIDE), (settings[0].size, settings[0].size), (SIDE, SIDE))
        rows = [_speed(one, *pair, videos, Path(folder), repeats) for one in settings for pair in sizes]
    shown = {size: list(moved(TRUTH, size, range(FIRST, FIRST + subjects))) for size in (settings[0].size, SIDE)}
    return rows + [row for one in settings for row in _errors(one, shown)]


def _speed(
    settings: RoiSettings, size: int, script_size: int, videos: list[Video], folder: Path, repeats: int
) -> BenchmarkRow:
    ours, theirs = (RoiSettings(flow=settings.flow, size=one) for one in (size, script_size))
    frames = sum(len(video.frames) for video in videos)
    seconds = seconds_beside(_ours(videos, ours, folder), lambda: _script(videos, theirs), repeats)
    rates = [frames / one for one in seconds]
    device = jax.devices()[0].device_kind if settings.flow.startswith("jax_") else "cpu"
    name = f"{settings.flow}, {size} px | script, {script_size} px"
    return BenchmarkRow(name, rates[0], rates[1], rates[0] / rates[1], "frames/s", None, cores(), device)


def _ours(videos: list[Video], settings: RoiSettings, folder: Path) -> Callable[[], object]:
    """Return a call that computes the sequences of all videos into a cache of its own."""

    def extract() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as fresh:
            cache = FeatureCache(Path(fresh))
            for_each_video(
                lambda video: extract_sequence(footage_of(video, ()), settings, cache, lambda done: None),
                videos,
                cores(),
            )

    return extract


def _script(videos: list[Video], settings: RoiSettings) -> None:
    for video in videos:
        step = step_of(video.info.fps, settings.rate)
        starts = starts_of(-(-len(video.frames) // step), settings.frames, settings.stride)
        for window in windows_of(footage_of(video, ()), starts, settings.frames, step, settings.size):
            script_values(window, settings.size)


def _errors(settings: RoiSettings, shown: dict[int, list[Moved]]) -> list[BenchmarkRow]:
    """Return, by region, the mean error over the mean length of the true motion: ours, and the script's at 320 px."""
    ours = _relative(shown[settings.size], lambda one: measured(one, settings.flow, settings.size))
    theirs = _relative(shown[SIDE], lambda one: script_values(_pair(one), SIDE)[1])
    names = [*(region.name for region in REGIONS), "all regions"]
    what = f"{settings.flow}, {settings.size} px | script, {SIDE} px: error over motion"
    return [
        BenchmarkRow(f"{what}, {name}", one, other, None, "share", None, cores(), "cpu")
        for name, one, other in zip(names, ours, theirs, strict=True)
    ]


def _relative(shown: list[Moved], found: Callable[[Moved], np.ndarray]) -> list[float]:
    true = np.stack([one.true for one in shown])
    errors = np.linalg.norm(np.stack([found(one) for one in shown]) - true, axis=2)
    lengths = np.linalg.norm(true, axis=2)
    return [*(errors.sum(axis=0) / lengths.sum(axis=0)).tolist(), float(errors.sum() / lengths.sum())]


def _pair(one: Moved) -> Window:
    return Window(0, np.stack([one.onset, one.apex]), 0, one.face)
