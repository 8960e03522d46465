"""Dual TV-L1 optical flow as OpenCV computes it, batched in JAX: the flow of MEAN.

Zach, Pock, Bischof, "A duality based approach for realtime TV-L1 optical flow", DAGM 2007; Sanchez, Meinhardt-Llopis,
Facciolo, "TV-L1 optical flow estimation", IPOL 2013. Details that decide the result follow opencv_contrib's
`DualTVL1OpticalFlow` with its defaults: pyramid by bilinear resizing; half differences at the edge; warping by bicubic
interpolation (a = -0.75), 0 outside; a median filter before every 30th iteration; the
dual variable kept over the warps of a scale; each pair stops by its own error. OpenCV 5 is followed; OpenCV 4 rounded
the places of the warp to 1/32 px.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float32, Int32, UInt8

from mebench.features.flow.batches import in_batches
from mebench.features.flow.jax_image import centred_gradient, resize, warp_cubic
from mebench.features.flow.jax_median import median_5x5

TAU, LAMBDA, THETA = 0.25, 0.15, 0.3
"""Time step of the dual; weight of the data term; tightness of the coupling."""

SCALES, SCALE_STEP, WARPS, SMALLEST = 5, 0.8, 5, 16
"""Pyramid levels, size of the next level, linearisations a level, least side of a level in px."""

EPSILON, INNER, OUTER = 0.01, 30, 10
"""Root mean square change in px at which a warp stops; iterations between median filters; median filters at most."""

BATCH = 16
"""Pairs a call of the compiled program."""


def flow(previous: UInt8[np.ndarray, "n h w"], following: UInt8[np.ndarray, "n h w"]) -> Float32[np.ndarray, "n h w 2"]:
    """Return (u, v) in px from `previous` to `following`: OpenCV's DualTVL1 with its defaults (gamma 0)."""
    return in_batches(partial(tvl1, epsilon=jnp.float32(EPSILON)), previous, following, BATCH)


@partial(jax.jit, static_argnames="scales")
def tvl1(
    previous: UInt8[Array, "b h w"],
    following: UInt8[Array, "b h w"],
    epsilon: Float32[Array, ""],
    scales: int = SCALES,
) -> Float32[Array, "b h w 2"]:
    """Return the flow of a batch, coarse to fine; the batch size is part of the compiled program.

    Args:
        previous: first frame of each pair.
        following: second frame of each pair.
        epsilon: root mean square change in px at which a pair's warp stops; 0: never before the last iteration.
        scales: pyramid levels, fewer where a level would be under 16 px.
    """
    firsts, seconds = _pyramid(previous, scales), _pyramid(following, scales)
    u = jnp.zeros((len(previous), 2, *firsts[-1].shape[1:]), jnp.float32)  # (b, 2, h, w)
    for first, second in zip(reversed(firsts), reversed(seconds), strict=True):
        if u.shape[2:] != first.shape[1:]:
            u = resize(u, first.shape[1:], None) / SCALE_STEP
        u = _one_scale(first, second, u, epsilon)
    return jnp.moveaxis(u, 1, -1)  # (b, h, w, 2)


def _pyramid(image: UInt8[Array, "b h w"], scales: int) -> list[Float32[Array, "b _ _"]]:
    levels = [image.astype(jnp.float32)]
    while len(levels) < scales:
        height, width = (round(side * SCALE_STEP) for side in levels[-1].shape[1:])
        if min(height, width) < SMALLEST:
            break
        levels.append(resize(levels[-1], (height, width), 1 / SCALE_STEP))
    return levels


class _Linearised(NamedTuple):
    """The data term around a flow: rho(u) = constant + gradient . u, and the gradient's squared length."""

    constant: Float32[Array, "b h w"]
    gradient: Float32[Array, "b 2 h w"]
    squared: Float32[Array, "b h w"]


class _State(NamedTuple):
    """Flow u, dual variable p (component, direction), which pairs still change, and the number of iterations."""

    u: Float32[Array, "b 2 h w"]
    p: Float32[Array, "b 2 2 h w"]
    active: Bool[Array, " b"]
    step: Int32[Array, ""]


