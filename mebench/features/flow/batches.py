"""A batched function on any number of pairs, always called with one shape, so that it is compiled once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from jaxtyping import Array, Float32, UInt8

from mebench.runtime.environment import cores

BatchFunction = Callable[[UInt8[np.ndarray, "b h w"], UInt8[np.ndarray, "b h w"]], Float32[Array, "b h w 2"]]


def in_batches(
    function: BatchFunction, previous: UInt8[np.ndarray, "n h w"], following: UInt8[np.ndarray, "n h w"], batch: int
) -> Float32[np.ndarray, "n h w 2"]:
    """Return the flow of every pair, `batch` pairs a call; a last one that is short is filled up with its last pair.

    One thread a core makes the calls, each on its own batches; results do not depend on how many there are.
    """
    result = np.empty((*previous.shape, 2), np.float32)

    def compute(start: int) -> None:
        chosen = np.minimum(np.arange(start, start + batch), len(previous) - 1)
        whole = min(batch, len(previous) - start)
        result[start : start + whole] = np.asarray(function(previous[chosen], following[chosen]))[:whole]

    starts = range(0, len(previous), batch)
    if len(starts) == 1:
        compute(0)
    elif starts:
        with ThreadPoolExecutor(min(cores(), len(starts))) as pool:
            list(pool.map(compute, starts))
    return result
