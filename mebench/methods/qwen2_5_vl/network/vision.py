"""Qwen2.5-VL's vision tower over frames cut into windows: no shape and no index depends on data on the device.

A frame is `windows` windows of `slots` patches; slots without a patch are hidden from the others. Attention within a
window is then a batch over windows, attention within a frame the same array with windows joined.
Source: "Qwen2.5-VL Technical Report" (2025), section 2.1.1; layer names are those of Hugging Face's files.
"""

import jax
import jax.numpy as jnp
from flax import nnx
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from mebench.methods.qwen2_5_vl.network.attention import attend
from mebench.methods.qwen2_5_vl.network.config import VisionConfig
from mebench.methods.qwen2_5_vl.network.layers import Linear, Mlp, Norm, split_key
from mebench.methods.qwen2_5_vl.network.rope import Angles, turned, vision_angles

EPSILON = 1e-6


class VisionAttention(nnx.Module):
    """Attention among the patches of one row of the batch."""

    def __init__(self, config: VisionConfig, dtype: DTypeLike) -> None:
        self.qkv = Linear(config.hidden_size, 3 * config.hidden_size, True, dtype)
        self.proj = Linear(config.hidden_size, config.hidden_size, True, dtype)
        self.heads = config.num_heads

    def __call__(
        self, x: Float[Array, "b t d"], angles: Angles, seen: Bool[Array, "b t"] | None, key: PRNGKeyArray | None = None
    ) -> Float[Array, "b t d"]:
        """Return what each patch gathers from those that are seen."""
        b, t, width = x.shape
        keys = split_key(key, 2)
        parts = self.qkv(x, keys[0]).reshape(b, t, 3, self.heads, width // self.heads)
        q, k, v = parts[:, :, 0], parts[:, :, 1], parts[:, :, 2]
        gathered = attend(turned(q, angles), turned(k, angles), v, seen)
        return self.proj(gathered.reshape(b, t, width), keys[1])


class VisionBlock(nnx.Module):
    """Attention and MLP, each on a normed copy that is added back."""

    def __init__(self, config: VisionConfig, dtype: DTypeLike) -> None:
        self.norm1 = Norm(config.hidden_size, EPSILON, dtype)
        self.norm2 = Norm(config.hidden_size, EPSILON, dtype)
        self.attn = VisionAttention(config, dtype)
        self.mlp = Mlp(config.hidden_size, config.intermediate_size, True, dtype)

    def __call__(
        self, x: Float[Array, "b t d"], angles: Angles, seen: Bool[Array, "b t"] | None, key: PRNGKeyArray | None = None
    ) -> Float[Array, "b t d"]:
        """Return the new x."""
        keys = split_key(key, 2)
        x = x + self.attn(self.norm1(x), angles, seen, keys[0])
        return x + self.mlp(self.norm2(x), keys[1])


class PatchProjection(nnx.Module):
    """The convolution over a patch, which is one product over the patch's numbers."""

    def __init__(self, config: VisionConfig, dtype: DTypeLike) -> None:
        self.kernel = nnx.Param(jnp.zeros((config.patch_values, config.hidden_size), dtype))

    def __call__(self, pixels: Float[Array, "*b p"]) -> Float[Array, "*b d"]:
        """Return each patch's vector, in the type of the weights."""
        kernel = self.kernel[...]
        return pixels.astype(kernel.dtype) @ kernel


class PatchEmbedding(nnx.Module):
    """Holds the projection under the name that it has in files."""

    def __init__(self, config: VisionConfig, dtype: DTypeLike) -> None:
        self.proj = PatchProjection(config, dtype)


class Gelu(nnx.Module):
    """Exact GELU."""

    def __call__(self, x: Float[Array, "*b d"], key: PRNGKeyArray | None = None) -> Float[Array, "*b d"]:
        """Return the activation; the key is not used."""
        return jax.nn.gelu(x, approximate=False)


class Merger(nnx.Module):
    """The patches of one token, normed, joined and projected to the text's width."""

    def __init__(self, config: VisionConfig, dtype: DTypeLike) -> None:
        self.joined = joined = config.hidden_size * config.cell_patches
        self.ln_q = Norm(config.hidden_size, EPSILON, dtype)
        outer = Linear(joined, config.out_hidden_size, True, dtype)
        self.mlp = nnx.List([Linear(joined, joined, True, dtype), Gelu(), outer])

    def __call__(self, x: Float[Array, "f slots d"], key: PRNGKeyArray | None = None) -> Float[Array, "tokens out"]:
        """Return one row a token."""
        x = self.ln_q(x).reshape(-1, self.joined)  # (tokens, joined)
        for layer, own in zip(self.mlp, split_key(key, 3), strict=True):
            x = layer(x, own)
        return x


class VisionTower(nnx.Module):
    """Patches to tokens for the text stack."""

    def __init__(self, config: VisionConfig, dtype: DTypeLike) -> None:
        self.config = config
        self.patch_embed = PatchEmbedding(config, dtype)
        self.blocks = nnx.List([VisionBlock(config, dtype) for _ in range(config.depth)])
        self.merger = Merger(config, dtype)

    def __call__(
        self,
        pixels: Float[Array, "f windows slots p"],
        places: Int[Array, "f windows slots 2"],
        valid: Bool[Array, "f windows slots"] | None = None,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "tokens out"]:
        """Return one row a token, frame by frame, window by window.

        Args:
            pixels: patches of each window; the patches of one token stand together.
            places: row and column of each patch in its frame, in patches.
            valid: slots that hold a patch; None: all of them do.
            key: for dropout of adapters in the tower.
        """
        frames, windows, slots, _ = pixels.shape
        shapes = {False: (frames * windows, slots), True: (frames, windows * slots)}
        x = self.patch_embed.proj(pixels)
        width = x.shape[-1]
        cos, sin = vision_angles(places.reshape(*shapes[False], 2), width // self.config.num_heads)
        angles = {whole: (cos.reshape(*shape, -1), sin.reshape(*shape, -1)) for whole, shape in shapes.items()}
        seen = {whole: visible(valid, shape) for whole, shape in shapes.items()}
        for number, block in enumerate(self.blocks):
            whole = number in self.config.fullatt_block_indexes
            own = None if key is None else jax.random.fold_in(key, number)
            x = block(x.reshape(*shapes[whole], width), angles[whole], seen[whole], own)
        return self.merger(x, None if key is None else jax.random.fold_in(key, len(self.blocks)))


def visible(valid: Bool[Array, "..."] | None, shape: tuple[int, int]) -> Bool[Array, "b t"] | None:
    """Return which patches of each row are seen; a row without any sees all, so that no number is lost (NaN)."""
    if valid is None:
        return None
    rows = valid.reshape(shape)
    return rows | ~rows.any(axis=1, keepdims=True)
