"""Dense inverse search (Kroeger et al., ECCV 2016) by OpenCV, with subpixel care: the best here for its time on CPU."""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from mebench.features.flow.pool import PairFunction, map_pairs

FINEST_SCALE = 0
"""Full resolution; the preset stops at half of it."""


def flow(previous: UInt8[np.ndarray, "n h w"], following: UInt8[np.ndarray, "n h w"]) -> Float32[np.ndarray, "n h w 2"]:
    """Return (u, v) in px from `previous` to `following`: the medium preset, taken to full resolution."""
    return map_pairs(one, previous, following)


def one() -> PairFunction:
    """Return the method for one pair; a thread needs its own."""
    method = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    method.setFinestScale(FINEST_SCALE)
    return lambda previous, following: method.calc(previous, following, np.empty(0, np.float32))
