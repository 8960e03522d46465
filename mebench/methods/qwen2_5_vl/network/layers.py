"""Layers that text and vision share.

Matrices stand as (inputs, outputs): XLA multiplies them 1.3 to 13 times as fast on CPU as in the order of files.
"""

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray


class Linear(nnx.Module):
    """y = x W + b; made of zeros, since weights are read or drawn afterwards."""

    def __init__(self, inputs: int, outputs: int, bias: bool, dtype: DTypeLike) -> None:
        self.kernel = nnx.Param(jnp.zeros((inputs, outputs), dtype))
        self.bias = nnx.Param(jnp.zeros((outputs,), dtype)) if bias else None

    def __call__(self, x: Float[Array, "*b i"], key: PRNGKeyArray | None = None) -> Float[Array, "*b o"]:
        """Return the product; `key` is for layers that take this one's place and drop something out."""
        y = x @ self.kernel[...]
        return y if self.bias is None else y + self.bias[...]


class Norm(nnx.Module):
    """RMSNorm: x over its root mean square, in float32, times a weight."""

    def __init__(self, width: int, epsilon: float, dtype: DTypeLike) -> None:
        self.weight = nnx.Param(jnp.ones((width,), dtype))
        self.epsilon = epsilon

    def __call__(self, x: Float[Array, "*b width"]) -> Float[Array, "*b width"]:
        """Return the normed x in x's type."""
        wide = x.astype(jnp.float32)
        normed = wide * lax.rsqrt(jnp.square(wide).mean(-1, keepdims=True) + self.epsilon)
        return self.weight[...] * normed.astype(x.dtype)


class Mlp(nnx.Module):
    """SwiGLU: down(silu(gate(x)) * up(x))."""

    def __init__(self, width: int, inner: int, bias: bool, dtype: DTypeLike) -> None:
        self.gate_proj = Linear(width, inner, bias, dtype)
        self.up_proj = Linear(width, inner, bias, dtype)
        self.down_proj = Linear(inner, width, bias, dtype)

    def __call__(self, x: Float[Array, "*b width"], key: PRNGKeyArray | None = None) -> Float[Array, "*b width"]:
        """Return the new x; `key` is for dropout of adapters."""
        keys = split_key(key, 3)
        return self.down_proj(nnx.silu(self.gate_proj(x, keys[0])) * self.up_proj(x, keys[1]), keys[2])


def split_key(key: PRNGKeyArray | None, parts: int) -> list[PRNGKeyArray | None]:
    """Return so many keys made of one; none for none."""
    return [None if key is None else jax.random.fold_in(key, part) for part in range(parts)]
