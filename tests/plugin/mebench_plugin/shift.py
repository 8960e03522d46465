"""The shift of the whole picture by least squares of its gradients (Lucas and Kanade 1981), the same for each pixel."""

import numpy as np


def flow(previous, following):
    """Return the shift of each pair in px, shape (n, h, w, 2)."""
    first, second = previous.astype(np.float32), following.astype(np.float32)
    dy, dx = np.gradient(first, axis=(1, 2))
    sums = [(one * other).sum(axis=(1, 2)) for one, other in ((dx, dx), (dx, dy), (dy, dy))]
    change = first - second
    right = [(change * one).sum(axis=(1, 2)) for one in (dx, dy)]
    determinant = sums[0] * sums[2] - sums[1] ** 2 + 1e-6
    u, v = (
        (sums[2] * right[0] - sums[1] * right[1]) / determinant,
        (sums[0] * right[1] - sums[1] * right[0]) / determinant,
    )
    field = np.stack([u, v], axis=-1).astype(np.float32)[:, None, None]
    return np.broadcast_to(field, (*first.shape, 2)).copy()
