"""Rotary embeddings of the vision tower (row, column) and of the text stack (time, row, column)."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from mebench.models.qwen2_5_vl.config import TextConfig

VISION_THETA = 10_000.0

Rotation = tuple[Float[Array, "*place angle"], Float[Array, "*place angle"]]
"""Cosine and sine of each pair's angle, twice in a row: for the first and for the second half of a head."""


def vision_rotation(places: Int[Array, "*b 2"], head_size: int) -> Rotation:
    """Return cosine and sine for each patch: half of the pairs turn with the row, half with the column."""
    half = head_size // 2
    speed = 1 / VISION_THETA ** (jnp.arange(0, half, 2, dtype=jnp.float32) / half)
    angle = places[..., None].astype(jnp.float32) * speed
    angle = angle.reshape(*places.shape[:-1], half)  # (*b, half)
    whole = jnp.concatenate([angle, angle], axis=-1)
    return jnp.cos(whole), jnp.sin(whole)


def text_rotation(positions: Int[Array, "3 b t"], config: TextConfig) -> Rotation:
    """Return cosine and sine for each token: sections of the pairs turn with time, row and column (mRoPE)."""
    speed = 1 / config.theta ** (jnp.arange(0, config.head_size, 2, dtype=jnp.float32) / config.head_size)
    axis = np.repeat(np.arange(3), config.sections)  # (d / 2,)
    angle = jnp.moveaxis(positions[axis], 0, -1).astype(jnp.float32) * speed  # (b, t, d / 2)
    whole = jnp.concatenate([angle, angle], axis=-1)
    return jnp.cos(whole), jnp.sin(whole)


def rotated(
    x: Float[Array, "*b heads d"], cosine: Float[Array, "*b d"], sine: Float[Array, "*b d"]
) -> Float[Array, "*b heads d"]:
    """Return heads turned by their angles, computed in the type of cosine and sine."""
    wide = x.astype(cosine.dtype)
    first, second = jnp.split(wide, 2, axis=-1)
    turned = jnp.concatenate([-second, first], axis=-1)
    return (wide * cosine[..., None, :] + turned * sine[..., None, :]).astype(x.dtype)
