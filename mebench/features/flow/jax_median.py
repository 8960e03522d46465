"""The 5x5 median of float images, by a network of compare-exchanges: no sort, no data-dependent step."""

from functools import cache

import jax.numpy as jnp
from jaxtyping import Array, Float32

SIDE = 5


def median_5x5(image: Float32[Array, "n h w"]) -> Float32[Array, "n h w"]:
    """Return the median of the 25 pixels around each pixel, the edge repeated: `cv2.medianBlur(image, 5)`."""
    height, width = image.shape[1:]
    padded = jnp.pad(image, ((0, 0), (2, 2), (2, 2)), mode="edge")
    lines = [padded[:, i : i + height, j : j + width] for i in range(SIDE) for j in range(SIDE)]
    for low, high in median_network(SIDE * SIDE):
        lines[low], lines[high] = jnp.minimum(lines[low], lines[high]), jnp.maximum(lines[low], lines[high])
    return lines[SIDE * SIDE // 2]


@cache
def median_network(count: int) -> tuple[tuple[int, int], ...]:
    """Return the compare-exchanges (low, high) that bring the median of `count` lines (odd) to the middle line.

    Batcher's odd-even merge sort for the next power of two, without the exchanges of lines that are not there (they
    would hold infinity and never move), and without those that the middle line does not depend on.
    """
    needed, kept = {count // 2}, []
    for low, high in reversed([pair for pair in _sorting_network(1 << (count - 1).bit_length()) if pair[1] < count]):
        if needed & {low, high}:
            needed |= {low, high}
            kept.append((low, high))
    return tuple(reversed(kept))


def _sorting_network(count: int) -> list[tuple[int, int]]:
    """Return Batcher's odd-even merge sort of `count` lines, a power of two (Knuth, TAOCP 3, 5.2.2, Algorithm M)."""
    pairs = []
    p = count // 2
    while p > 0:
        q, r, d = count // 2, 0, p
        while d > 0:
            pairs += [(i, i + d) for i in range(count - d) if i & p == r]
            d, q, r = q - p, q // 2, p
        p //= 2
    return pairs
