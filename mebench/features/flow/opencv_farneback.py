"""Polynomial expansion flow (Farneback, SCIA 2003) by OpenCV: cheap and smooth."""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from mebench.features.flow.pool import PairFunction, map_pairs

PYRAMID_SCALE, LEVELS, WINDOW, ITERATIONS, NEIGHBOURS, SIGMA = 0.5, 3, 15, 3, 5, 1.1
"""Scale between levels, levels, averaging window in px, iterations a level, neighbourhood in px and its sigma in px."""


def flow(previous: UInt8[np.ndarray, "n h w"], following: UInt8[np.ndarray, "n h w"]) -> Float32[np.ndarray, "n h w 2"]:
    """Return (u, v) in px from `previous` to `following`."""
    return map_pairs(one, previous, following)


def one() -> PairFunction:
    """Return the method for one pair; it holds nothing, so any thread may use it."""
    return _pair


def _pair(previous: UInt8[np.ndarray, "h w"], following: UInt8[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w 2"]:
    shape = np.zeros((*previous.shape, 2), np.float32)
    return cv2.calcOpticalFlowFarneback(
        previous, following, shape, PYRAMID_SCALE, LEVELS, WINDOW, ITERATIONS, NEIGHBOURS, SIGMA, 0
    )
