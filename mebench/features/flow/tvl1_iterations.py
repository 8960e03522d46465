"""The iterations of TV-L1 around one linearisation, on fields that are stored as lines: nothing but whole-array steps.

A field of h x w is a line of h * w numbers with w zeros behind it, and the dual variable has w zeros before it as well:
a neighbour is then the same line one or w places on. No edge needs a case of its own, because the forward gradient is
0 in the last column and row, and with it the dual variable. XLA's CPU backend makes six passes over the fields of one
iteration: flow, its change, the dual variable's divisor, its two halves, and a copy of the flow.
"""

from functools import partial
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float32, Int32

from mebench.features.flow.jax_median import median_5x5

TAU, LAMBDA, THETA = 0.25, 0.15, 0.3
"""Time step of the dual; weight of the data term; tightness of the coupling."""

FLOPS, FLOATS_MOVED, FLOATS_NEEDED = 61, 44, 16
"""Of one pixel in one iteration: operations, numbers that XLA's passes read and write, and that a single pass would."""

_PARTS = 8
"""Pieces that are added to one another before a sum: whole lines instead of one number after the other."""


class Linearised(NamedTuple):
    """The data term around a flow: rho(u) = constant + gradient . u, and 1 / the gradient's squared length."""

    constant: Float32[Array, " m"]
    gradient: Float32[Array, "2 m"]
    inverse: Float32[Array, " m"]


class Flow(NamedTuple):
    """Flow and its dual variable as lines.

    Attributes:
        u: both components, m = h * w + w numbers each.
        p: dual variable of both in x; k = h * w + 2 w numbers each.
        q: the same in y.
    """

    u: Float32[Array, "2 m"]
    p: Float32[Array, "2 k"]
    q: Float32[Array, "2 k"]


class _Round(NamedTuple):
    """Loop state: flow, the sum of squared changes of the last iteration, iterations or medians of this loop.

    Attributes:
        total: iterations of the whole.
    """

    flow: Flow
    change: Float32[Array, ""]
    done: Int32[Array, ""]
    total: Int32[Array, ""]


def to_line(field: Float32[Array, "*c h w"]) -> Float32[Array, "*c _"]:
    """Return fields as lines with w zeros behind."""
    *before, height, width = field.shape
    return jnp.pad(field.reshape(*before, height * width), [(0, 0)] * len(before) + [(0, width)])  # (*c, h * w + w)


def from_line(line: Float32[Array, "*c _"], width: int) -> Float32[Array, "*c h w"]:
    """Return lines as fields."""
    return line[..., :-width].reshape(*line.shape[:-1], -1, width)  # (*c, h, w)


def write(line: Float32[Array, "*c m"], field: Float32[Array, "*c h w"]) -> Float32[Array, "*c m"]:
    """Return the line with another field in it: XLA's CPU backend takes 9 times as long to compute and pad one."""
    flat = field.reshape(*line.shape[:-1], -1)  # (*c, h * w)
    return lax.dynamic_update_slice(line, flat, (0,) * line.ndim)


def no_dual(height: int, width: int) -> Float32[Array, "2 _"]:
    """Return a dual variable of 0."""
    return jnp.zeros((2, height * width + 2 * width), jnp.float32)


def relax(
    term: Linearised, flow: Flow, width: int, epsilon: Float32[Array, ""], inner: int, outer: int, smooth: bool
) -> tuple[Flow, Int32[Array, ""]]:
    """Return the flow after `inner` iterations behind each of `outer` medians, or when it changes too little.

    With it comes the number of iterations.

    Args:
        term: of the pair.
        flow: to start from.
        width: of the fields in px.
        epsilon: root mean square change in px at which it ends.
        inner: iterations between two medians at most.
        outer: medians at most.
        smooth: whether there are medians at all.
    """
    masks = _masks(flow.u.shape[1] // width - 1, width)
    bound = jnp.square(epsilon) * (flow.u.shape[1] - width)

    def goes_on(most: int, state: _Round) -> Bool[Array, ""]:
        return (state.change > bound) & (state.done < most)

    def iteration(state: _Round) -> _Round:
        flow, change = _iterate(term, masks, width, state.flow)
        return _Round(flow, change, state.done + 1, state.total + 1)

    def block(state: _Round) -> _Round:
        u = write(state.flow.u, median_5x5(from_line(state.flow.u, width))) if smooth else state.flow.u
        start = state._replace(flow=state.flow._replace(u=u), done=jnp.int32(0))
        end = lax.while_loop(partial(goes_on, inner), iteration, start)
        return end._replace(done=state.done + 1)

    start = _Round(flow, jnp.float32(jnp.inf), jnp.int32(0), jnp.int32(0))
    end = lax.while_loop(partial(goes_on, outer), block, start)
    return end.flow, end.total


def _iterate(
    term: Linearised, masks: tuple[np.ndarray, np.ndarray], width: int, flow: Flow
) -> tuple[Flow, Float32[Array, ""]]:
    """Take one step (estimateV, estimateU and the dual variable of OpenCV); return also the sum of squared changes."""
    u, p, q = flow
    end = u.shape[1]  # h * w + w
    rho = term.constant + term.gradient[0] * u[0] + term.gradient[1] * u[1]
    factor = jnp.clip(-rho * term.inverse, -LAMBDA * THETA, LAMBDA * THETA)
    divergence = p[:, width:] - p[:, width - 1 : -1] + q[:, width:] - q[:, :end]
    new = u + factor * term.gradient + THETA * divergence
    here = new[:, : end - width]
    dx, dy = (new[:, 1 : end - width + 1] - here) * masks[0], (new[:, width:] - here) * masks[1]
    step = TAU / THETA
    shrink = 1 / (1 + step * jnp.sqrt(dx * dx + dy * dy))
    inside = slice(width, end)
    p, q = (
        lax.dynamic_update_slice(old, (old[:, inside] + step * d) * shrink, (0, width)) for old, d in ((p, dx), (q, dy))
    )
    return Flow(new, p, q), _sum_of_squares(new - u)


def _sum_of_squares(line: Float32[Array, "2 m"]) -> Float32[Array, ""]:
    """Return the sum of squares; pieces are added first, which is many times as fast as XLA's own sum on CPU."""
    squares = jnp.square(line).reshape(-1)  # (2 * m,)
    length = squares.size // _PARTS
    total = squares[:length]
    for part in range(1, _PARTS):
        total = total + squares[part * length : (part + 1) * length]
    return lax.optimization_barrier(total).sum() + squares[_PARTS * length :].sum()


def _masks(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return 1, and 0 where there is no next pixel in x, and in y."""
    masks = np.ones((2, height, width), np.float32)
    masks[0, :, -1] = masks[1, -1] = 0
    along_x, along_y = masks.reshape(2, -1)  # (2, h * w)
    return along_x, along_y
