"""MEAN in a form that is about ten times faster on CPU than its convolutions, and equal to `methods.mean.network`.

A pooling cell of the streams is 3x3 outputs of a 5x5 convolution; it sees 7x7 inputs. So a stream is one product of a
(9 c, 49) matrix, which holds the kernel nine times, with the 49 taps of every cell; the nine outputs of a cell lie in
rows of their own, which makes pooling elementwise. The bias is a 50th tap that is 1. The input needs no gradient, so
the taps are cut once a batch. The heads are the same with cells of 2x2 (36 taps). The batch is the last axis
everywhere, so that each slice is a run of whole rows.

Batch norm grows or falls with its input, so pooling is done before it, with the sign of its scale; its statistics are
those of all nine values, as they must be. Gradients are written out (`_block_back`): XLA's CPU backend would compute
what it finds cheap once for each use, and did so dozens of times; `lax.cond` on a batch that has any row keeps such
values, and skips the work for a batch that has none.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Float32, Int32, PRNGKeyArray

from mebench.methods.mean.network import (
    EPSILON,
    HEAD_CHANNELS,
    HEAD_DROPOUT,
    MOMENTUM,
    STREAM_CHANNELS,
    STREAM_DROPOUT,
    MeanWeights,
    Tree,
    keep_mask,
)
from mebench.runtime.fence import fence

KERNEL, REACH = 5, 2
"""Side of the convolutions, and how far they see beyond a pixel."""


def arrange(windows: Float[Array, "b 42 42 3"]) -> Float[Array, "b 3 9 14 14"]:
    """Return the windows as 14x14 cells of 3x3 pixels, the nine pixels of a cell on an axis of their own."""
    split = windows.reshape(-1, 14, 3, 14, 3, 3)  # (b, row, y, column, x, channel)
    return split.transpose(0, 5, 2, 4, 1, 3).reshape(-1, 3, 9, 14, 14)


def stream_taps(arranged: Float[Array, "b 3 9 14 14"]) -> Float32[Array, "3 50 n"]:
    """Return the 49 pixels that each cell sees, zeros beyond the edge, and a 1; n counts (row, column, window)."""
    cells = arranged.transpose(1, 2, 3, 4, 0).astype(jnp.float32)  # (3, 9, 14, 14, b)
    q = jnp.pad(cells, ((0, 0), (0, 0), (1, 1), (1, 1), (0, 0)))
    span = range(-REACH, 3 + REACH)
    taps = [q[:, None, y % 3 * 3 + x % 3, y // 3 + 1 :, x // 3 + 1 :][:, :, :14, :14] for y in span for x in span]
    ones = jnp.ones((3, 1, *cells.shape[2:]), jnp.float32)
    return jnp.concatenate([*taps, ones], axis=1).reshape(3, 50, -1)  # (3, 50, 196 b)


def _head_taps(maps: Float32[Array, "14 n"]) -> Float32[Array, "504 m"]:
    """Return the 6x6 pixels that each 2x2 cell sees, by channel, neighbouring cell and pixel; m counts as n does.

    They are all the pixels of a cell and its eight neighbours, so nine slices hold them (and nine sums their gradient).
    """
    cells = maps.reshape(14, 7, 2, 7, 2, -1).transpose(0, 2, 4, 1, 3, 5).reshape(14, 4, 7, 7, -1)
    q = jnp.pad(cells, ((0, 0), (0, 0), (1, 1), (1, 1), (0, 0)))
    taps = jnp.stack([q[:, :, y : y + 7, x : x + 7] for y in range(3) for x in range(3)], axis=1)
    return taps.reshape(14 * 36, -1)  # (14 * 9 * 4, 49 b)


def _spread(kernel: Float32[Array, "5 5 i o"], side: int) -> Float32[Array, "p s s i o"]:
    """Return the kernel once for each pixel of a cell, at its place among the side + 4 pixels that the cell sees."""
    last = side - 1
    return jnp.stack(
        [jnp.pad(kernel, ((y, last - y), (x, last - x), (0, 0), (0, 0))) for y in range(side) for x in range(side)]
    )


def _highest(values: Float32[Array, "p c n"]) -> tuple[Float32[Array, "c n"], Int32[Array, "c n"]]:
    """Return the largest of the p values and its number, the first where several tie."""
    best, number = values[0], jnp.zeros(values.shape[1:], jnp.int32)
    for k in range(1, len(values)):
        higher = values[k] > best
        best, number = jnp.where(higher, values[k], best), jnp.where(higher, k, number)
    return best, number


def _only_if(condition: Bool[Array, ""], function: Callable[..., Any], *arguments: Any) -> Any:
    """Return function(*arguments), or zeros of the same shapes where the condition does not hold."""
    shapes = jax.eval_shape(function, *arguments)
    return lax.cond(
        condition, function, lambda *_: jax.tree.map(lambda one: jnp.zeros(one.shape, one.dtype), shapes), *arguments
    )


Block = tuple[Float32[Array, "c n"], Float32[Array, " c"], Float32[Array, " c"]]


@jax.custom_vjp
def norm_and_pool(
    y: Float32[Array, "9 c n"], scale: Float32[Array, " c"], bias: Float32[Array, " c"], weight: Float32[Array, " n"]
) -> Block:
    """Return the pooled batch norm of ReLU(y), and the mean and variance that it used.

    Args:
        y: the nine outputs of each cell.
        scale: of batch norm.
        bias: of batch norm.
        weight: 1 for cells that count for the statistics, else 0; it gets no gradient, nor do mean and variance.
    """
    return _block(y, scale, bias, weight)[0]


def _block(y: Array, scale: Array, bias: Array, weight: Array) -> tuple[Block, tuple[Array, ...]]:
    channels = len(scale)

    def average(values: Array) -> Array:
        sums = jnp.matmul(values.reshape(9 * channels, -1), weight, precision=lax.Precision.HIGHEST)
        return sums.reshape(9, channels).sum(0) / count

    z = jnp.maximum(y, 0)
    count = jnp.maximum(9 * weight.sum(), 1)
    mean = average(z)
    variance = average(jnp.square(z - mean[:, None]))
    inverse = lax.rsqrt(variance + EPSILON)
    sign = jnp.where(scale < 0, -1.0, 1.0)[:, None]
    best, number = _only_if(weight.max() > 0, _highest, z * sign)
    centred = best * sign - mean[:, None]
    out = centred * (scale * inverse)[:, None] + bias[:, None]
    return (out, mean, variance), (z, centred, number, scale, weight, mean, inverse, count)


def _block_back(residuals: tuple[Array, ...], cotangents: Block) -> tuple[Array, Array, Array, None]:
    weight = residuals[4]
    return (*_only_if(weight.max() > 0, _block_gradients, residuals, cotangents[0]), None)


def _block_gradients(residuals: tuple[Array, ...], g: Array) -> tuple[Array, Array, Array]:
    """Return the gradients of y, scale and bias: through the pooled value, the mean and the variance."""
    z, centred, number, scale, weight, mean, inverse, count = residuals
    ones = jnp.ones(g.shape[1])
    total = jnp.matmul(g, ones, precision=lax.Precision.HIGHEST)
    along = jnp.matmul(g * centred, ones, precision=lax.Precision.HIGHEST)
    through_mean = (-scale * inverse * total / count)[:, None]
    through_variance = (-scale * along * inverse**3 / count)[:, None]
    chosen = number[None] == jnp.arange(9, dtype=jnp.int32)[:, None, None]
    dz = jnp.where(chosen, (g * (scale * inverse)[:, None])[None], 0)
    dz = dz + weight * (through_mean + through_variance * (z - mean[:, None]))
    return jnp.where(z > 0, dz, 0), along * inverse, total


norm_and_pool.defvjp(_block, _block_back)


@jax.custom_vjp
def relu_and_pool(y: Float32[Array, "4 c n"]) -> Float32[Array, "c n"]:
    """Return the largest of the four outputs of each cell, at least 0."""
    return jnp.maximum(y.max(0), 0)


def _pool(y: Array) -> tuple[Array, tuple[Array, Array]]:
    best, number = _highest(y)
    pooled = jnp.maximum(best, 0)
    return pooled, (pooled, number)


def _pool_back(residuals: tuple[Array, Array], g: Array) -> tuple[Array]:
    pooled, number = residuals
    chosen = number[None] == jnp.arange(4, dtype=jnp.int32)[:, None, None]
    return (jnp.where(chosen, jnp.where(pooled > 0, g, 0)[None], 0),)


relu_and_pool.defvjp(_pool, _pool_back)


def _convolve(conv: Tree, taps: Float32[Array, "50 n"]) -> Float32[Array, "9 c n"]:
    channels = conv["bias"].shape[0]
    kernel = _spread(conv["kernel"], 3).reshape(9, 49, channels).transpose(0, 2, 1).reshape(9 * channels, 49)
    matrix = jnp.concatenate([kernel, jnp.tile(conv["bias"], 9)[:, None]], axis=1)  # (9 c, 50)
    return (matrix @ taps).reshape(9, channels, -1)


def _drop(x: Float32[Array, "c n"], rate: float, key: PRNGKeyArray) -> Float32[Array, "c n"]:
    keep = _only_if(jnp.isfinite(x[0, 0]), partial(keep_mask, rate=rate, shape=x.shape), key)
    return jnp.where(keep, x / (1 - rate), 0.0)


def train_maps(
    weights: MeanWeights,
    taps: Float32[Array, "3 50 n"],
    valid: Bool[Array, " b"],
    key: PRNGKeyArray | None,
) -> tuple[Float32[Array, "14 n"], Tree]:
    """Return the maps of the three streams with batch statistics, and the running statistics after this batch.

    Args:
        weights: streams and running statistics; heads are not looked at.
        taps: of `stream_taps`.
        valid: windows that count for the statistics.
        key: for dropout; None: no dropout.
    """
    counts = jnp.tile(valid.astype(jnp.float32), taps.shape[2] // len(valid))
    maps, stats = [], {}
    for i, name in enumerate(STREAM_CHANNELS):
        stream, old = weights.params[name], weights.stats[name]["norm"]
        norm = stream["norm"]
        out, mean, variance = norm_and_pool(_convolve(stream["conv"], taps[i]), norm["scale"], norm["bias"], counts)
        maps.append(out)
        new = {"mean": mean, "var": variance}
        stats[name] = {"norm": {k: MOMENTUM * old[k] + (1 - MOMENTUM) * lax.stop_gradient(new[k]) for k in new}}
    whole = fence(jnp.concatenate(maps))
    return whole if key is None else _drop(whole, STREAM_DROPOUT, key), stats


def infer_maps(weights: MeanWeights, taps: Float32[Array, "3 50 n"]) -> Float32[Array, "14 n"]:
    """Return the maps of the three streams with the running statistics and no dropout."""
    maps = []
    for i, name in enumerate(STREAM_CHANNELS):
        stream, stats = weights.params[name], weights.stats[name]["norm"]
        factor = stream["norm"]["scale"] * lax.rsqrt(stats["var"] + EPSILON)
        sign = jnp.where(factor < 0, -1.0, 1.0)[:, None]
        z = (jnp.maximum(_convolve(stream["conv"], taps[i]), 0) * sign).max(0) * sign
        maps.append((z - stats["mean"][:, None]) * factor[:, None] + stream["norm"]["bias"][:, None])
    return jnp.concatenate(maps)


def head_outputs(head: Tree, maps: Float32[Array, "14 n"], key: PRNGKeyArray | None) -> Float32[Array, "b o"]:
    """Return the linear outputs of a head; the key is for dropout, None: no dropout."""
    y = (_head_matrix(head) @ _head_taps(maps)).reshape(4, HEAD_CHANNELS, -1)
    return _dense(head, y + head["conv"]["bias"][:, None], key)


def _head_matrix(head: Tree) -> Float32[Array, "32 504"]:
    kernel = _spread(head["conv"]["kernel"], 2).reshape(4, 3, 2, 3, 2, 14, HEAD_CHANNELS)
    return kernel.transpose(0, 6, 5, 1, 3, 2, 4).reshape(4 * HEAD_CHANNELS, 14 * 36)


def _dense(head: Tree, y: Float32[Array, "4 8 m"], key: PRNGKeyArray | None) -> Float32[Array, "b o"]:
    pooled = relu_and_pool(y)  # (8, 49 b)
    if key is not None:
        pooled = _drop(pooled, HEAD_DROPOUT, key)
    flat = pooled.reshape(HEAD_CHANNELS, 49, -1).transpose(1, 0, 2).reshape(49 * HEAD_CHANNELS, -1)  # (392, b)
    return flat.T @ head["dense"]["kernel"] + head["dense"]["bias"]


def infer(
    weights: MeanWeights, windows: Float[Array, "b 42 42 3"]
) -> tuple[Float32[Array, " b"], Float32[Array, "b c"]]:
    """Return the spotting score and the class probabilities of each window; both heads are one product."""
    maps = fence(infer_maps(weights, stream_taps(arrange(windows))))
    heads = [weights.params[name] for name in ("spotting", "recognition")]
    y = fence(jnp.concatenate([_head_matrix(head) for head in heads]) @ _head_taps(maps))
    each = y.reshape(2, 4, HEAD_CHANNELS, -1)
    scores, logits = (
        _dense(head, own + head["conv"]["bias"][:, None], None) for head, own in zip(heads, each, strict=True)
    )
    return scores[:, 0], jax.nn.softmax(logits)
