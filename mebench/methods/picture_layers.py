"""Layers that networks of flow pictures share, in forms that are fast on CPU."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray


def neighbourhoods(x: Float[Array, "b h w c"], side: int, border: int) -> Float[Array, "b h2 w2 k"]:
    """Return the `side` x `side` neighbourhood of each pixel, zeros beyond the edge: a convolution is then one product.

    On CPU a gradient of XLA's convolution within a loop is more than ten times slower. The order is row, column,
    channel.

    Args:
        x: maps.
        side: of the kernel.
        border: of zeros around the map.
    """
    padded = jnp.pad(x, ((0, 0), (border, border), (border, border), (0, 0)))
    height, width = (length - side + 1 for length in padded.shape[1:3])
    shifted = [padded[:, dy : dy + height, dx : dx + width] for dy in range(side) for dx in range(side)]
    return jnp.concatenate(shifted, axis=-1)


def dropout(x: Float[Array, "..."], rate: float, key: PRNGKeyArray | None) -> Float[Array, "..."]:
    """Return x with a share `rate` of its values set to 0 and the rest divided by 1 - rate; x itself without a key."""
    if key is None:
        return x
    return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)


def torch_uniform(inputs: int) -> Callable[..., Array]:
    """Return an initialiser of PyTorch's layers: uniform within 1 / sqrt(inputs), for weights and biases."""
    limit = 1 / math.sqrt(inputs)

    def init(key: PRNGKeyArray, shape: tuple[int, ...], dtype: Any = jnp.float32, **_: object) -> Array:
        return jax.random.uniform(key, shape, dtype, -limit, limit)

    return init
