"""A video to the motion of 18 regions: windows that are anchored anew, cumulative, cached."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int32

from mebench.errors import MebenchError
from mebench.features.cache import Entry, FeatureCache, Layout, cache_key, mapped
from mebench.features.face.crop import crop_frames
from mebench.features.feature import Footage
from mebench.features.flow.registry import DeviceFlow, FlowFunction, device_flow, flow_function, made_by
from mebench.features.roi.motion import motion
from mebench.features.roi.regions import REGIONS, geometry_of
from mebench.features.roi.windows import RoiSettings, Window, starts_of, step_of, windows_of
from mebench.progress import Advance
from mebench.runtime.environment import cores


@dataclass(frozen=True)
class RoiSequence:
    """Motion of the regions of one video.

    Attributes:
        path: file of the values.
        starts: number of the video's frame that each window begins with.
        reference: frame of the window that motion is measured from (the values up to it are 0), -1: no face was found
            in the window and all its values are 0.
        step: frames of the video from one value to the next.
    """

    path: Path
    starts: Int32[np.ndarray, " n"]
    reference: Int32[np.ndarray, " n"]
    step: int

    @property
    def values(self) -> Float32[np.ndarray, "n k 18 2"]:
        """Motion (x, y) of each region since the reference, without the head's, in px of a 320 px crop of the face.

        Windows, frames, regions (`mebench.features.roi.regions.REGIONS`); memory-mapped, opened anew at each use.
        """
        return mapped(self.path)

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.starts)


def extract_sequence(video: Footage, settings: RoiSettings, cache: FeatureCache, advance: Advance) -> RoiSequence:
    """Return the motion of a video's regions, from the cache or computed into it.

    Raises:
        MebenchError: no frame that was looked at shows a face, or the disk is full.
    """
    step = step_of(video.fps, settings.rate)
    starts = starts_of(-(-len(video.frames) // step), settings.frames, settings.stride)
    content = {
        "what": "roi",
        "video": video.content_key,
        "frames": len(video.frames),
        "step": step,
        "settings": asdict(settings) | {"rate": 0},
        **made_by(__name__, settings.flow),
    }
    entry = cache.read(cache_key(content))
    if entry is not None:
        advance(len(starts) * settings.frames)
        return _sequence(entry)
    layouts = {
        "values": Layout((len(starts), settings.frames, len(REGIONS), 2), "<f4"),
        "starts": Layout((len(starts),), "<i4"),
        "reference": Layout((len(starts),), "<i4"),
    }
    references: list[int] = []
    with cache.write(cache_key(content), layouts, content, {"step": step}) as writer:
        writer.append("starts", np.array(starts, np.int32) * np.int32(step))
        for reference, values in _computed(video, settings, starts, step):
            writer.append("values", values[None])
            references.append(reference)
            advance(settings.frames)
        writer.append("reference", np.array(references, np.int32))
        if max(references) < 0:
            raise MebenchError(
                f"{video.label}: no face was found in any of its {len(starts)} windows; look at its frames, and leave "
                "the video out of the dataset if it shows no whole, upright face"
            )
    return _sequence(cache.present(cache_key(content)))


def _computed(
    video: Footage, settings: RoiSettings, starts: list[int], step: int
) -> Iterator[tuple[int, Float32[np.ndarray, "k 18 2"]]]:
    """Yield reference and values of every window in order; a few are computed while the next is read."""
    flow = device_flow(settings.flow) or flow_function(settings.flow)
    waiting: list[tuple[int, Future[Float32[np.ndarray, "k 18 2"]]]] = []
    with ThreadPoolExecutor(cores()) as pool:
        for window in windows_of(video, starts, settings.frames, step, settings.size):
            waiting.append((window.reference, pool.submit(_values, window, flow, settings.size)))
            while len(waiting) > cores():
                reference, job = waiting.pop(0)
                yield reference, job.result()
        yield from ((reference, job.result()) for reference, job in waiting)


def _values(window: Window, flow: DeviceFlow | FlowFunction, size: int) -> Float32[np.ndarray, "k 18 2"]:
    if window.face is None:
        return np.zeros((len(window.frames), len(REGIONS), 2), np.float32)
    crops = crop_frames(window.frames, window.face)
    found = motion(flow, size, crops[window.reference], crops, geometry_of(window.face.landmarks, size))
    later = np.arange(len(crops)) > window.reference
    return np.where(later[:, None, None], found, np.float32(0))


def _sequence(entry: Entry) -> RoiSequence:
    starts, reference = (np.array(entry.array(name)) for name in ("starts", "reference"))
    return RoiSequence(entry.paths["values"], starts, reference, int(entry.facts["step"]))
