"""What vision tower and text stack share: linear layers, RMSNorm, gated MLP, attention."""

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, DTypeLike, Float


class Linear(nnx.Module):
    """x @ kernel (+ bias); the kernel is Hugging Face's weight, transposed. LoRA may add to what it gives."""

    def __init__(self, inputs: int, outputs: int, bias: bool, rngs: nnx.Rngs, dtype: DTypeLike) -> None:
        """Draw the weights."""
        scale = inputs**-0.5
        self.kernel = nnx.Param((jax.random.normal(rngs.params(), (inputs, outputs)) * scale).astype(dtype))
        self.bias = nnx.Param(jnp.zeros(outputs, dtype)) if bias else None

    def __call__(self, x: Float[Array, "*b i"]) -> Float[Array, "*b o"]:
        """Return the layer's output in the type of x."""
        y = x @ self.kernel[...]
        return y if self.bias is None else y + self.bias[...]


class Norm(nnx.Module):
    """RMSNorm, in float32 up to the weight."""

    def __init__(self, size: int, epsilon: float, dtype: DTypeLike) -> None:
        """Start with weight 1."""
        self.weight = nnx.Param(jnp.ones(size, dtype))
        self.epsilon = epsilon

    def __call__(self, x: Float[Array, "*b d"]) -> Float[Array, "*b d"]:
        """Return x over its root mean square, times the weight."""
        wide = x.astype(jnp.float32)
        scaled = wide * jax.lax.rsqrt(jnp.square(wide).mean(-1, keepdims=True) + self.epsilon)
        return self.weight[...] * scaled.astype(x.dtype)


class GatedMlp(nnx.Module):
    """down(silu(gate(x)) * up(x))."""

    def __init__(self, size: int, inner: int, bias: bool, rngs: nnx.Rngs, dtype: DTypeLike) -> None:
        """Draw the weights."""
        self.gate_proj = Linear(size, inner, bias, rngs, dtype)
        self.up_proj = Linear(size, inner, bias, rngs, dtype)
        self.down_proj = Linear(inner, size, bias, rngs, dtype)

    def __call__(self, x: Float[Array, "*b d"]) -> Float[Array, "*b d"]:
        """Return the layer's output."""
        return self.down_proj(nnx.silu(self.gate_proj(x)) * self.up_proj(x))


def attention(
    query: Float[Array, "b t h d"],
    key: Float[Array, "b s k d"],
    value: Float[Array, "b s k d"],
    mask: Bool[Array, "b 1 t s"],
) -> Float[Array, "b t h d"]:
    """Return softmax(query key / sqrt(d)) value over what the mask lets through; softmax in float32."""
    return jax.nn.dot_product_attention(query, key, value, mask=mask)
