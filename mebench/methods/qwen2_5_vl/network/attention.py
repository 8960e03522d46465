"""Attention: cuDNN's on GPUs where it works, XLA's everywhere else; which one is tried once and can be recorded."""

from functools import cache
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from mebench.runtime.untraced import untraced

Implementation = Literal["cudnn", "xla"]


@cache
def implementation() -> Implementation:
    """Return which attention bfloat16 takes: `cudnn` where its shapes work, forwards and backwards, else `xla`."""
    if jax.default_backend() != "gpu":
        return "xla"
    try:
        untraced(lambda: jax.block_until_ready([_tried(80, 16, 16, False), _tried(128, 16, 2, True)]))
    except (RuntimeError, ValueError, NotImplementedError):
        return "xla"
    return "cudnn"


def _tried(width: int, heads: int, groups: int, causal: bool) -> Float[Array, "1 64 h w"]:
    """Return the gradient of a small call as the vision tower (masked) or the text stack (causal) makes it."""
    query, key = (jnp.zeros((1, 64, count, width), jnp.bfloat16) for count in (heads, groups))
    mask = None if causal else jnp.ones((1, 1, 1, 64), bool)

    def total(query: Float[Array, "1 64 h w"]) -> Float[Array, ""]:
        found = jax.nn.dot_product_attention(query, key, key, mask=mask, is_causal=causal, implementation="cudnn")
        return found.astype(jnp.float32).sum()

    return jax.jit(jax.grad(total))(query)


def attend(
    query: Float[Array, "b t heads width"],
    key: Float[Array, "b s groups width"],
    value: Float[Array, "b s groups width"],
    seen: Bool[Array, "b s"] | None = None,
    causal: bool = False,
) -> Float[Array, "b t heads width"]:
    """Return attention; softmax in float32.

    Args:
        query: of each token.
        key: as many heads, or a divisor of them.
        value: as the keys.
        seen: keys that every query of the row may see; at least one. None: all.
        causal: a query sees only keys up to its own place.
    """
    if query.dtype == jnp.bfloat16 and implementation() == "cudnn":
        mask = None if seen is None else seen[:, None, None, :]
        return jax.nn.dot_product_attention(query, key, value, mask=mask, is_causal=causal, implementation="cudnn")
    return _attend_plainly(query, key, value, seen, causal)


def _attend_plainly(
    query: Float[Array, "b t heads width"],
    key: Float[Array, "b s groups width"],
    value: Float[Array, "b s groups width"],
    seen: Bool[Array, "b s"] | None,
    causal: bool,
) -> Float[Array, "b t heads width"]:
    """Return attention as two batched products of matrices, which XLA runs twice as fast on CPU as its own einsum."""
    (b, t, heads, width), (s, groups) = query.shape, key.shape[1:3]
    times = heads // groups
    q = query.reshape(b, t, groups, times, width).transpose(0, 2, 3, 1, 4)
    q = q.reshape(b, groups, times * t, width)  # (b, groups, heads / groups * t, width)
    scores = jnp.matmul(q, key.transpose(0, 2, 3, 1), preferred_element_type=jnp.float32) * width**-0.5
    allowed = jnp.tril(jnp.ones((t, s), bool)) if causal else jnp.ones((t, s), bool)
    allowed = jnp.tile(allowed, (times, 1))[None, None]
    if seen is not None:
        allowed = allowed & seen[:, None, None, :]
    weights = jax.nn.softmax(jnp.where(allowed, scores, -jnp.inf), axis=-1).astype(value.dtype)
    found = jnp.matmul(weights, value.transpose(0, 2, 1, 3))  # (b, groups, heads / groups * t, width)
    return found.reshape(b, groups, times, t, width).transpose(0, 3, 1, 2, 4).reshape(query.shape)


def attend_cached(
    query: Float[Array, "b 1 heads width"],
    key: Float[Array, "b groups s width"],
    value: Float[Array, "b groups s width"],
    seen: Bool[Array, "b s"],
) -> Float[Array, "b 1 heads width"]:
    """Return attention of one new token over a cache whose heads come before its tokens: no copy of it is made."""
    b, _, heads, width = query.shape
    grouped = query.reshape(b, key.shape[1], -1, width)  # (b, groups, heads / groups, width)
    scores = jnp.einsum("bgqd,bgsd->bgqs", grouped, key, preferred_element_type=jnp.float32) * width**-0.5
    weights = jax.nn.softmax(jnp.where(seen[:, None, None, :], scores, -jnp.inf), axis=-1).astype(query.dtype)
    return jnp.einsum("bgqs,bgsd->bgqd", weights, value).reshape(b, 1, heads, width)
