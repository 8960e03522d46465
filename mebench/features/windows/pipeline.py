"""One video to MEAN's windows: read in pieces, cropped once, flow over the lag, cached; memory stays bounded."""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float16, Float32, Int, UInt8

from mebench.config.experiment import FeaturesConfig, Scale
from mebench.errors import MebenchError
from mebench.features.cache import Entry, FeatureCache, Json, Layout, cache_key, mapped
from mebench.features.face.crop import FaceCrop, crop_frames, find_face
from mebench.features.flow.registry import device_flow, flow_function, made_by
from mebench.features.windows.fixed_input import fixed_input
from mebench.features.windows.mean_input import HEIGHT, WIDTH, mean_input, region_magnitude

CHUNK, READ = 128, 32
"""Pairs whose flow is computed at once; whole frames that are in memory at once."""

SHAPE = (2 * HEIGHT, WIDTH, 3)
"""Of one window: rows, columns, channels (u, v, strain)."""


Piece = tuple[Float16[np.ndarray, "n 42 42 3"], Float32[np.ndarray, " n"]]
"""Windows of some consecutive frames, and their mean motion."""

Pieces = Iterator[Piece]


@runtime_checkable
class FrameReader(Protocol):
    """The frames of a video, 0-based, read when asked for; fit for one thread at a time."""

    def __len__(self) -> int:
        """Number of frames."""
        ...

    def read(self, start: int, stop: int) -> UInt8[np.ndarray, "t h w 3"]:
        """Return frames [start, stop), BGR."""
        ...

    def read_gray(self, start: int, stop: int) -> UInt8[np.ndarray, "t h w"]:
        """Return frames [start, stop), grey."""
        ...


@dataclass(frozen=True)
class VideoFeatures:
    """Windows, magnitudes and motion of one video.

    Attributes:
        path: file of the windows.
        magnitude: mean flow in px over the two strips of each window, before normalisation.
        lag: frames between the two frames of a window.
        face: square of the frames, and landmarks.
    """

    path: Path
    magnitude: Float32[np.ndarray, " n"]
    lag: int
    face: FaceCrop

    @property
    def windows(self) -> Float16[np.ndarray, "n 42 42 3"]:
        """Window i, flow(i, i + lag), for i in [0, T - lag); memory-mapped, opened anew at each use."""
        return mapped(self.path)

    def __len__(self) -> int:
        """Number of windows: T - lag."""
        return len(self.magnitude)


def window_lag(fps: float, lag_seconds: float) -> int:
    """Return the lag in frames, halves up and at least 1: 0.1 s is 20 at 200 fps, 10 at 100, 3 at 30 and 25.

    Args:
        fps: frames per second.
        lag_seconds: time between the two frames of a window.
    """
    return max(1, math.floor(fps * lag_seconds + 0.5 + 1e-9))


def extract_video(
    frames: FrameReader,
    fps: float,
    config: FeaturesConfig,
    label: str,
    content_key: str,
    cache: FeatureCache,
    progress: Callable[[int], None] | None = None,
) -> VideoFeatures:
    """Return the windows of a video, from the cache or computed into it.

    Several threads may call it, each with its own `frames`; results do not depend on their number.

    Args:
        frames: of the video.
        fps: frames per second.
        config: lag, flow method and size of the crop.
        label: what errors call the video.
        content_key: stands for the video's pixels; another video must have another one.
        cache: where the windows are kept.
        progress: is told the number of windows after each piece, and all at once for a cached video.

    Raises:
        MebenchError: the video is no longer than the lag, shows no face, or the disk is full.
    """
    lag = window_lag(fps, config.lag_seconds)
    count = len(frames) - lag
    if count < 1:
        raise MebenchError(
            f"{label}: {len(frames)} frames are too few for a window over {lag} frames ({config.lag_seconds} s at "
            f"{fps:g} frames per second); leave the video out, or set features.lag_seconds lower"
        )
    content = _content(config, content_key) | {"what": "windows", "lag": lag, "frames": len(frames)}
    entry = cache.read(cache_key(content))
    if entry is not None:
        if progress is not None:
            progress(count)
        return _features(entry)
    face = find_face(frames.read(0, 1)[0], config.size, label)
    layouts = {"windows": Layout((count, *SHAPE), "<f2"), "magnitude": Layout((count,), "<f4")}
    with cache.write(cache_key(content), layouts, content, {"lag": lag, "face": _face_to_json(face)}) as writer:
        for windows, magnitude in _pieces(frames, face, config, lag):
            writer.append("windows", windows)
            writer.append("magnitude", magnitude)
            if progress is not None:
                progress(len(windows))
    return _features(cache.present(cache_key(content)))


