"""Patches and regions of a face, in px of a 320 px square crop, as BoostingVRME's authors cut them (README.md here)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32

SIDE = 320
"""Side in px of the crop that lengths and motion are given in; other crops scale them."""

MARGIN = 24
"""Pixels around the crop: how far a patch can follow the head."""

SMALL, WIDE, NOSE = (48, 96), (72, 144), (64, 64)
"""Height and width of what flow is computed on: brows and lids, mouth and wings of the nose, bridge of the nose."""

HEAD_BORDER = (15, 10, 5, 5)
"""Of the head's box, not used: at the top, bottom, left and right."""


@dataclass(frozen=True)
class Box:
    """Rows `top` to `bottom` and columns `left` to `right`; the ends are not included."""

    top: int
    bottom: int
    left: int
    right: int

    def within(self, outer: "Box") -> "Box":
        """Return the part inside another box, one row and one column at least."""
        top, left = min(max(self.top, outer.top), outer.bottom - 1), min(max(self.left, outer.left), outer.right - 1)
        bottom, right = max(top + 1, min(self.bottom, outer.bottom)), max(left + 1, min(self.right, outer.right))
        return Box(top, bottom, left, right)

    def seen_from(self, outer: "Box") -> tuple[int, int, int, int]:
        """Return top, bottom, left and right counted from the corner of another box."""
        return self.top - outer.top, self.bottom - outer.top, self.left - outer.left, self.right - outer.left


@dataclass(frozen=True)
class Patch:
    """Landmarks (iBUG, ends included) whose box is grown by px at the top, bottom, left and right.

    Flow is computed on `shape`, around the middle of the box: the same for every face, so that one program is compiled.
    """

    name: str
    first: int
    last: int
    grown: tuple[int, int, int, int]
    shape: tuple[int, int]


@dataclass(frozen=True)
class Region:
    """Support of one value, a mean: the strongest vectors of a part of a patch.

    Attributes:
        name: of the region.
        patch: number in `PATCHES`.
        point: iBUG number of the landmark in its middle; None: the whole patch.
        around: px above, below, left and right of the point; of a whole patch, the border that is not used.
        share: of the part's pixels whose vectors are the strongest.
    """

    name: str
    patch: int
    point: int | None
    around: tuple[int, int, int, int]
    share: float


PATCHES = (
    Patch("brow left", 17, 21, (15, 5, 5, 0), SMALL),
    Patch("brow right", 22, 26, (15, 5, 0, 5), SMALL),
    Patch("mouth", 48, 66, (15, 10, 20, 20), WIDE),
    Patch("nose wings", 30, 35, (20, 5, 30, 30), WIDE),
    Patch("lid left", 36, 41, (0, 0, 0, 0), SMALL),
    Patch("lid right", 42, 47, (0, 0, 0, 0), SMALL),
)
"""In the order of the table; left and right are those of the picture. The two lids are the skin below the eye."""

HEAD = Patch("head", 29, 30, (13, 13, 13, 13), NOSE)
"""Bridge of the nose: what moves least when a face does."""

_SQUARE, _BORDER, _LID = (10, 10, 10, 10), (10, 10, 10, 10), (5, 5, 5, 5)

REGIONS = (
    Region("brow left", 0, None, _BORDER, 0.3),
    Region("brow left, inner", 0, 20, _SQUARE, 0.2),
    Region("brow left, middle", 0, 19, _SQUARE, 0.2),
    Region("brow left, outer", 0, 18, _SQUARE, 0.2),
    Region("brow right", 1, None, _BORDER, 0.3),
    Region("brow right, inner", 1, 23, _SQUARE, 0.3),
    Region("brow right, middle", 1, 24, _SQUARE, 0.3),
    Region("brow right, outer", 1, 25, _SQUARE, 0.3),
    Region("mouth", 2, None, _BORDER, 0.3),
    Region("mouth, left corner", 2, 48, (10, 10, 10, 20), 0.2),
    Region("mouth, right corner", 2, 54, (10, 10, 20, 10), 0.2),
    Region("upper lip, outer", 2, 51, _SQUARE, 0.2),
    Region("lower lip, outer", 2, 57, _SQUARE, 0.2),
    Region("upper lip, inner", 2, 62, _SQUARE, 0.2),
    Region("nose wing left", 3, 31, (20, 5, 20, 10), 0.2),
    Region("nose wing right", 3, 35, (20, 5, 10, 20), 0.2),
    Region("lid left", 4, None, _LID, 0.3),
    Region("lid right", 5, None, _LID, 0.3),
)
"""The 18 values, in the published order."""

HEAD_SHARE = 0.7
"""Share of the head's pixels."""


