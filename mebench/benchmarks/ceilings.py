"""Limits of a device, measured in the run that they are compared with: bytes copied and flops multiplied."""

from collections.abc import Callable
from statistics import median
from time import perf_counter

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array

COPIED = {"cpu": 1 << 28, "gpu": 1 << 32}
"""Bytes of the array that is copied, by kind of device: many times its caches."""

SIDE = {"cpu": 2048, "gpu": 8192}
"""Side of the matrices that are multiplied."""


def bytes_per_second(repeats: int = 5) -> float:
    """Return how many bytes a second the device moves: in a copy (x + 1), or reading a matrix for one vector.

    The larger of both counts: XLA copies in one thread on CPU.
    """
    count = COPIED.get(jax.default_backend(), COPIED["gpu"]) // 4
    x, add = jnp.ones(count, jnp.float32), jax.jit(lambda x: x + 1)
    copied = 2 * 4 * count / _seconds(lambda: add(x), repeats)
    rows, one = x.reshape(-1, 4096), jnp.ones((1, count // 4096), jnp.float32)  # (count / 4096, 4096)
    product = jax.jit(jnp.matmul)
    return max(copied, 4 * count / _seconds(lambda: product(one, rows), repeats))


def flops_per_second(dtype: DTypeLike, repeats: int = 5) -> float:
    """Return how many floating-point operations a second the device does in a square matrix product."""
    side = SIDE.get(jax.default_backend(), SIDE["gpu"])
    x, product = jnp.ones((side, side), dtype), jax.jit(lambda x: x @ x)
    return 2 * side**3 / _seconds(lambda: product(x), repeats)


def _seconds(call: Callable[[], Array], repeats: int) -> float:
    jax.block_until_ready(call())
    found = []
    for _ in range(repeats):
        start = perf_counter()
        jax.block_until_ready(call())
        found.append(perf_counter() - start)
    return median(found)
