"""Pairs of frames shared out among a few threads; OpenCV lets go of Python's lock while it computes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from jaxtyping import Float32, UInt8

from mebench.runtime.environment import cores

PairFunction = Callable[[UInt8[np.ndarray, "h w"], UInt8[np.ndarray, "h w"]], Float32[np.ndarray, "h w 2"]]


def map_pairs(
    make: Callable[[], PairFunction],
    previous: UInt8[np.ndarray, "n h w"],
    following: UInt8[np.ndarray, "n h w"],
    workers: int | None = None,
) -> Float32[np.ndarray, "n h w 2"]:
    """Return the flow of every pair; the result does not depend on the number of threads.

    Args:
        make: makes the function for one pair; called once a thread, because OpenCV's flow objects hold buffers.
        previous: first frame of each pair.
        following: second frame of each pair.
        workers: number of threads; None: one a core.
    """
    result = np.empty((*previous.shape, 2), np.float32)
    count = max(1, min(workers or cores(), len(previous)))

    def share(first: int) -> None:
        pair = make()
        for index in range(first, len(previous), count):
            result[index] = pair(previous[index], following[index])

    if count == 1:
        share(0)
        return result
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(share, range(count)))
    return result
