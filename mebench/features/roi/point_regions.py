"""The 12 points of AUW-GCN and the bridge of the nose, in px of a 320 px square crop (README.md here)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32

from mebench.features.roi.regions import HEAD, NOSE, PATCHES, Patch, box_of, grown, patch_places, placed_around

BRIDGE = Patch("bridge of the nose", 28, 30, (0, 0, 0, 0), NOSE)
"""Holds two points and the head's box."""

POINT_PATCHES = (*PATCHES[:3], BRIDGE)
"""Patches that the points lie in: both brows, mouth, bridge of the nose."""

POINTS = ((18, 0), (19, 0), (20, 0), (23, 1), (24, 1), (25, 1), (28, 3), (30, 3), (48, 2), (51, 2), (54, 2), (57, 2))
"""Landmark (iBUG) and number of the patch of each point, in the published order."""

AROUND = (14, 14)
"""Height and width that hold every point's box, rounded to whole px of any crop, in px of one of `SIDE`."""

_POINT, _HEAD = (5, 6, 5, 6), (12, 13, 12, 13)


@dataclass(frozen=True)
class PointGeometry:
    """Places of the patches and boxes of one face in a crop with its margin, as arrays of one shape for every face.

    Attributes:
        patches: top and left of each patch.
        boxes: top, bottom, left and right around each point in its patch; the last is the head's.
    """

    patches: Int32[np.ndarray, "4 2"]
    boxes: Int32[np.ndarray, "13 4"]


def point_geometry(landmarks: Float32[np.ndarray, "68 2"], size: int) -> PointGeometry:
    """Return where everything lies; what reaches over a patch's edge is cut off there.

    Args:
        landmarks: iBUG order, (x, y) in px of the crop with its margin.
        size: side of the crop in px, without its margin.
    """
    bridge = placed_around(box_of(BRIDGE, landmarks, size), BRIDGE, size)
    places = [*patch_places(landmarks, size)[:3], bridge]
    around = [(*landmarks[[point, point], ::-1].T.ravel().tolist(), _POINT, patch) for point, patch in POINTS]
    x, y = landmarks[HEAD.first : HEAD.last + 1].T.tolist()
    around.append((min(y), max(y), min(x), max(x), _HEAD, 3))
    outer = [places[one[-1]] for one in around]
    boxes = [grown(one[:4], one[4], size).within(o) for one, o in zip(around, outer, strict=True)]
    rows = [
        (b.top - o.top, b.bottom - o.top, b.left - o.left, b.right - o.left) for b, o in zip(boxes, outer, strict=True)
    ]
    return PointGeometry(np.array([(p.top, p.left) for p in places], np.int32), np.array(rows, np.int32))
