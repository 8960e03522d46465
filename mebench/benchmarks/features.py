"""Frames a second from stored pictures to MEAN's windows in the cache, beside a plain loop over frames.

The loop is what a script does: one video after the other, one frame after the other, each decoded, cropped, put through
OpenCV's flow (the same method where ours is OpenCV's, else DIS) and normalised. OpenCV may use every core in it.
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter

import jax
import numpy as np
from jaxtyping import UInt8

from mebench.benchmarks.rows import BenchmarkRow, seconds_beside
from mebench.config.experiment import FeaturesConfig
from mebench.data.builders import build_dataset
from mebench.data.source import Video, open_dataset
from mebench.features.cache import FeatureCache
from mebench.features.face.crop import crop_frames, find_face
from mebench.features.flow.registry import flow_function
from mebench.features.windows.mean_input import mean_input
from mebench.features.windows.pipeline import FrameReader, extract_video, window_lag
from mebench.progress import Silent
from mebench.runtime.environment import cores
from mebench.tasks.each_video import for_each_video, label_of_video

GROWTH = 10
"""Times the frames of a video in the rows about growth."""

DATASET = ("synth_me", "tiny")
"""Drawn anew: 6 videos of 150 frames of 256 x 256 px."""


SCRIPTS = "opencv_dis"
"""Flow of the loop where ours is not OpenCV's: it takes one pair at a time, and JAX's methods take many."""


def benchmark_features(flows: tuple[str, ...], repeats: int = 3) -> list[BenchmarkRow]:
    """Return frames a second with each method of flow, several videos at a time, and what ten times the frames cost.

    Raises:
        MebenchError: no method has that name.
    """
    for name in flows:
        flow_function(name)
    with tempfile.TemporaryDirectory() as folder:
        build_dataset(*DATASET, Path(folder), Silent())
        videos = open_dataset(*DATASET, Path(folder), Silent()).videos
        rows = [_row(name, list(videos), Path(folder), repeats) for name in flows]
        return rows + [row for name in flows for row in _growth(name, list(videos), Path(folder))]


def _row(flow: str, videos: list[Video], folder: Path, repeats: int) -> BenchmarkRow:
    config, frames = FeaturesConfig(flow=flow), sum(len(video.frames) for video in videos)
    theirs = config if flow.startswith("opencv_") else FeaturesConfig(flow=SCRIPTS)
    seconds = seconds_beside(_ours(videos, config, folder), lambda: _frame_by_frame(videos, theirs), repeats)
    ours, peer = (frames / one for one in seconds)
    device = jax.devices()[0].device_kind if flow.startswith("jax_") else "cpu"
    name = f"{flow}, {len(videos)} videos | {theirs.flow}, frame by frame"
    return BenchmarkRow(name, ours, peer, ours / peer, "frames/s", None, cores(), device)


def _growth(flow: str, videos: list[Video], folder: Path) -> list[BenchmarkRow]:
    """Return time a frame and the process's peak memory with ten times the frames a video, over those with one time."""
    config, seconds, peaks = FeaturesConfig(flow=flow), list[float](), list[int]()
    for times in (1, GROWTH):
        call, start = _ours(videos, config, folder, times), perf_counter()
        call()
        seconds.append(perf_counter() - start)
        peaks.append(getrusage(RUSAGE_SELF).ru_maxrss)
    pairs = {"time a frame": seconds[1] / seconds[0] / GROWTH, "peak memory": peaks[1] / peaks[0]}
    return [
        BenchmarkRow(f"{flow}, {GROWTH} times the frames: {what}", ratio, None, None, "times", None, cores(), "cpu")
        for what, ratio in pairs.items()
    ]


@dataclass(frozen=True)
class _Repeated:
    """The frames of a video over and over."""

    frames: FrameReader
    times: int

    def __len__(self) -> int:
        return self.times * len(self.frames)

    def read(self, start: int, stop: int) -> UInt8[np.ndarray, "t h w 3"]:
        return np.concatenate([self.frames.read(a, b) for a, b in self._pieces(start, stop)])

    def read_gray(self, start: int, stop: int) -> UInt8[np.ndarray, "t h w"]:
        return np.concatenate([self.frames.read_gray(a, b) for a, b in self._pieces(start, stop)])

    def _pieces(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Return the parts of a range, each within one round."""
        length = len(self.frames)
        bounds = [start, *range((start // length + 1) * length, stop, length), stop]
        return ((a % length, a % length + b - a) for a, b in pairwise(bounds))


def _ours(videos: list[Video], config: FeaturesConfig, folder: Path, times: int = 1) -> Callable[[], object]:
    """Return a call that computes all features into a cache of its own; every video is shown some times over."""

    def extract() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as fresh:
            cache = FeatureCache(Path(fresh))
            for_each_video(lambda video: _extract(video, config, cache, times), videos, cores())

    return extract


def _extract(video: Video, config: FeaturesConfig, cache: FeatureCache, times: int) -> None:
    frames = _Repeated(video.frames, times)
    extract_video(frames, video.info.fps, config, label_of_video(video.info), video.content_key, cache)


def _frame_by_frame(videos: list[Video], config: FeaturesConfig) -> None:
    flow = flow_function(config.flow)
    for video in videos:
        face = find_face(video.frames.read(0, 1)[0], config.size, label_of_video(video.info))
        lag, crops, windows = window_lag(video.info.fps, config.lag_seconds), list[np.ndarray](), list[np.ndarray]()
        for number in range(len(video.frames)):
            crops.append(crop_frames(video.frames.read_gray(number, number + 1), face))
            if number >= lag:
                windows.append(mean_input(flow(crops[-1 - lag], crops[-1]), face.landmarks))
