"""Combined local-global flow, batched in JAX: least squares in a window, and a smoothness that follows the motion.

Bruhn, Weickert, Schnoerr, "Lucas/Kanade meets Horn/Schunck", IJCV 2005: Lucas-Kanade's structure tensor in a Gaussian
window, with Horn and Schunck's smoothness term. What differs: the flow lives on a grid of every second pixel, since the
window leaves nothing finer; a pixel counts as 1 / (NOISE^2 + squared gradient), because interpolation errs with the
gradient; the mean brightness of a window may change, because lamps flicker and light drifts by as much as a small
motion changes a cheek; and the smoothness weighs RATE / root mean square difference of neighbouring vectors so far (the
total variation of the whole picture, linearised), because small motions drown in noise and large ones do not. The
numbers were chosen on faces of `synth_me/tiny` and on scenes like those of `quick` that are no part of the dataset.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float32, Int32, UInt8

from mebench.features.flow.batches import in_batches
from mebench.features.flow.jax_image import centred_gradient, warp_linear
from mebench.features.flow.jax_lucas_kanade import blur_matrix, pyramid
from mebench.features.flow.registry import DeviceFlow
from mebench.features.windows.interpolation import linear_taps
from mebench.runtime.fence import fence

LEVELS, PRESMOOTHING = 3, 0.5
"""Pyramid levels, each half of the one before; standard deviation in px of the blur before each."""

COARSE, FINE = 1, 2
"""Linearisations on the smaller levels and on the full size."""

WINDOW, CELL = 4.0, 2
"""Standard deviation of the window in px; distance of the grid's points in px."""

NOISE = 10.0
"""Gradient in grey levels a px from which a pixel's error is that of interpolation, not the sensor's."""

START, RATE = 0.2, 0.004
"""Weight of the smoothness while there is no flow; RATE / root mean square difference of neighbours after that."""

ITERATIONS = 15
"""Of conjugate gradients behind each linearisation."""

BATCH = {"cpu": 8, "gpu": 256, "tpu": 256}
"""Pairs a call of the compiled program, by kind of device."""

TINY, LEAST = 1e-30, 1e-6
"""Least values of divisors: of a squared length, and of the weight of a window's pixels."""


class _System(NamedTuple):
    """The linear equations of one linearisation: (structure + weight * Laplacian) v = right side.

    Attributes:
        xx: covariances of the gradient in the window, in x with itself, 1 a grid point.
        xy: in x and y.
        yy: in y.
        weight: of the smoothness.
    """

    xx: Float32[Array, "g k"]
    xy: Float32[Array, "g k"]
    yy: Float32[Array, "g k"]
    weight: Float32[Array, ""]


class _Search(NamedTuple):
    """State of conjugate gradients; the direction has zeros around it."""

    v: Float32[Array, "2 g k"]
    residual: Float32[Array, "2 g k"]
    direction: Float32[Array, "2 i j"]
    squared: Float32[Array, ""]


def flow(previous: UInt8[np.ndarray, "n h w"], following: UInt8[np.ndarray, "n h w"]) -> Float32[np.ndarray, "n h w 2"]:
    """Return (u, v) in px from `previous` to `following`."""
    return in_batches(combined_local_global, previous, following, BATCH[jax.default_backend()])


def on_device() -> DeviceFlow:
    """Return the method for `mebench.features.windows.on_device`."""
    return DeviceFlow(combined_local_global, BATCH[jax.default_backend()])


@jax.jit
def combined_local_global(
    previous: UInt8[Array, "b h w"], following: UInt8[Array, "b h w"]
) -> Float32[Array, "b h w 2"]:
    """Return the flow of a batch, coarse to fine; on CPU one pair after the other, whose fields stay in the cache."""
    if jax.default_backend() == "cpu":
        return lax.map(lambda frames: _one_pair(*frames), (previous, following))
    return jax.vmap(_one_pair)(previous, following)


def _one_pair(previous: UInt8[Array, "h w"], following: UInt8[Array, "h w"]) -> Float32[Array, "h w 2"]:
    firsts, seconds = (pyramid(image[None], LEVELS, PRESMOOTHING) for image in (previous, following))
    v, (height, width) = jnp.zeros((2, *_grid(firsts[-1].shape[1:])), jnp.float32), firsts[-1].shape[1:]
    for first, second in zip(reversed(firsts), reversed(seconds), strict=True):
        if first is not firsts[-1]:
            larger = jnp.array([first.shape[2] / width, first.shape[1] / height], jnp.float32)
            v, (height, width) = _stretch(v, _grid(first.shape[1:])) * larger[:, None, None], first.shape[1:]
        v = _one_level(first[0], second[0], v, FINE if first is firsts[0] else COARSE)
    return jnp.moveaxis(_stretch(v, previous.shape), 0, -1)  # (h, w, 2)


