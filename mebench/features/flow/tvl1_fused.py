"""One iteration of TV-L1 as one GPU kernel, and the iterations of many pairs around it.

XLA makes several passes over the fields of an iteration, because the dual variable needs the new flow of the next
pixels. The kernel computes that flow itself, three times a pixel: it reads 10 numbers of a pixel (and the same ones
again as neighbours, from the cache) and writes 6. It is written in Pallas for Triton. A pair that has ended is copied.
"""

from functools import cache, partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_batching import custom_vmap
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton
from jaxtyping import Array, Bool, Float32, Int32

from mebench.features.flow.jax_median import median_5x5
from mebench.features.flow.tvl1_iterations import LAMBDA, TAU, THETA, Flow, Linearised, no_dual, relax, to_line
from mebench.runtime.untraced import untraced

BLOCK = 512
"""Pixels that one program of the kernel computes."""

TOLERANCE = 1e-4
"""Most that the kernel may differ from XLA's passes on a small case for it to be used."""

_Rounds = tuple[Flow, Float32[Array, " b"], Int32[Array, ""], Int32[Array, " b"]]
"""Flow, last change, rounds of this loop, and iterations of each pair."""

_Mask = Bool[Array, " k"]
_Pixels = Float32[Array, " k"]


@cache
def implementation() -> Literal["pallas", "xla"]:
    """Return what computes an iteration: the kernel on a GPU where it compiles and agrees with XLA, else XLA."""
    if jax.default_backend() != "gpu":
        return "xla"
    try:
        return "pallas" if untraced(difference_from_xla) < TOLERANCE else "xla"
    except (RuntimeError, ValueError, TypeError, NotImplementedError):
        return "xla"


def relax_in_vmap(
    term: Linearised,
    flow: Flow,
    width: int,
    epsilon: Float32[Array, ""],
    inner: int,
    outer: int,
    smooth: bool,
    interpret: bool = False,
) -> tuple[Flow, Int32[Array, ""]]:
    """Return what `tvl1_iterations.relax` returns; in a `jax.vmap` the pairs go through `relax_pairs`.

    Args:
        term: of one pair.
        flow: to start from.
        width: of the fields in px.
        epsilon: root mean square change in px at which it ends.
        inner: iterations between two medians at most.
        outer: medians at most.
        smooth: whether there are medians at all.
        interpret: whether the kernel is interpreted, which every device can: for tests.
    """

    @custom_vmap
    def one(term: Linearised, flow: Flow, epsilon: Float32[Array, ""]) -> tuple[Flow, Int32[Array, ""]]:
        return relax(term, flow, width, jnp.asarray(epsilon), inner, outer, smooth)

    @one.def_vmap
    def many(size: int, batched: Any, term: Linearised, flow: Flow, epsilon: Any) -> Any:
        term, flow = jax.tree.map(
            lambda x, has: x if has else jnp.broadcast_to(x, (size, *x.shape)), (term, flow), tuple(batched[:2])
        )
        found = relax_pairs(term, flow, width, jnp.asarray(epsilon), inner, outer, smooth, interpret)
        return found, jax.tree.map(lambda _: True, found)

    found: tuple[Flow, Int32[Array, ""]] = one(term, flow, epsilon)
    return found


def relax_pairs(
    term: Linearised,
    flow: Flow,
    width: int,
    epsilon: Float32[Array, ""],
    inner: int,
    outer: int,
    smooth: bool,
    interpret: bool = False,
) -> tuple[Flow, Int32[Array, " b"]]:
    """Return what `tvl1_iterations.relax` returns, for pairs in a first axis; each ends by its own change.

    Args:
        term: of the pairs; like `flow` as there with an axis b in front.
        flow: to start from.
        width: of the fields in px.
        epsilon: root mean square change in px at which a pair ends.
        inner: iterations between two medians at most.
        outer: medians at most.
        smooth: whether there are medians at all.
        interpret: whether the kernel is interpreted.
    """
    count = flow.u.shape[2] - width
    bare = Linearised(term.constant[:, :count], term.gradient[..., :count], term.inverse[:, :count])
    bound = jnp.square(epsilon) * count

    def goes_on(most: int, state: _Rounds) -> Bool[Array, ""]:
        return (state[1] > bound).any() & (state[2] < most)

    def iteration(state: _Rounds) -> _Rounds:
        flow, change, done, total = state
        active = change > bound
        flow, new = iterate(bare, flow, active, width, interpret)
        return flow, jnp.where(active, new, change), done + 1, total + active

    def block(state: _Rounds) -> _Rounds:
        flow, change, done, total = state
        if smooth:
            flow = flow._replace(u=jnp.where((change > bound)[:, None, None], _medians(flow.u, width), flow.u))
        flow, change, _, total = lax.while_loop(partial(goes_on, inner), iteration, (flow, change, jnp.int32(0), total))
        return flow, change, done + 1, total

    first = jnp.full(len(flow.u), jnp.inf, jnp.float32)
    begin = (_bare(flow, width), first, jnp.int32(0), jnp.zeros(len(flow.u), jnp.int32))
    end, _, _, total = lax.while_loop(partial(goes_on, outer), block, begin)
    return _padded(end, width), total


def _medians(u: Float32[Array, "b 2 n"], width: int) -> Float32[Array, "b 2 n"]:
    return jax.vmap(median_5x5)(u.reshape(len(u), 2, -1, width)).reshape(u.shape)  # (b, 2, h, w) and back


