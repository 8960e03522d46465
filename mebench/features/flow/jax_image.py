"""Image operations in JAX with OpenCV's conventions: resize, gradient, and sampling at displaced places."""

import jax.numpy as jnp
from jaxtyping import Array, Float32, Int32

from mebench.features.windows.interpolation import Taps, linear_taps
from mebench.runtime.fence import fence

CUBIC = -0.75
"""OpenCV's bicubic parameter."""

TAPS = 4
"""Pixels that bicubic interpolation uses in a row or column."""


def resize(image: Float32[Array, "*b h w"], size: tuple[int, ...], scale: float | None) -> Float32[Array, "*b _ _"]:
    """Return `cv2.resize(image, size, INTER_LINEAR)`; `scale` as for `linear_taps`, None: the ratio of the sizes."""
    rows, columns = (linear_taps(length, s, scale) for length, s in zip(image.shape[-2:], size, strict=True))
    return _interpolate(_interpolate(image, columns, -1), rows, -2)


def _interpolate(image: Float32[Array, "..."], taps: Taps, axis: int) -> Float32[Array, "..."]:
    weight = taps.weight if axis == -1 else taps.weight[:, None]
    low, high = (jnp.take(image, index, axis=axis) for index in (taps.low, taps.high))
    return low + weight * (high - low)


def centred_gradient(image: Float32[Array, "*b h w"]) -> Float32[Array, "*b 2 h w"]:
    """Return half the difference of the two neighbours in x and y; at the edge half of that to the one neighbour."""
    padded = jnp.pad(image, [(0, 0)] * (image.ndim - 2) + [(1, 1), (1, 1)], mode="edge")
    dx = padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]
    dy = padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]
    return 0.5 * jnp.stack([dx, dy], axis=-3)


def warp_linear(image: Float32[Array, "b h w"], u: Float32[Array, "b 2 h w"]) -> Float32[Array, "b h w"]:
    """Return the image at x + u: `cv2.remap` with INTER_LINEAR and the edge repeated."""
    batch, height, width = image.shape
    x = jnp.clip(jnp.arange(width, dtype=jnp.float32) + u[:, 0], 0, width - 1)
    y = jnp.clip(jnp.arange(height, dtype=jnp.float32)[:, None] + u[:, 1], 0, height - 1)
    left = jnp.minimum(jnp.floor(x), width - 2).astype(jnp.int32)
    top = jnp.minimum(jnp.floor(y), height - 2).astype(jnp.int32)
    pixels, first = image.reshape(batch, -1), (top * width + left).reshape(batch, -1)  # (b, h * w)

    def at(offset: int) -> Float32[Array, "b h w"]:
        return jnp.take_along_axis(pixels, first + offset, axis=1).reshape(image.shape)

    right, down = x - left, y - top
    upper = at(0) + right * (at(1) - at(0))
    lower = at(width) + right * (at(width + 1) - at(width))
    return upper + down * (lower - upper)


def warp_cubic(planes: Float32[Array, "c h w"], u: Float32[Array, "2 h w"]) -> Float32[Array, "c h w"]:
    """Return the planes at x + u: `cv2.remap` with INTER_CUBIC and a border of zeros."""
    count, height, width = planes.shape
    left, column_weights = _cubic(jnp.arange(width, dtype=jnp.float32) + u[0], width)
    top, row_weights = _cubic(jnp.arange(height, dtype=jnp.float32)[:, None] + u[1], height)
    padded = jnp.pad(planes, ((0, 0), (TAPS, TAPS), (TAPS, TAPS)))
    stride = width + 2 * TAPS
    pixels, corner = padded.reshape(count, -1), (top * stride + left).reshape(-1)  # (c, _), (h * w,)
    weights = fence(jnp.concatenate([column_weights, row_weights]).reshape(2 * TAPS, -1))  # (8, h * w)
    columns, rows, corner = weights[:TAPS], weights[TAPS:], fence(corner.astype(jnp.float32)).astype(jnp.int32)
    total = jnp.zeros((count, height * width), jnp.float32)
    for i in range(TAPS):
        line = sum(
            columns[j] * pixels.at[:, corner + (i * stride + j)].get(mode="promise_in_bounds") for j in range(TAPS)
        )
        total = total + rows[i] * line
    return total.reshape(planes.shape)


def _cubic(place: Float32[Array, "h w"], length: int) -> tuple[Int32[Array, "h w"], Float32[Array, "4 h w"]]:
    """Return the first of the 4 taps of each place, in an axis with 4 zeros before and after, and their weights."""
    whole = jnp.floor(place)
    x = place - whole
    a = CUBIC
    before = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a
    here = ((a + 2) * x - (a + 3)) * x * x + 1
    after = ((a + 2) * (1 - x) - (a + 3)) * (1 - x) * (1 - x) + 1
    first = jnp.clip(whole, 1 - TAPS, length + 1).astype(jnp.int32) + (TAPS - 1)
    return first, jnp.stack([before, here, after, 1 - before - here - after])
