"""MEAN's input on a fixed scale, as its mended behaviour takes it: motion against the nose, 0 where nothing moves.

The published input divides every pair by its own range: errors of the flow fill the range of a still face as a movement
would, and a blink is no larger than a micro-expression (features/README.md, The scale of MEAN's input).
"""

import numpy as np
from jaxtyping import Float16, Float32

from mebench.features.face.nose import NOSE
from mebench.features.windows.mean_input import REFERENCE, Strip, region, stacked_strips
from mebench.features.windows.strain import optical_strain

FLOW_LIMIT, STRAIN_LIMIT = 0.5, 0.1
"""Motion that becomes 1, in px of a crop of 128 (other crops scale it), and strain, in px a px; more is clipped."""

NOSE_MARGIN = 4
"""Pixels around the landmarks of the nose, in a crop of 128; other crops scale it."""


def fixed_input(
    flow: Float32[np.ndarray, "n h w 2"], landmarks: Float32[np.ndarray, "68 2"]
) -> Float16[np.ndarray, "n 42 42 3"]:
    """Return u and v without the nose's mean motion (the head's), and strain, over their limits, of the two strips.

    u and v lie in [-1, 1] and strain in [0, 1]. The same motion gives the same numbers in every pair.

    Args:
        flow: u and v in px.
        landmarks: iBUG order, (x, y) in px of the same crop.
    """
    height, width = flow.shape[1:3]
    box = nose_box(landmarks, height, width)
    nose = flow[:, box.top : box.bottom, box.left : box.right]
    nose = nose.reshape(len(flow), nose.shape[1] * nose.shape[2], 2)
    shift = nose.mean(axis=1, dtype=np.float64).astype(np.float32)  # (n, 2)
    moved = [stacked_strips(flow[..., i] - shift[:, i, None, None], landmarks) for i in range(2)]
    strain = stacked_strips(optical_strain(flow), landmarks)
    scaled = [*(plane / flow_limit(height) for plane in moved), strain / np.float32(STRAIN_LIMIT)]
    return np.clip(np.stack(scaled, axis=-1), -1, 1).astype(np.float16)


def flow_limit(height: int) -> np.float32:
    """Return the motion in px that becomes 1 in a crop of that height."""
    return np.float32(FLOW_LIMIT * height / REFERENCE)


def nose_box(landmarks: Float32[np.ndarray, "68 2"], height: int, width: int) -> Strip:
    """Return the pixels of the nose in a crop.

    Args:
        landmarks: iBUG order, (x, y) in px of the crop; rounded to whole px.
        height: of the crop in px.
        width: of the crop in px.

    Raises:
        MebenchError: the nose lies outside the crop.
    """
    x, y = np.rint(landmarks[NOSE]).astype(np.int64).T
    box = Strip(int(y.min()), int(y.max()) + 1, int(x.min()), int(x.max()) + 1)
    return region(box, NOSE_MARGIN, height, width)
