"""Movement of a part of the face by a combination of action units, as it is drawn: backward, at a peak of 1 px."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, Float64, UInt8
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from tfds_builders.synth_me.exact import sampled
from tfds_builders.synth_me.expressions import face_units

_INVERSION_STEPS = 6


@runtime_checkable
class Neutral(Protocol):
    """A face at rest and how it moves, as `tfds_builders.synth_me.render.Face`."""

    @property
    def fine(self) -> UInt8[np.ndarray, "fine_h fine_w"]:
        """Grey values, two to each pixel of a frame along a side."""

    def displacement(self, units: Mapping[str, float]) -> Float32[np.ndarray, "h w 2"]:
        """Return where each pixel of a frame goes (x, y; px) at these weights of face units."""


@dataclass(frozen=True)
class Patch:
    """Backward displacement of a rectangle of the face; there is none outside.

    Attributes:
        top, left: of the rectangle, in px of the frame.
        planes: x and y in px: the moved face at p shows the neutral one at p + planes(p).
    """

    top: int
    left: int
    planes: Float32[np.ndarray, "2 r c"]

    def moved(
        self, pose: Float64[np.ndarray, "2 3"], size: tuple[int, int]
    ) -> tuple[tuple[slice, slice], Float32[np.ndarray, "2 r c"]]:
        """Return which rows and columns of a frame (height, width) show the patch, and x and y there.

        The frame's pixel q shows the head at pose(q); the patch is shifted as its middle is, by linear interpolation.
        """
        rows, columns = self.planes.shape[1:]
        middle = (self.left + columns / 2, self.top + rows / 2)
        x, y = (float(one[0] * middle[0] + one[1] * middle[1] + one[2]) for one in pose)
        right, down = math.floor(x - middle[0]), math.floor(y - middle[1])
        part = _between(self.planes, 1, np.float32(y - middle[1] - down))
        part = _between(part, 2, np.float32(x - middle[0] - right))
        into_rows, from_rows = _overlap(self.top - down, rows - 1, size[0])
        into_columns, from_columns = _overlap(self.left - right, columns - 1, size[1])
        return (into_rows, into_columns), part[:, from_rows, from_columns]


def _between(planes: Float32[np.ndarray, "2 h w"], axis: int, part: np.float32) -> Float32[np.ndarray, "2 r c"]:
    """Return the values a part of a pixel further along an axis, one fewer than before."""
    here, there = (planes[:, :-1], planes[:, 1:]) if axis == 1 else (planes[..., :-1], planes[..., 1:])
    return here + part * (there - here)


def _overlap(start: int, length: int, size: int) -> tuple[slice, slice]:
    """Return what of `length` places from `start` on lies in a frame's `size`: as its places, and as theirs."""
    low = min(max(0, start), size)
    high = max(low, min(size, start + length))
    return slice(low, high), slice(low - start, high - start)


def patch_of(face: Neutral, aus: tuple[str, ...], px: float) -> Patch:
    """Return the patch of a combination of action units at a peak of 1 px; it is inverted at a peak of `px`."""
    forward = face.displacement(face_units(aus))
    x, y = np.moveaxis(forward, -1, 0)
    peak = math.sqrt(float((x * x + y * y).max()))
    scaled = forward * np.float32(px / peak)
    top, bottom, left, right = _bounds(scaled, math.ceil(px) + 2)
    found = backward_of(scaled[top:bottom, left:right]) / np.float32(px)
    return Patch(top, left, np.ascontiguousarray(np.moveaxis(found, -1, 0)))


def backward_of(forward: Float32[np.ndarray, "h w 2"]) -> Float32[np.ndarray, "h w 2"]:
    """Return B with B(y) = -forward(y + B(y)): the moved picture at y shows the neutral one at y + B(y).

    Where two points of the neutral picture land on one pixel, the one that moves farther is seen: a lid over an eye.
    """
    planes = np.ascontiguousarray(np.moveaxis(forward, -1, 0))
    rows, columns = (axis.astype(np.float32) for axis in np.indices(planes.shape[1:]))
    found = -_farthest(planes)
    for _ in range(_INVERSION_STEPS):
        found = -np.stack(sampled(planes, columns + found[0], rows + found[1]))
    return np.moveaxis(found, 0, -1)


def _farthest(planes: Float32[np.ndarray, "2 h w"]) -> Float32[np.ndarray, "2 h w"]:
    """Return the largest displacement within reach of each pixel, by component: what moves covers what rests."""
    across = 2 * math.ceil(float(np.abs(planes).max())) + 1
    highest, lowest = planes, planes
    for axis in (1, 2):
        highest = maximum_filter1d(highest, across, axis, mode="nearest")
        lowest = minimum_filter1d(lowest, across, axis, mode="nearest")
    return np.where(highest > -lowest, highest, lowest)


def _bounds(field: Float32[np.ndarray, "h w 2"], margin: int) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right (ends not included) of what moves, with a margin, inside the field."""
    moves = (field != 0).any(axis=-1)
    ends = []
    for axis, length in ((1, moves.shape[0]), (0, moves.shape[1])):
        places = np.flatnonzero(moves.any(axis=axis))
        ends += [max(0, int(places[0]) - margin), min(length, int(places[-1]) + 1 + margin)]
    top, bottom, left, right = ends
    return top, bottom, left, right