def _grid(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the sides of the grid of a picture; the last cell may be cut off."""
    return tuple(-(-side // CELL) for side in shape)


def _one_level(
    first: Float32[Array, "h w"], second: Float32[Array, "h w"], v: Float32[Array, "2 g k"], steps: int
) -> Float32[Array, "2 g k"]:
    """Return the flow on the grid after some linearisations around the flow so far."""
    gradient = centred_gradient(first)
    counts = _inside(_stretch(v, first.shape)) / (NOISE**2 + jnp.square(gradient).sum(axis=0))
    dx, dy = gradient
    ones = jnp.ones_like(first)
    xx, xy, yy, x, y, pixels = _to_grid(counts * jnp.stack([dx * dx, dx * dy, dy * dy, dx, dy, ones]))
    mean = jnp.stack([x, y]) / jnp.maximum(pixels, LEAST)  # gradient of a window
    structure = fence(jnp.stack([xx - x * mean[0], xy - x * mean[1], yy - y * mean[1]]))

    def step(_: Int32[Array, ""], v: Float32[Array, "2 g k"]) -> Float32[Array, "2 g k"]:
        difference = first - warp_linear(second[None], _stretch(v, first.shape)[None])[0]
        right = fence(_to_grid(counts * difference * jnp.stack([dx, dy, ones])))
        return _solve(_System(structure[0], structure[1], structure[2], _weight(v)), right[:2] - right[2] * mean, v)

    return lax.fori_loop(0, steps, step, v)


def _weight(v: Float32[Array, "2 g k"]) -> Float32[Array, ""]:
    """Return the weight of the smoothness for a flow so far."""
    across, along = jnp.diff(v, axis=2), jnp.diff(v, axis=1)
    squared = jnp.square(across).mean() + jnp.square(along).mean()
    return jnp.where(squared > 0, RATE * lax.rsqrt(jnp.maximum(squared, 1e-12)), START)


def _solve(system: _System, right: Float32[Array, "2 g k"], v: Float32[Array, "2 g k"]) -> Float32[Array, "2 g k"]:
    """Return v + dv with structure dv + weight Laplacian(v + dv) = right, nearly: conjugate gradients from dv = 0."""
    residual = right - system.weight * _laplacian(_bordered(v))

    def iteration(_: Int32[Array, ""], state: _Search) -> _Search:
        product = _times(system, state.direction)
        here = state.direction[:, 1:-1, 1:-1]
        length = state.squared / jnp.maximum(_dot(here, product), TINY)
        v, residual = state.v + length * here, state.residual - length * product
        squared = _dot(residual, residual)
        direction = residual + squared / jnp.maximum(state.squared, TINY) * here
        return _Search(v, residual, lax.dynamic_update_slice(state.direction, direction, (0, 1, 1)), squared)

    start = _Search(v, residual, _bordered(residual), _dot(residual, residual))
    return lax.fori_loop(0, ITERATIONS, iteration, start).v


def _times(system: _System, direction: Float32[Array, "2 i j"]) -> Float32[Array, "2 g k"]:
    x, y = direction[:, 1:-1, 1:-1]
    structure = jnp.stack([system.xx * x + system.xy * y, system.xy * x + system.yy * y])
    return structure + system.weight * _laplacian(direction)


def _bordered(v: Float32[Array, "2 g k"]) -> Float32[Array, "2 i j"]:
    """Return the grid with zeros around it, i = g + 2, j = k + 2."""
    return jnp.pad(v, ((0, 0), (1, 1), (1, 1)))


def _laplacian(bordered: Float32[Array, "2 i j"]) -> Float32[Array, "2 g k"]:
    """Return the sum of differences to the neighbours inside the picture: number of neighbours * v - their sum."""
    height, width = bordered.shape[1] - 2, bordered.shape[2] - 2
    neighbours = np.full((height, width), 4, np.float32)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        neighbours[edge] -= 1
    across = bordered[:, 1:-1, 2:] + bordered[:, 1:-1, :-2]
    along = bordered[:, 2:, 1:-1] + bordered[:, :-2, 1:-1]
    return jnp.asarray(neighbours) * bordered[:, 1:-1, 1:-1] - across - along


def _dot(a: Float32[Array, "2 g k"], b: Float32[Array, "2 g k"]) -> Float32[Array, ""]:
    """Return the sum of products; rows are added first, which XLA's CPU backend does many numbers at a time."""
    return (a * b).sum(axis=(0, 1)).sum()


def _inside(u: Float32[Array, "2 h w"]) -> Bool[Array, "h w"]:
    """Return which pixels have a gradient and come from inside the second picture; the outermost ones have none."""
    height, width = u.shape[1:]
    x, y = jnp.arange(width) + u[0], jnp.arange(height)[:, None] + u[1]
    inner = np.zeros((height, width), bool)
    inner[1:-1, 1:-1] = True
    return jnp.asarray(inner) & (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)


def _to_grid(fields: Float32[Array, "c h w"]) -> Float32[Array, "c g k"]:
    """Return the fields' means in the window around every grid point: a product with a matrix a side."""
    rows, columns = (_window(side) for side in fields.shape[1:])
    lines = jnp.matmul(fields, columns.T, precision=lax.Precision.HIGHEST)  # (c, h, k)
    return jnp.matmul(rows, lines, precision=lax.Precision.HIGHEST)


def _window(side: int) -> Float32[np.ndarray, "g side"]:
    """Return the matrix whose row i holds the window around the middle of cell i, the edge repeated."""
    cells = np.zeros((*_grid((side,)), side))
    np.add.at(cells, (np.arange(side) // CELL, np.arange(side)), 1)
    cells /= cells.sum(axis=1, keepdims=True)
    return blur_matrix(len(cells), WINDOW / CELL) @ cells.astype(np.float32)


def _stretch(v: Float32[Array, "2 g k"], shape: tuple[int, ...]) -> Float32[Array, "2 h w"]:
    """Return the grid's flow at every pixel, or on a finer grid, by linear interpolation."""
    rows, columns = (_interpolation(length, side) for length, side in zip(v.shape[1:], shape, strict=True))
    lines = jnp.matmul(v, columns.T, precision=lax.Precision.HIGHEST)  # (2, g, w)
    return jnp.matmul(rows, lines, precision=lax.Precision.HIGHEST)


def _interpolation(length: int, size: int) -> Float32[np.ndarray, "size length"]:
    taps = linear_taps(length, size)
    matrix = np.zeros((size, length), np.float32)
    np.add.at(matrix, (np.arange(size), taps.low), 1 - taps.weight)
    np.add.at(matrix, (np.arange(size), taps.high), taps.weight)
    return matrix
