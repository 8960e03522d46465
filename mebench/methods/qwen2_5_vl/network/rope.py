"""Rotary positions: angles of the text (three axes, mRoPE) and of the vision tower (row and column), in float32.

Source: "Qwen2-VL: Enhancing Vision-Language Model's Perception of the World at Any Resolution" (2024), section 2.1.
A model with interleaved axes (Qwen3-VL) differs from this one only in `axis_of_frequency`.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32, Int

from mebench.methods.qwen2_5_vl.network.config import TextConfig

VISION_THETA = 10000.0

Angles = tuple[Float32[Array, "b t half"], Float32[Array, "b t half"]]
"""Cosine and sine of each position and frequency."""


def axis_of_frequency(config: TextConfig) -> Int[np.ndarray, " half"]:
    """Return which axis (0 time, 1 row, 2 column) each frequency turns with."""
    return np.repeat(np.arange(3), config.mrope_section)


def text_angles(positions: Int[Array, "3 b t"], config: TextConfig) -> Angles:
    """Return cosine and sine for the heads of the text stack."""
    half = config.head_dim // 2
    frequencies = 1.0 / config.rope_theta ** (jnp.arange(half, dtype=jnp.float32) / half)
    chosen = positions.astype(jnp.float32)[axis_of_frequency(config)]  # (half, b, t)
    angles = jnp.moveaxis(chosen, 0, -1) * frequencies
    return jnp.cos(angles), jnp.sin(angles)


def vision_angles(places: Int[Array, "b t 2"], head_dim: int) -> Angles:
    """Return cosine and sine for the heads of the vision tower: first the row's frequencies, then the column's."""
    quarter = head_dim // 4
    frequencies = 1.0 / VISION_THETA ** (jnp.arange(quarter, dtype=jnp.float32) / quarter)
    angles = (places.astype(jnp.float32)[..., None] * frequencies).reshape(*places.shape[:2], -1)  # (b, t, 2 * quarter)
    return jnp.cos(angles), jnp.sin(angles)


def turned(x: Float[Array, "b t heads width"], angles: Angles) -> Float[Array, "b t heads width"]:
    """Return x with its first and second half turned against each other; computed in float32."""
    cos, sin = (part[:, :, None] for part in angles)
    first, second = jnp.split(x.astype(jnp.float32), 2, axis=-1)
    return jnp.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1).astype(x.dtype)
