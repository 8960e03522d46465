"""Windows of a video, each with a face of its own: frames are read once, faces found in each window's first frames."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from mebench.errors import MebenchError
from mebench.features.face.crop import FaceCrop
from mebench.features.feature import Footage
from mebench.features.flow.registry import flow_function
from mebench.features.roi.anchor import anchor_of

STEP = 40
"""The crop's side is a multiple of this, so that every patch has whole px."""


@dataclass(frozen=True, kw_only=True)
class RoiSettings:
    """Settings of the features of regions.

    Attributes:
        flow: method of flow.
        rate: frames a second that are looked at, about: every k-th frame of a video, k = round(fps / rate).
        frames: of a window, that many of those.
        stride: of those from one window to the next.
        size: side of the square crop in px.
    """

    flow: str
    rate: float = 30.0
    frames: int = 30
    stride: int = 15
    size: int = 160

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            MebenchError: an unknown flow method, or a number that does not fit.
        """
        flow_function(self.flow)
        if not (self.rate > 0 and 1 <= self.stride <= self.frames and self.frames >= 2):
            raise MebenchError(
                f"regions in windows of {self.frames} frames every {self.stride}, at {self.rate} frames a second; a "
                "window needs 2 frames or more, a stride of 1 to that many, and a rate above 0"
            )
        if self.size < 2 * STEP or self.size % STEP:
            raise MebenchError(
                f"regions in a crop of {self.size} px; its side is a multiple of {STEP}, {2 * STEP} or more"
            )


def step_of(fps: float, rate: float) -> int:
    """Return the distance in frames of those that are looked at: 7 for 30 a second of 200, 1 of 30."""
    return max(1, round(fps / rate))


def starts_of(count: int, length: int, stride: int) -> list[int]:
    """Return where windows begin among `count` frames: every `stride`, and one that ends with the last frame."""
    starts = list(range(0, max(count - length, 0) + 1, stride))
    return starts if starts[-1] + length >= count else [*starts, count - length]


@dataclass(frozen=True)
class Window:
    """Consecutive frames that are looked at.

    Attributes:
        start: number of the first among those that are looked at.
        frames: grey; behind the video's end its last one is repeated.
        reference: number of the frame in the window that the face was found in; -1: it was found in none.
        face: square and landmarks; None where none was found.
    """

    start: int
    frames: UInt8[np.ndarray, "t h w"]
    reference: int
    face: FaceCrop | None


def windows_of(video: Footage, starts: list[int], length: int, step: int, size: int) -> Iterator[Window]:
    """Yield the windows in order; memory holds the frames of one.

    Args:
        video: that is read.
        starts: of the windows, ascending.
        length: of a window.
        step: frames of the video from one that is looked at to the next.
        size: of the crop.
    """
    held: dict[int, UInt8[np.ndarray, "h w"]] = {}
    last = (len(video.frames) - 1) // step
    for start in starts:
        wanted = [min(start + i, last) for i in range(length)]
        held = {n: held[n] for n in wanted if n in held}
        held |= {n: video.frames.read_gray(n * step, n * step + 1)[0] for n in wanted if n not in held}
        reference, face = _first_face(video, sorted(held), step, size)
        place = wanted.index(reference) if face is not None else -1
        yield Window(start, np.stack([held[n] for n in wanted]), place, face)


def _first_face(video: Footage, numbers: list[int], step: int, size: int) -> tuple[int, FaceCrop | None]:
    for number in numbers:
        face = anchor_of(video.frames.read(number * step, number * step + 1)[0], size, video.label)
        if face is not None:
            return number, face
    return -1, None
