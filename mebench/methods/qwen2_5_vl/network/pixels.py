"""Pictures and videos as the patches that Qwen2.5-VL's vision tower reads, bit for bit as Hugging Face's PIL processor.

Source: `Qwen2VLImageProcessor` of transformers 4.57 (pictures and videos) and `Qwen2VLImageProcessorPil` of 5.23
(pictures); the tests hold their output. Processors on torchvision resize differently, by up to 2 grey levels.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image

from mebench.errors import MebenchError

RESIZE = "pil-bicubic"
"""Name of the resizing, for the record."""

MAX_ASPECT_RATIO = 200
_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
_STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
_LEVELS = (((np.arange(256) * (1 / 255)).astype(np.float32)[:, None] - _MEAN) / _STD).T.copy()
"""[channel, grey level] -> what the network reads: by CLIP's mean and deviation, rounded as the processors do."""


@dataclass(frozen=True)
class PixelSettings:
    """Limits of a picture's size, and how it is cut into patches.

    Attributes:
        min_pixels: a picture or frame is enlarged to at least about this many pixels.
        max_pixels: a picture or frame is reduced to at most this many pixels.
        patch: side of a patch in pixels.
        merge: patches a side that the network merges into one token.
        temporal: frames in one patch.
    """

    min_pixels: int
    max_pixels: int
    patch: int = 14
    merge: int = 2
    temporal: int = 2

    def __post_init__(self) -> None:
        if min(self.patch, self.merge, self.temporal) < 1:
            raise MebenchError(
                f"pixel settings: patch {self.patch}, merge {self.merge}, temporal {self.temporal};"
                " each must be 1 or more"
            )
        least = self.factor**2
        if not (self.min_pixels >= 1 and self.max_pixels >= max(least, self.min_pixels)):
            raise MebenchError(
                f"pixel settings: min_pixels {self.min_pixels}, max_pixels {self.max_pixels}; allowed:"
                f" min_pixels from 1, max_pixels from {least} (one token) and no less than min_pixels"
            )

    @property
    def factor(self) -> int:
        """Sides of resized pictures are multiples of this, in pixels; a token covers a square of that side."""
        return self.patch * self.merge


@dataclass(frozen=True)
class Patches:
    """One picture or one video, cut.

    Attributes:
        values: one row a patch: channel, frame, row, column. Patches go frame pair by frame pair, then by squares of
            merge x merge patches (the network's tokens), row by row.
        grid: patches in time, down and across; their product is n.
    """

    values: Float32[np.ndarray, "n d"]
    grid: tuple[int, int, int]


def smart_resize(height: int, width: int, settings: PixelSettings) -> tuple[int, int]:
    """Return the height and width in pixels to which a picture is resized.

    Both are multiples of `settings.factor`, near the given ones (halves are rounded to even), and scaled alike where
    their product leaves min_pixels to max_pixels.

    Raises:
        MebenchError: the picture is empty, or one side is more than 200 times the other.
    """
    if min(height, width) < 1 or max(height, width) > MAX_ASPECT_RATIO * min(height, width):
        raise MebenchError(
            f"a picture of {width}x{height} px; allowed: sides of 1 px or more, one at most {MAX_ASPECT_RATIO} times"
            " the other; crop it"
        )
    unit, area = settings.factor, height * width
    sides = round(height / unit) * unit, round(width / unit) * unit
    if math.prod(sides) > settings.max_pixels:
        scale = math.sqrt(area / settings.max_pixels)
        return max(unit, math.floor(height / scale / unit) * unit), max(unit, math.floor(width / scale / unit) * unit)
    if math.prod(sides) < settings.min_pixels:
        scale = math.sqrt(settings.min_pixels / area)
        return math.ceil(height * scale / unit) * unit, math.ceil(width * scale / unit) * unit
    return sides


def image_patches(picture: UInt8[np.ndarray, "h w 3"], settings: PixelSettings) -> Patches:
    """Return the patches of an RGB picture; its one frame is repeated to fill a patch in time.

    Raises:
        MebenchError: see `smart_resize`.
    """
    return video_patches(picture[None], settings)


def video_patches(frames: UInt8[np.ndarray, "t h w 3"], settings: PixelSettings) -> Patches:
    """Return the patches of RGB frames; the last frame is repeated until `settings.temporal` divides their number.

    Raises:
        MebenchError: there is no frame; see also `smart_resize`.
    """
    if not len(frames):
        raise MebenchError("a video without frames; give at least one")
    height, width = smart_resize(frames.shape[1], frames.shape[2], settings)
    resized = _resized(frames, height, width)
    missing = -len(resized) % settings.temporal
    return _cut(np.concatenate([resized, np.repeat(resized[-1:], missing, 0)]) if missing else resized, settings)


def _resized(frames: UInt8[np.ndarray, "t h w 3"], height: int, width: int) -> UInt8[np.ndarray, "t height width 3"]:
    """Return frames resized by Pillow's bicubic filter, frame by frame since Pillow knows no other way."""
    if frames.shape[1:3] == (height, width):
        return frames
    size = (width, height)
    return np.stack([np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BICUBIC)) for frame in frames])


def _cut(frames: UInt8[np.ndarray, "t h w 3"], settings: PixelSettings) -> Patches:
    """Return frames, whose sizes fit, as patches."""
    patch, merge, temporal = settings.patch, settings.merge, settings.temporal
    grid = (len(frames) // temporal, frames.shape[1] // patch, frames.shape[2] // patch)
    down, across = grid[1] // merge, grid[2] // merge
    cut = frames.reshape(grid[0], temporal, down, merge, patch, across, merge, patch, 3)
    cut = cut.transpose(8, 0, 2, 5, 3, 6, 1, 4, 7).reshape(3, math.prod(grid), -1)  # (3, n, temporal*patch*patch)
    values = np.stack([_LEVELS[channel][cut[channel]] for channel in range(3)], axis=1)  # (n, 3, ...)
    return Patches(values.reshape(math.prod(grid), -1), grid)
