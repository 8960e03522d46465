"""The vision tower: windows of patches, a few blocks that see whole frames, and the merger to text tokens."""

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, DTypeLike, Float, Float32

from mebench.models.qwen2_5_vl.config import VisionConfig
from mebench.models.qwen2_5_vl.layers import GatedMlp, Linear, Norm, attention
from mebench.models.qwen2_5_vl.plan import VisionPlan
from mebench.models.qwen2_5_vl.rope import Rotation, rotated, vision_rotation

EPSILON = 1e-6


class VisionAttention(nnx.Module):
    """Self-attention within windows, or within frames."""

    def __init__(self, config: VisionConfig, rngs: nnx.Rngs, dtype: DTypeLike) -> None:
        """Draw the weights."""
        self.qkv = Linear(config.hidden, 3 * config.hidden, True, rngs, dtype)
        self.proj = Linear(config.hidden, config.hidden, True, rngs, dtype)
        self.heads, self.size = config.heads, config.head_size

    def __call__(
        self,
        x: Float[Array, "w s d"],
        rotation: Rotation,
        mask: Bool[Array, "b 1 t t"],
    ) -> Float[Array, "w s d"]:
        """Return the layer's output; the mask's shape says whether windows are seen one by one or all at once."""
        w, s, d = x.shape
        q, k, v = jnp.moveaxis(self.qkv(x).reshape(w, s, 3, self.heads, self.size), 2, 0)  # (w, s, h, e) each
        q, k = rotated(q, *rotation), rotated(k, *rotation)
        b, t = mask.shape[0], mask.shape[2]
        q, k, v = (one.reshape(b, t, self.heads, self.size) for one in (q, k, v))  # (w, s, ..) or (1, w * s, ..)
        return self.proj(attention(q, k, v, mask).reshape(w, s, d))


class VisionBlock(nnx.Module):
    """One block of the tower."""

    def __init__(self, config: VisionConfig, rngs: nnx.Rngs, dtype: DTypeLike) -> None:
        """Draw the weights."""
        self.norm1, self.norm2 = Norm(config.hidden, EPSILON, dtype), Norm(config.hidden, EPSILON, dtype)
        self.attn = VisionAttention(config, rngs, dtype)
        self.mlp = GatedMlp(config.hidden, config.mlp, True, rngs, dtype)

    def __call__(
        self,
        x: Float[Array, "w s d"],
        rotation: Rotation,
        mask: Bool[Array, "b 1 t t"],
    ) -> Float[Array, "w s d"]:
        """Return the block's output."""
        x = x + self.attn(self.norm1(x), rotation, mask)
        return x + self.mlp(self.norm2(x))


class Merger(nnx.Module):
    """Squares of patches to one token of the text's width."""

    def __init__(self, config: VisionConfig, rngs: nnx.Rngs, dtype: DTypeLike) -> None:
        """Draw the weights."""
        self.ln_q = Norm(config.hidden, EPSILON, dtype)
        inner = config.hidden * config.merge**2
        self.inner = inner
        self.first = Linear(inner, inner, True, rngs, dtype)
        self.second = Linear(inner, config.output, True, rngs, dtype)

    def __call__(self, x: Float[Array, "w s d"]) -> Float[Array, "n o"]:
        """Return the tokens in the order of the windows."""
        joined = self.ln_q(x).reshape(-1, self.inner)  # (w * s / cell, cell * d)
        return self.second(jax.nn.gelu(self.first(joined), approximate=False))


class Vision(nnx.Module):
    """The tower of one prompt; batches are mapped over it."""

    def __init__(self, config: VisionConfig, rngs: nnx.Rngs, dtype: DTypeLike) -> None:
        """Draw the weights."""
        self.config = config
        pixels = config.channels * config.temporal_patch * config.patch**2
        self.patch_embed = Linear(pixels, config.hidden, False, rngs, dtype)
        self.blocks = nnx.List([VisionBlock(config, rngs, dtype) for _ in range(config.depth)])
        self.merger = Merger(config, rngs, dtype)

    def __call__(self, pixels: Float32[Array, "p c"], plan: VisionPlan) -> Float[Array, "n o"]:
        """Return the tokens of all pictures, then of all videos.

        A place of padding sees the whole of its window, so that no row of attention is empty; nobody sees padding.
        """
        dtype = self.patch_embed.kernel.dtype
        x = self.patch_embed(pixels.astype(dtype))[jnp.asarray(plan.patches)]  # (w, s, d)
        rotation = vision_rotation(jnp.asarray(plan.places), self.config.head_size)
        valid = jnp.asarray(plan.valid)
        within = valid[:, None, None, :] | ~valid[:, None, :, None]
        frame = jnp.asarray(plan.frame).reshape(-1)  # (w * s,)
        whole = (frame[:, None] == frame[None, :])[None, None]
        for number, block in enumerate(self.blocks):
            x = block(x, rotation, whole if number in self.config.full_blocks else within)
        return self.merger(x)[plan.tokens]