@dataclass(frozen=True)
class Geometry:
    """Places of the patches and regions of one face in a crop with its margin, as arrays of one shape for every face.

    Attributes:
        patches: top and left of each patch; the last is the nose's.
        regions: top, bottom, left and right of each region in its patch; the last is the head's.
    """

    patches: Int32[np.ndarray, "7 2"]
    regions: Int32[np.ndarray, "19 4"]


def scaled(length: int, size: int) -> int:
    """Return whole px of a crop that is `size` px square for a length in px of one of `SIDE`."""
    return round(length * size / SIDE)


def shape_in(shape: tuple[int, int], size: int) -> tuple[int, int]:
    """Return height and width of a patch in a crop that is `size` px square."""
    return scaled(shape[0], size), scaled(shape[1], size)


def geometry_of(landmarks: Float32[np.ndarray, "68 2"], size: int) -> Geometry:
    """Return where everything lies; what reaches over a patch's edge is cut off there.

    Args:
        landmarks: iBUG order, (x, y) in px of the crop with its margin.
        size: side of the crop in px, without its margin.
    """
    boxes, places = boxes_of(landmarks, size), patch_places(landmarks, size)
    outer = [places[number] for number in (*(one.patch for one in REGIONS), -1)]
    parts = [part.within(o) for part, o in zip(parts_of(boxes, landmarks, size), outer, strict=True)]
    rows = [part.seen_from(o) for part, o in zip(parts, outer, strict=True)]
    return Geometry(np.array([(p.top, p.left) for p in places], np.int32), np.array(rows, np.int32))


def patch_places(landmarks: Float32[np.ndarray, "68 2"], size: int) -> list[Box]:
    """Return where each patch lies, the head's last; arguments as for `geometry_of`."""
    patches = zip(boxes_of(landmarks, size), (*PATCHES, HEAD), strict=True)
    return [placed_around(box, patch, size) for box, patch in patches]


def boxes_of(landmarks: Float32[np.ndarray, "68 2"], size: int) -> list[Box]:
    """Return the box of each patch, the head's last; arguments as for `geometry_of`."""
    boxes = [box_of(patch, landmarks, size) for patch in (*PATCHES, HEAD)]
    return [*boxes[:4], *(_below(box) for box in boxes[4:6]), boxes[-1]]


def parts_of(boxes: Sequence[Box], landmarks: Float32[np.ndarray, "68 2"], size: int) -> list[Box]:
    """Return the box of each region, the head's last, inside the boxes of the patches."""
    parts = [_region(one, landmarks, boxes[one.patch], size) for one in REGIONS]
    return [*parts, _inner(boxes[-1], HEAD_BORDER, size)]


def box_of(patch: Patch, landmarks: Float32[np.ndarray, "68 2"], size: int) -> Box:
    """Return the box of a patch's landmarks, grown."""
    x, y = landmarks[patch.first : patch.last + 1].T.tolist()
    return grown((min(y), max(y), min(x), max(x)), patch.grown, size)


def grown(ends: Sequence[float | int], by: Sequence[int], size: int) -> Box:
    """Return the box of ends (top, bottom, left, right) in whole px, grown by px of a crop of `SIDE`."""
    top, bottom, left, right = (length * size / SIDE for length in by)
    return Box(round(ends[0] - top), round(ends[1] + bottom), round(ends[2] - left), round(ends[3] + right))


def _inner(box: Box, border: Sequence[int], size: int) -> Box:
    return grown((box.top, box.bottom, box.left, box.right), [-one for one in border], size)


def _below(eye: Box) -> Box:
    """Return what lies below an eye: from a quarter of its width under its middle to three quarters."""
    width, middle = eye.right - eye.left, (eye.top + eye.bottom) / 2
    return Box(round(middle + width / 4), round(middle + 3 * width / 4), eye.left, eye.right)


def _region(region: Region, landmarks: Float32[np.ndarray, "68 2"], patch: Box, size: int) -> Box:
    if region.point is None:
        return _inner(patch, region.around, size)
    x, y = landmarks[region.point].tolist()
    return grown((y, y, x, x), region.around, size).within(patch)


def placed_around(box: Box, patch: Patch, size: int) -> Box:
    """Return the place of a patch around a box; it can move by the margin and stays in the crop."""
    margin, (height, width) = scaled(MARGIN, size), shape_in(patch.shape, size)
    starts = (round((box.top + box.bottom - height) / 2), round((box.left + box.right - width) / 2))
    top, left = (
        min(max(start, margin), margin + size - length) for start, length in zip(starts, (height, width), strict=True)
    )
    return Box(top, top + height, left, left + width)