def extract_pairs(
    frames: FrameReader,
    pairs: Int[np.ndarray, "p 2"],
    config: FeaturesConfig,
    label: str,
    content_key: str,
    cache: FeatureCache,
) -> Float16[np.ndarray, "p 42 42 3"]:
    """Return the input of each pair of frames, as flow(onset, apex) for training recognition; cached.

    Args:
        frames: of the video.
        pairs: first and second frame of each pair, 0-based.
        config: flow method and size of the crop; the lag is not used.
        label: what errors call the video.
        content_key: as for `extract_video`.
        cache: where the result is kept.

    Raises:
        MebenchError: a frame lies outside the video, the video shows no face, or the disk is full.
    """
    if not len(pairs):
        return np.empty((0, *SHAPE), np.float16)
    if pairs.min() < 0 or pairs.max() >= len(frames):
        wrong = pairs[((pairs < 0) | (pairs >= len(frames))).any(axis=1)][0].tolist()
        raise MebenchError(
            f"{label}: the pair of frames {wrong} lies outside the video's frames 0 to {len(frames) - 1}; "
            "check onset and apex of its annotations"
        )
    content = _content(config, content_key) | {"what": "pairs", "pairs": pairs.tolist(), "frames": len(frames)}
    entry = cache.read(cache_key(content))
    if entry is None:
        face = find_face(frames.read(0, 1)[0], config.size, label)
        layouts = {"windows": Layout((len(pairs), *SHAPE), "<f2")}
        with cache.write(cache_key(content), layouts, content, {"face": _face_to_json(face)}) as writer:
            for start in range(0, len(pairs), CHUNK):
                writer.append("windows", _pairs_input(frames, face, config, pairs[start : start + CHUNK]))
        entry = cache.present(cache_key(content))
    return np.array(entry.array("windows"))


def _pieces(frames: FrameReader, face: FaceCrop, config: FeaturesConfig, lag: int) -> Pieces:
    """Yield windows and magnitudes piece by piece; every frame is read and cropped once, while the last is computed."""
    parts = _parts(frames, face, lag)
    device = device_flow(config.flow)
    if device is not None:
        from mebench.features.windows.on_device import device_pieces

        yield from device_pieces(device, parts, lag, face.landmarks, CHUNK, _scale(config))
        return
    held, flow = next(parts), flow_function(config.flow)

    def compute(crops: UInt8[np.ndarray, "t size size"]) -> Piece:
        field = flow(crops[:-lag], crops[lag:])
        return _input(field, face, config), region_magnitude(field, face.landmarks)

    waiting: list[Future[Piece]] = []
    with ThreadPoolExecutor(1) as pool:
        for new in parts:
            held = np.concatenate([held, new])
            job = pool.submit(compute, held)
            yield from (done.result() for done in waiting)
            waiting, held = [job], held[len(new) :]
        yield from (done.result() for done in waiting)


def _parts(frames: FrameReader, face: FaceCrop, lag: int) -> Iterator[UInt8[np.ndarray, "t size size"]]:
    """Yield the crops of the first `lag` frames, then of a piece at a time."""
    yield _crops(frames, face, 0, lag)
    for start in range(lag, len(frames), CHUNK):
        yield _crops(frames, face, start, min(start + CHUNK, len(frames)))


def _crops(frames: FrameReader, face: FaceCrop, start: int, stop: int) -> UInt8[np.ndarray, "t size size"]:
    parts = [crop_frames(frames.read_gray(first, min(first + READ, stop)), face) for first in range(start, stop, READ)]
    return np.concatenate(parts)


def _pairs_input(
    frames: FrameReader, face: FaceCrop, config: FeaturesConfig, pairs: Int[np.ndarray, "p 2"]
) -> Float16[np.ndarray, "p 42 42 3"]:
    needed, places = np.unique(pairs, return_inverse=True)
    crops = np.concatenate([_crops(frames, face, int(index), int(index) + 1) for index in needed])
    first, second = crops[places.reshape(pairs.shape)].swapaxes(0, 1)
    return _input(flow_function(config.flow)(first, second), face, config)


def _input(
    flow: Float32[np.ndarray, "n h w 2"], face: FaceCrop, config: FeaturesConfig
) -> Float16[np.ndarray, "n 42 42 3"]:
    return (fixed_input if _scale(config) == "fixed" else mean_input)(flow, face.landmarks)


def _scale(config: FeaturesConfig) -> Scale:
    """Return the scale of the windows; that of each pair where it is left open."""
    return config.scale or "pair"


def _content(config: FeaturesConfig, content_key: str) -> Json:
    """Return what decides features besides the frames asked for."""
    return {
        "video": content_key,
        "size": config.size,
        "scale": _scale(config),
        **made_by(__name__, config.flow),
    }


def _features(entry: Entry) -> VideoFeatures:
    facts = entry.facts
    return VideoFeatures(
        path=entry.paths["windows"],
        magnitude=np.array(entry.array("magnitude")),
        lag=int(facts["lag"]),
        face=_face_from_json(facts["face"]),
    )


def _face_to_json(face: FaceCrop) -> Json:
    square = {"left": face.left, "top": face.top, "side": face.side, "size": face.size}
    return square | {"landmarks": face.landmarks.tolist()}


def _face_from_json(values: dict[str, Any]) -> FaceCrop:
    return FaceCrop(**{**values, "landmarks": np.array(values["landmarks"], np.float32)})
