"""A video to the motion of 12 points from frame to frame, cached; the face is looked for anew every few frames."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32

from mebench.errors import MebenchError
from mebench.features.cache import Entry, FeatureCache, Layout, cache_key, mapped
from mebench.features.face.crop import crop_frames
from mebench.features.feature import Footage
from mebench.features.flow.registry import DeviceFlow, FlowFunction, device_flow, flow_function, made_by
from mebench.features.roi.point_motion import point_motion
from mebench.features.roi.point_regions import POINTS, point_geometry
from mebench.features.roi.windows import RoiSettings, Window, step_of, windows_of
from mebench.progress import Advance
from mebench.runtime.environment import cores


@dataclass(frozen=True)
class PointSequence:
    """Motion of the points of one video.

    Attributes:
        path: file of the values.
        seen: whether a face was found for each value; where none was, and at the first frame, it is 0.
        step: frames of the video from one value to the next.
    """

    path: Path
    seen: Bool[np.ndarray, " n"]
    step: int

    @property
    def values(self) -> Float32[np.ndarray, "n 12 2"]:
        """Motion (x, y) of each point since the frame before, without the head's, in px of a 320 px crop of the face.

        The first is 0. Memory-mapped, opened anew at each use.
        """
        return mapped(self.path)

    def __len__(self) -> int:
        """Number of frames that were looked at."""
        return len(self.seen)


def extract_points(video: Footage, settings: RoiSettings, cache: FeatureCache, advance: Advance) -> PointSequence:
    """Return the motion of a video's points, from the cache or computed into it.

    Of the settings, `frames` plays no part: faces are found every `stride` frames that are looked at.

    Raises:
        MebenchError: no frame that was looked at shows a face, or the disk is full.
    """
    step = step_of(video.fps, settings.rate)
    count = -(-len(video.frames) // step)
    content = {
        "what": "roi points",
        "video": video.content_key,
        "frames": len(video.frames),
        "step": step,
        "settings": asdict(settings) | {"rate": 0, "frames": 0},
        **made_by(__name__, settings.flow),
    }
    entry = cache.read(cache_key(content))
    if entry is not None:
        advance(count)
        return _sequence(entry)
    layouts = {"values": Layout((count, len(POINTS), 2), "<f4"), "seen": Layout((count,), "|b1")}
    any_seen = False
    with cache.write(cache_key(content), layouts, content, {"step": step}) as writer:
        writer.append("values", np.zeros((1, len(POINTS), 2), np.float32))
        writer.append("seen", np.zeros(1, bool))
        for start, seen, values in _computed(video, settings, count, step):
            number = min(settings.stride, count - 1 - start)
            writer.append("values", values[:number])
            writer.append("seen", seen[:number])
            any_seen = any_seen or bool(seen.any())
            advance(number)
        if not any_seen:
            raise MebenchError(
                f"{video.label}: no face was found in any of the {count} frames that were looked at; look at them, and "
                "leave the video out of the dataset if it shows no whole, upright face"
            )
    advance(1)
    return _sequence(cache.present(cache_key(content)))


def _computed(
    video: Footage, settings: RoiSettings, count: int, step: int
) -> Iterator[tuple[int, Bool[np.ndarray, " k"], Float32[np.ndarray, "k 12 2"]]]:
    """Yield the frame before each part of the video, which values a face was found for, and the values, in order."""
    flow = device_flow(settings.flow) or flow_function(settings.flow)
    starts = list(range(0, max(count - 1, 1), settings.stride))
    waiting: list[tuple[Window, Future[Float32[np.ndarray, "k 12 2"]]]] = []
    with ThreadPoolExecutor(cores()) as pool:
        for window in windows_of(video, starts, settings.stride + 1, step, settings.size):
            waiting.append((window, pool.submit(_values, window, flow, settings.size)))
            while len(waiting) > cores():
                done, job = waiting.pop(0)
                yield done.start, seen_in(done), job.result()
        yield from ((done.start, seen_in(done), job.result()) for done, job in waiting)


def _values(window: Window, flow: DeviceFlow | FlowFunction, size: int) -> Float32[np.ndarray, "k 12 2"]:
    if window.face is None:
        return np.zeros((len(window.frames) - 1, len(POINTS), 2), np.float32)
    crops = crop_frames(window.frames, window.face)
    found = point_motion(flow, size, crops, point_geometry(window.face.landmarks, size))
    return np.where(seen_in(window)[:, None, None], found, np.float32(0))


def seen_in(window: Window) -> Bool[np.ndarray, " k"]:
    """Return for each frame but the first whether it and the one before show the face."""
    frames = np.arange(1, len(window.frames))
    return (frames > window.reference) & (window.face is not None)


def _sequence(entry: Entry) -> PointSequence:
    return PointSequence(entry.paths["values"], np.array(entry.array("seen")), int(entry.facts["step"]))
