"""Frames a second from stored pictures to MEAN's windows in the cache, beside a plain loop over frames.

The loop is what a script does: one video after the other, one frame after the other, each decoded, cropped, put through
the same flow and normalised. OpenCV may use every core in it.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np

from mebench.benchmarks.rows import BenchmarkRow, seconds_beside
from mebench.config import FeaturesConfig
from mebench.data.builders import build_dataset
from mebench.data.source import Video, open_dataset
from mebench.features.cache import FeatureCache
from mebench.features.crop import crop_frames, find_face
from mebench.features.flow.registry import flow_function
from mebench.features.mean_input import mean_input
from mebench.features.pipeline import extract_video, window_lag
from mebench.progress import Silent
from mebench.runtime import cores
from mebench.tasks.each_video import for_each_video, label_of_video

DATASET = ("synth_me", "tiny")
"""Drawn anew: 6 videos of 150 frames of 256 x 256 px."""


def benchmark_features(flows: tuple[str, ...], repeats: int = 3) -> list[BenchmarkRow]:
    """Return frames a second with each method of flow; several videos are worked on at a time.

    Raises:
        MebenchError: no method has that name.
    """
    for name in flows:
        flow_function(name)
    with tempfile.TemporaryDirectory() as folder:
        build_dataset(*DATASET, Path(folder), Silent())
        videos = open_dataset(*DATASET, Path(folder), Silent()).videos
        return [_row(name, list(videos), Path(folder), repeats) for name in flows]


def _row(flow: str, videos: list[Video], folder: Path, repeats: int) -> BenchmarkRow:
    config, frames = FeaturesConfig(flow=flow), sum(len(video.frames) for video in videos)  # type: ignore[arg-type]
    seconds = seconds_beside(_ours(videos, config, folder), lambda: _frame_by_frame(videos, config), repeats)
    ours, peer = (frames / one for one in seconds)
    device = jax.devices()[0].device_kind if flow.startswith("jax_") else "cpu"
    name = f"{flow}, {len(videos)} videos | frame by frame"
    return BenchmarkRow(name, ours, peer, ours / peer, "frames/s", None, cores(), device)


def _ours(videos: list[Video], config: FeaturesConfig, folder: Path) -> Callable[[], object]:
    """Return a call that computes all features into a cache of its own."""

    def extract() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as fresh:
            cache = FeatureCache(Path(fresh))
            for_each_video(lambda video: _extract(video, config, cache), videos, cores())

    return extract


def _extract(video: Video, config: FeaturesConfig, cache: FeatureCache) -> None:
    extract_video(video.frames, video.info.fps, config, label_of_video(video.info), video.content_key, cache)


def _frame_by_frame(videos: list[Video], config: FeaturesConfig) -> None:
    flow = flow_function(config.flow)
    for video in videos:
        face = find_face(video.frames.read(0, 1)[0], config.size, label_of_video(video.info))
        lag, crops, windows = window_lag(video.info.fps, config.lag_seconds), list[np.ndarray](), list[np.ndarray]()
        for number in range(len(video.frames)):
            crops.append(crop_frames(video.frames.read_gray(number, number + 1), face))
            if number >= lag:
                windows.append(mean_input(flow(crops[-1 - lag], crops[-1]), face.landmarks))
