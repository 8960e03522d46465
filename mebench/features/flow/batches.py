"""A batched function on any number of pairs, always called with one shape, so that it is compiled once."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Array, Float32, UInt8

BatchFunction = Callable[[UInt8[np.ndarray, "b h w"], UInt8[np.ndarray, "b h w"]], Float32[Array, "b h w 2"]]


def in_batches(
    function: BatchFunction, previous: UInt8[np.ndarray, "n h w"], following: UInt8[np.ndarray, "n h w"], batch: int
) -> Float32[np.ndarray, "n h w 2"]:
    """Return the flow of every pair, `batch` pairs a call; a last one that is short is filled up with its last pair."""
    result = np.empty((*previous.shape, 2), np.float32)
    for start in range(0, len(previous), batch):
        chosen = np.minimum(np.arange(start, start + batch), len(previous) - 1)
        whole = min(batch, len(previous) - start)
        result[start : start + whole] = np.asarray(function(previous[chosen], following[chosen]))[:whole]
    return result
