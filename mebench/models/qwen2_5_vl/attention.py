"""Attention: cuDNN's on GPUs where it works, XLA's everywhere else; which one is tried once and can be recorded."""

from functools import cache
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

Implementation = Literal["cudnn", "xla"]


@cache
def implementation() -> Implementation:
    """Return which attention long sequences take: `cudnn` where one small call of it works, else `xla`."""
    if jax.default_backend() != "gpu":
        return "xla"
    some = jnp.zeros((1, 64, 2, 64), jnp.bfloat16)
    try:
        tried = jax.nn.dot_product_attention(some, some, some, is_causal=True, implementation="cudnn")
        jax.block_until_ready(tried)
    except (RuntimeError, ValueError, NotImplementedError):
        return "xla"
    return "cudnn"


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
    mask = None if seen is None else seen[:, None, None, :]
    chosen = implementation() if query.dtype == jnp.bfloat16 else "xla"
    return jax.nn.dot_product_attention(query, key, value, mask=mask, is_causal=causal, implementation=chosen)


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
