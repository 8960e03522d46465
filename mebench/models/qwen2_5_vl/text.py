"""The text stack: decoder layers with grouped-query attention, mRoPE and a cache of keys and values."""

from typing import NamedTuple

import jax
from flax import nnx
from jaxtyping import Array, Bool, DTypeLike, Float, Int

from mebench.models.qwen2_5_vl.config import TextConfig
from mebench.models.qwen2_5_vl.layers import GatedMlp, Linear, Norm, attention
from mebench.models.qwen2_5_vl.rope import Rotation, rotated, text_rotation


class KeyValue(NamedTuple):
    """Keys and values of one layer; later tokens are written behind the prompt's."""

    key: Float[Array, "b s k d"]
    value: Float[Array, "b s k d"]


class TextAttention(nnx.Module):
    """Causal self-attention."""

    def __init__(self, config: TextConfig, rngs: nnx.Rngs, dtype: DTypeLike) -> None:
        """Draw the weights."""
        self.config = config
        wide, narrow = config.heads * config.head_size, config.kv_heads * config.head_size
        self.q_proj = Linear(config.hidden, wide, config.qkv_bias, rngs, dtype)
        self.k_proj = Linear(config.hidden, narrow, config.qkv_bias, rngs, dtype)
        self.v_proj = Linear(config.hidden, narrow, config.qkv_bias, rngs, dtype)
        self.o_proj = Linear(config.heads * config.head_size, config.hidden, False, rngs, dtype)

    def __call__(
        self,
        x: Float[Array, "b t d"],
        rotation: Rotation,
        mask: Bool[Array, "b 1 t s"],
        cache: KeyValue | None = None,
        at: Int[Array, ""] | int = 0,
    ) -> tuple[Float[Array, "b t d"], KeyValue]:
        """Return the layer's output and the keys and values, in the cache from `at` on where there is one."""
        b, t, _ = x.shape
        q, k, v = (
            getattr(self, name)(x).reshape(b, t, -1, self.config.head_size) for name in ("q_proj", "k_proj", "v_proj")
        )
        q, k = rotated(q, *rotation), rotated(k, *rotation)
        if cache is not None:
            k = jax.lax.dynamic_update_slice_in_dim(cache.key, k, at, axis=1)
            v = jax.lax.dynamic_update_slice_in_dim(cache.value, v, at, axis=1)
        return self.o_proj(attention(q, k, v, mask).reshape(b, t, -1)), KeyValue(k, v)


class TextLayer(nnx.Module):
    """One decoder layer."""

    def __init__(self, config: TextConfig, rngs: nnx.Rngs, dtype: DTypeLike) -> None:
        """Draw the weights."""
        self.input_layernorm = Norm(config.hidden, config.epsilon, dtype)
        self.post_attention_layernorm = Norm(config.hidden, config.epsilon, dtype)
        self.self_attn = TextAttention(config, rngs, dtype)
        self.mlp = GatedMlp(config.hidden, config.mlp, False, rngs, dtype)

    def __call__(
        self,
        x: Float[Array, "b t d"],
        rotation: Rotation,
        mask: Bool[Array, "b 1 t s"],
        cache: KeyValue | None = None,
        at: Int[Array, ""] | int = 0,
    ) -> tuple[Float[Array, "b t d"], KeyValue]:
        """Return the layer's output, and its keys and values."""
        seen, kept = self.self_attn(self.input_layernorm(x), rotation, mask, cache, at)
        x = x + seen
        return x + self.mlp(self.post_attention_layernorm(x)), kept


class Text(nnx.Module):
    """Embedding, layers, norm and head."""

    def __init__(self, config: TextConfig, rngs: nnx.Rngs, dtype: DTypeLike) -> None:
        """Draw the weights."""
        self.config = config
        shape = (config.vocabulary, config.hidden)
        self.embed_tokens = nnx.Param((jax.random.normal(rngs.params(), shape) * 0.02).astype(dtype))
        self.layers = nnx.List([TextLayer(config, rngs, dtype) for _ in range(config.layers)])
        self.norm = Norm(config.hidden, config.epsilon, dtype)
        self.lm_head = None if config.tied else Linear(config.hidden, config.vocabulary, False, rngs, dtype)

    def __call__(
        self,
        x: Float[Array, "b t d"],
        positions: Int[Array, "3 b t"],
        mask: Bool[Array, "b 1 t s"],
        caches: tuple[KeyValue, ...] | None = None,
        at: Int[Array, ""] | int = 0,
    ) -> tuple[Float[Array, "b t d"], tuple[KeyValue, ...]]:
        """Return hidden states after the last norm, and the keys and values of every layer."""
        cosine, sine = text_rotation(positions, self.config)
        rotation = cosine.astype(x.dtype), sine.astype(x.dtype)
        kept = []
        for number, layer in enumerate(self.layers):
            x, own = layer(x, rotation, mask, None if caches is None else caches[number], at)
            kept.append(own)
        return self.norm(x), tuple(kept)

    def logits(self, hidden: Float[Array, "*b d"]) -> Float[Array, "*b v"]:
        """Return the logits of the next token."""
        if self.lm_head is None:
            return hidden @ self.embed_tokens[...].T
        return self.lm_head(hidden)