def _one_scale(
    first: Float32[Array, "b h w"],
    second: Float32[Array, "b h w"],
    u: Float32[Array, "b 2 h w"],
    epsilon: Float32[Array, ""],
) -> Float32[Array, "b 2 h w"]:
    planes = jnp.concatenate([second[:, None], centred_gradient(second)], axis=1)  # (b, 3, h, w)

    def warp(_: Int32[Array, ""], carry: tuple[Array, Array]) -> tuple[Array, Array]:
        u, p = carry
        term = _linearise(first, planes, u)
        start = _State(u, p, jnp.ones(len(u), bool), jnp.int32(0))
        end = lax.while_loop(_goes_on, partial(_iterate, term, epsilon), start)
        return end.u, end.p

    p = jnp.zeros((*u.shape[:2], 2, *u.shape[2:]), jnp.float32)
    return lax.fori_loop(0, WARPS, warp, (u, p))[0]


def _linearise(
    first: Float32[Array, "b h w"], planes: Float32[Array, "b 3 h w"], u: Float32[Array, "b 2 h w"]
) -> _Linearised:
    warped = warp_cubic(planes, u)
    gradient = warped[:, 1:]
    constant = warped[:, 0] - (gradient * u).sum(axis=1) - first
    return _Linearised(constant, gradient, jnp.square(gradient).sum(axis=1))


def _goes_on(state: _State) -> Bool[Array, ""]:
    return state.active.any() & (state.step < INNER * OUTER)


def _iterate(term: _Linearised, epsilon: Float32[Array, ""], state: _State) -> _State:
    """Take one step of the pairs that are active (estimateV, estimateU and the dual variable of OpenCV)."""
    u, p = lax.cond(state.step % INNER == 0, _median, lambda u: u, state.u), state.p
    v = u + _data_step(term, u)
    new = v + THETA * _divergence(p)
    change = jnp.square(new - u).sum(axis=(1, 2, 3))
    gradient = _forward_gradient(new)
    length = jnp.sqrt(jnp.square(gradient).sum(axis=2, keepdims=True))
    p = (p + (TAU / THETA) * gradient) / (1 + (TAU / THETA) * length)
    keep = state.active[:, None, None, None]
    return _State(
        u=jnp.where(keep, new, state.u),
        p=jnp.where(keep[..., None], p, state.p),
        active=state.active & (change > jnp.square(epsilon) * (u.shape[2] * u.shape[3])),
        step=state.step + 1,
    )


def _median(u: Float32[Array, "b 2 h w"]) -> Float32[Array, "b 2 h w"]:
    return median_5x5(u.reshape(-1, *u.shape[2:])).reshape(u.shape)  # (b * 2, h, w)


def _data_step(term: _Linearised, u: Float32[Array, "b 2 h w"]) -> Float32[Array, "b 2 h w"]:
    """Return the thresholding step: -rho / |g|^2 along g, no longer than lambda theta |g|."""
    rho = term.constant + (term.gradient * u).sum(axis=1)
    limit = LAMBDA * THETA
    flat = term.squared <= jnp.finfo(jnp.float32).eps
    ratio = jnp.where(flat, 0, -rho / jnp.where(flat, 1, term.squared))
    beyond = jnp.abs(rho) > limit * term.squared
    factor = jnp.where(beyond, -limit * jnp.sign(rho), ratio)
    return factor[:, None] * term.gradient


def _forward_gradient(u: Float32[Array, "b 2 h w"]) -> Float32[Array, "b 2 2 h w"]:
    """Return the differences to the next pixel in x and y; 0 in the last column and row."""
    dx, dy = jnp.diff(u, axis=3, append=u[..., -1:]), jnp.diff(u, axis=2, append=u[..., -1:, :])
    return jnp.stack([dx, dy], axis=2)


def _divergence(p: Float32[Array, "b 2 2 h w"]) -> Float32[Array, "b 2 h w"]:
    """Return the sum of the differences to the previous pixel in x and y; the pixel before the first is 0."""
    px, py = p[:, :, 0], p[:, :, 1]
    before_x = jnp.pad(px, ((0, 0), (0, 0), (0, 0), (1, 0)))[..., :-1]
    before_y = jnp.pad(py, ((0, 0), (0, 0), (1, 0), (0, 0)))[..., :-1, :]
    return px - before_x + py - before_y
