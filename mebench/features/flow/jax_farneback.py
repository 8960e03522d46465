"""Farneback's flow by polynomial expansion, batched in JAX, as OpenCV computes it.

Farneback, "Two-frame motion estimation based on polynomial expansion", SCIA 2003. Details that decide the result follow
OpenCV's `calcOpticalFlowFarneback`: box window, edges repeated, the equations near the edge weighted down.
"""

from functools import cache
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float32, Float64, Int32, UInt8

from mebench.features.flow.batches import in_batches
from mebench.features.flow.jax_image import resize
from mebench.features.flow.opencv_farneback import ITERATIONS, LEVELS, NEIGHBOURS, PYRAMID_SCALE, SIGMA, WINDOW
from mebench.features.flow.registry import DeviceFlow
from mebench.runtime.fence import fence

SMALLEST = 32
"""Least side of a pyramid level in px."""

EDGE = (0.14, 0.14, 0.4472, 0.4472, 0.4472)
"""Weight of the equations in the five columns and rows nearest to the edge."""

BATCH = 16
"""Pairs a call of the compiled program."""


def flow(previous: UInt8[np.ndarray, "n h w"], following: UInt8[np.ndarray, "n h w"]) -> Float32[np.ndarray, "n h w 2"]:
    """Return (u, v) in px from `previous` to `following`: `opencv_farneback` within rounding."""
    return in_batches(farneback, previous, following, BATCH)


def on_device() -> DeviceFlow:
    """Return the method for `mebench.features.windows.on_device`."""
    return DeviceFlow(farneback, BATCH)


@jax.jit
def farneback(previous: UInt8[Array, "b h w"], following: UInt8[Array, "b h w"]) -> Float32[Array, "b h w 2"]:
    """Return the flow of a batch, coarse to fine; the batch size is part of the compiled program."""
    batch, height, width = previous.shape
    frames = jnp.concatenate([previous, following]).astype(jnp.float32)
    u = jnp.zeros((batch, 2, 1, 1), jnp.float32)
    for level in reversed(range(_levels(height, width) + 1)):
        scale = PYRAMID_SCALE**level
        size = (round(height * scale), round(width * scale))
        small = resize(_smooth(frames, (1 / scale - 1) / 2), size, None)
        first, second = jnp.split(_expand(small), 2)  # (b, 5, h, w)
        u = resize(u, size, None) / PYRAMID_SCALE if u.shape[2] > 1 else jnp.zeros((batch, 2, *size), jnp.float32)
        u = _one_level(first, second, u)
    return jnp.moveaxis(u, 1, -1)  # (b, h, w, 2)


def _levels(height: int, width: int) -> int:
    """Return the number of levels beside the full size."""
    return sum(min(height, width) * PYRAMID_SCALE**level >= SMALLEST for level in range(1, LEVELS + 1))


def _smooth(image: Float32[Array, "b h w"], sigma: float) -> Float32[Array, "b h w"]:
    """Return `cv2.GaussianBlur` with the size that goes with sigma; edges are mirrored."""
    count = max(round(sigma * 5) | 1, 3)
    offsets = np.arange(count) - count // 2
    weights = np.exp(-0.5 * np.square(offsets / sigma)) if sigma > 0 else np.array([0.25, 0.5, 0.25])
    matrices = [_filter_matrix(length, tuple(weights / weights.sum()), "reflect") for length in image.shape[1:]]
    return _both_ways(image, *matrices)


def _filter_matrix(
    length: int, weights: tuple[float, ...], mode: Literal["reflect", "edge"]
) -> Float32[np.ndarray, "n n"]:
    """Return the matrix whose row i holds the weights of the samples around i."""
    reach = len(weights) // 2
    places = np.pad(np.arange(length), reach, mode=mode)
    matrix = np.zeros((length, length))
    for offset, weight in enumerate(weights):
        np.add.at(matrix, (np.arange(length), places[offset : offset + length]), weight)
    return matrix.astype(np.float32)


def _both_ways(
    image: Float32[Array, "*b h w"], rows: Float32[np.ndarray, "h h"], columns: Float32[np.ndarray, "w w"]
) -> Float32[Array, "*b h w"]:
    lines = jnp.matmul(image, columns.T, precision=lax.Precision.HIGHEST)
    return jnp.matmul(rows, lines, precision=lax.Precision.HIGHEST)


class _Expansion(NamedTuple):
    """Weights of the fit of 1, x, x^2 along a line, and what turns moments into the coefficients of the polynomial."""

    moments: tuple[tuple[float, ...], ...]
    linear: float
    constant: float
    square: float
    mixed: float


@cache
def _expansion() -> _Expansion:
    x = np.arange(-NEIGHBOURS, NEIGHBOURS + 1)
    g: Float64[np.ndarray, " n"] = np.exp(-np.square(x) / (2 * SIGMA**2))
    g /= g.sum()
    weight = g[:, None] * g
    terms = [np.ones_like(weight), *np.broadcast_arrays(x, x[:, None], x**2, x[:, None] ** 2, x * x[:, None])]
    gram = np.array([[(weight * one * two).sum() for two in terms] for one in terms])
    inverse = np.linalg.inv(gram)
    moments = tuple(tuple(line.tolist()) for line in (g, g * x, g * x**2))
    return _Expansion(moments, inverse[1, 1], inverse[0, 3], inverse[3, 3], inverse[5, 5])


