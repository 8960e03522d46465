"""Linear interpolation along one axis with the sample places of OpenCV: precomputed taps, no image library."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64


@dataclass(frozen=True)
class Taps:
    """Output i is `x[low[i]] + weight[i] * (x[high[i]] - x[low[i]])`."""

    low: Int64[np.ndarray, " m"]
    high: Int64[np.ndarray, " m"]
    weight: Float32[np.ndarray, " m"]


def linear_taps(length: int, size: int, scale: float | None = None) -> Taps:
    """Return the taps that resize an axis as cv2.INTER_LINEAR does: pixel centres at halves, the edge repeated.

    Args:
        length: samples of the input.
        size: samples of the output.
        scale: input samples an output sample; None: length / size. OpenCV's `resize(..., fx=0.8)` uses 1 / 0.8, which
            differs from length / size where size was rounded.
    """
    step = length / size if scale is None else scale
    place = np.clip((np.arange(size) + 0.5) * step - 0.5, 0, length - 1)
    low = np.floor(place).astype(np.int64)
    return Taps(low, np.minimum(low + 1, length - 1), (place - low).astype(np.float32))
