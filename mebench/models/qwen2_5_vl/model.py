"""Qwen2.5-VL: pictures and videos become tokens among the text's, and the text stack goes on from there."""

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, DTypeLike, Float, Float32, Int

from mebench.models.qwen2_5_vl.config import QwenConfig
from mebench.models.qwen2_5_vl.plan import VisionPlan
from mebench.models.qwen2_5_vl.text import Text
from mebench.models.qwen2_5_vl.vision import Vision


class Qwen(nnx.Module):
    """The whole model; `visual` and `language_model` are Hugging Face's names."""

    def __init__(self, config: QwenConfig, rngs: nnx.Rngs, dtype: DTypeLike = jnp.float32) -> None:
        """Draw random weights; `mebench.models.qwen2_5_vl.weights` reads real ones."""
        self.visual = Vision(config.vision, rngs, dtype)
        self.language_model = Text(config.text, rngs, dtype)

    def seen(self, pixels: Float32[Array, "b p c"], plans: VisionPlan) -> Float[Array, "b n d"]:
        """Return the vision tokens of every prompt."""
        return jax.vmap(self.visual)(pixels, plans)

    def embedded(
        self, ids: Int[Array, "b t"], slots: Int[Array, "b t"], tokens: Float[Array, "b n d"]
    ) -> Float[Array, "b t d"]:
        """Return the embedding of each token, the vision tokens in their places."""
        words = self.language_model.embed_tokens[...][ids]
        places = jnp.maximum(slots, 0)[..., None]
        shown = jnp.take_along_axis(tokens.astype(words.dtype), places, axis=1)
        return jnp.where(slots[..., None] >= 0, shown, words)

    def __call__(
        self,
        ids: Int[Array, "b t"],
        positions: Int[Array, "3 b t"],
        slots: Int[Array, "b t"],
        pixels: Float32[Array, "b p c"],
        plans: VisionPlan,
    ) -> Float[Array, "b t v"]:
        """Return the logits after every token of prompts without padding."""
        length = ids.shape[1]
        mask = jnp.broadcast_to(jnp.tril(jnp.ones((length, length), bool)), (len(ids), 1, length, length))
        x = self.embedded(ids, slots, self.seen(pixels, plans))
        hidden, _ = self.language_model(x, positions, mask)
        return self.language_model.logits(hidden)