def _bare(flow: Flow, width: int) -> Flow:
    """Return lines without zeros around them, all (b, 2, h * w)."""
    return Flow(flow.u[..., :-width], flow.p[..., width:-width], flow.q[..., width:-width])


def _padded(flow: Flow, width: int) -> Flow:
    u, p, q = (
        jnp.pad(line, [(0, 0), (0, 0), (before, width)]) for line, before in zip(flow, (0, width, width), strict=True)
    )
    return Flow(u, p, q)


def difference_from_xla(interpret: bool = False) -> float:
    """Return the largest difference between the kernel's and XLA's flow after some iterations of two small pairs."""
    height, width, count = 24, 40, 3
    keys = iter(jax.random.split(jax.random.key(0), 4))

    def line(*shape: int) -> Float32[Array, "..."]:
        return to_line(jax.random.normal(next(keys), (2, *shape, height, width)))

    term = Linearised(line(), line(2), jnp.abs(line()))
    dual = jnp.zeros((2, *no_dual(height, width).shape), jnp.float32)
    flow, never = Flow(line(2), dual, dual), jnp.float32(0)
    kernel = relax_pairs(term, flow, width, never, count, 1, smooth=False, interpret=interpret)[0]
    passes = jax.vmap(lambda term, flow: relax(term, flow, width, never, count, 1, smooth=False)[0])(term, flow)
    differences = jax.tree.map(lambda a, b: jnp.abs(a - b).max(), kernel, passes)
    return float(jnp.max(jnp.stack(jax.tree.leaves(differences))))


def iterate(
    term: Linearised, flow: Flow, active: Bool[Array, " b"], width: int, interpret: bool = False
) -> tuple[Flow, Float32[Array, " b"]]:
    """Return the flow after one iteration of the active pairs, and their sums of squared changes; lines without zeros.

    Args:
        term: of the pairs; (b, n) and (b, 2, n), n = h * w.
        flow: of the pairs; all three (b, 2, n).
        active: pairs that take the step.
        width: of the fields in px.
        interpret: whether the kernel is interpreted.
    """
    pairs, _, count = flow.u.shape
    blocks = pl.cdiv(count, BLOCK)
    field = jax.ShapeDtypeStruct(flow.u.shape, jnp.float32)
    u, p, q, change = pl.pallas_call(
        partial(_kernel, width=width, count=count),
        out_shape=(field, field, field, jax.ShapeDtypeStruct((pairs, blocks), jnp.float32)),
        grid=(pairs, blocks),
        compiler_params=triton.CompilerParams(num_warps=4),
        interpret=interpret,
        name="tvl1_iteration",
    )(active.astype(jnp.int32), *term, *flow)
    return Flow(u, p, q), change.sum(axis=1)


def _kernel(
    active: Any,
    constant: Any,
    gradient: Any,
    inverse: Any,
    u: Any,
    p: Any,
    q: Any,
    new_u: Any,
    new_p: Any,
    new_q: Any,
    change: Any,
    *,
    width: int,
    count: int,
) -> None:
    """Compute BLOCK pixels of one pair from references to the whole fields; the last four are written."""
    pair, part = pl.program_id(0), pl.program_id(1)
    here = part * BLOCK + jnp.arange(BLOCK)
    inside = here < count
    has_right, has_below = inside & (here % width < width - 1), here + width < count
    on = triton.load(active.at[pair]) > 0

    def read(field: Any, place: tuple[Any, ...], mask: _Mask) -> _Pixels:
        found: _Pixels = triton.load(field.at[(pair, *place)], mask=mask, other=0.0)
        return found

    def updated(place: Int32[Array, " k"], mask: _Mask) -> list[_Pixels]:
        """Return both components of the new flow at some pixels (estimateV and estimateU of OpenCV)."""
        has_left, has_above = mask & (place % width > 0), mask & (place >= width)
        slope, old = ([read(field, (i, place), mask) for i in range(2)] for field in (gradient, u))
        rho = read(constant, (place,), mask) + slope[0] * old[0] + slope[1] * old[1]
        factor = jnp.clip(-rho * read(inverse, (place,), mask), -LAMBDA * THETA, LAMBDA * THETA)
        across = [read(p, (i, place), mask) - read(p, (i, place - 1), has_left) for i in range(2)]
        along = [read(q, (i, place), mask) - read(q, (i, place - width), has_above) for i in range(2)]
        return [old[i] + factor * slope[i] + THETA * (across[i] + along[i]) for i in range(2)]

    new, right, below = updated(here, inside), updated(here + 1, has_right), updated(here + width, has_below)
    squares, step = jnp.zeros(BLOCK, jnp.float32), TAU / THETA
    for i in range(2):
        dx, dy = jnp.where(has_right, right[i] - new[i], 0.0), jnp.where(has_below, below[i] - new[i], 0.0)
        shrink = 1 / (1 + step * jnp.sqrt(dx * dx + dy * dy))
        old, old_p, old_q = (read(field, (i, here), inside) for field in (u, p, q))
        squares += jnp.where(inside, jnp.square(new[i] - old), 0.0)
        results = ((new[i], old), ((old_p + step * dx) * shrink, old_p), ((old_q + step * dy) * shrink, old_q))
        for out, (after, before) in zip((new_u, new_p, new_q), results, strict=True):
            triton.store(out.at[pair, i, here], jnp.where(on, after, before), mask=inside)
    triton.store(change.at[pair, part], squares.sum())