def _expand(image: Float32[Array, "b h w"]) -> Float32[Array, "b 5 h w"]:
    """Return the coefficients of y, x, y^2, x^2 and x y of the polynomial around each pixel."""
    fit = _expansion()
    height, width = image.shape[1:]
    rows, columns = ([_filter_matrix(side, line, "edge") for line in fit.moments] for side in (height, width))

    def moment(y: int, x: int) -> Float32[Array, "b h w"]:
        return _both_ways(image, rows[y], columns[x])

    mean = moment(0, 0) * fit.constant
    squares = [mean + fit.square * moment(2, 0), mean + fit.square * moment(0, 2)]
    return jnp.stack([fit.linear * moment(1, 0), fit.linear * moment(0, 1), *squares, fit.mixed * moment(1, 1)], axis=1)


def _one_level(
    first: Float32[Array, "b 5 h w"], second: Float32[Array, "b 5 h w"], u: Float32[Array, "b 2 h w"]
) -> Float32[Array, "b 2 h w"]:
    return lax.fori_loop(0, ITERATIONS, lambda _, u: _improve(first, second, u), u)


def _improve(
    first: Float32[Array, "b 5 h w"], second: Float32[Array, "b 5 h w"], u: Float32[Array, "b 2 h w"]
) -> Float32[Array, "b 2 h w"]:
    """Return the flow that solves the averaged equations around the flow so far."""
    height, width = u.shape[2:]
    b_y, b_x, yy, xx, xy = jnp.moveaxis(fence(_equations(first, second, u)), 1, 0)
    terms = jnp.stack([xx * xx + xy * xy, (xx + yy) * xy, yy * yy + xy * xy, xx * b_x + xy * b_y, xy * b_x + yy * b_y])
    box = (1 / WINDOW,) * WINDOW
    g11, g12, g22, h1, h2 = _both_ways(terms, *(_filter_matrix(side, box, "edge") for side in (height, width)))
    determinant = g11 * g22 - g12 * g12 + 1e-3
    return jnp.stack([g22 * h1 - g12 * h2, g11 * h2 - g12 * h1], axis=1) / determinant[:, None]


def _equations(
    first: Float32[Array, "b 5 h w"], second: Float32[Array, "b 5 h w"], u: Float32[Array, "b 2 h w"]
) -> Float32[Array, "b 5 h w"]:
    """Return right sides (y, x) and matrix (y^2, x^2, x y) of the displacement, less near the edge."""
    height, width = u.shape[2:]
    there, inside = _sample(second, u)
    there = fence(there)
    known = inside[:, None]
    matrix = jnp.where(known, (first[:, 2:] + there[:, 2:]) / 2, first[:, 2:]) * jnp.array([1, 1, 0.5])[:, None, None]
    right = (first[:, :2] - jnp.where(known, there[:, :2], 0)) / 2
    yy, xx, xy = jnp.moveaxis(matrix, 1, 0)
    b_y, b_x = right[:, 0] + yy * u[:, 1] + xy * u[:, 0], right[:, 1] + xy * u[:, 1] + xx * u[:, 0]
    weight = _edge_weight(height)[:, None] * _edge_weight(width)
    return jnp.stack([b_y, b_x, yy, xx, xy], axis=1) * weight


def _edge_weight(length: int) -> Float32[np.ndarray, " n"]:
    weight = np.ones(length, np.float32)
    for place, value in enumerate(EDGE):
        weight[place] *= value
        weight[length - 1 - place] *= value
    return weight


def _sample(planes: Float32[Array, "b c h w"], u: Float32[Array, "b 2 h w"]) -> tuple[Array, Array]:
    """Return the planes at x + u by bilinear interpolation, and where all four pixels lie in the picture."""
    batch, count, height, width = planes.shape
    x = jnp.arange(width, dtype=jnp.float32) + u[:, 0]
    y = jnp.arange(height, dtype=jnp.float32)[:, None] + u[:, 1]
    left, top = jnp.floor(x), jnp.floor(y)
    inside = (left >= 0) & (left < width - 1) & (top >= 0) & (top < height - 1)
    right, down = (x - left)[:, None], (y - top)[:, None]
    corner = (jnp.clip(top, 0, height - 2) * width + jnp.clip(left, 0, width - 2)).astype(jnp.int32)
    pixels = planes.reshape(batch, count, -1)  # (b, c, h * w)

    def at(offset: int) -> Float32[Array, "b c h w"]:
        places: Int32[Array, "b 1 n"] = (corner + offset).reshape(batch, 1, -1)
        return jnp.take_along_axis(pixels, places, axis=2).reshape(planes.shape)

    upper = (1 - right) * at(0) + right * at(1)
    lower = (1 - right) * at(width) + right * at(width + 1)
    return (1 - down) * upper + down * lower, inside
