"""The text stack: a decoder whose positions have three axes; layer names are those of Hugging Face's files.

The stack knows nothing of pictures. A model with norms of queries and keys and without biases (Qwen3-VL) differs in
`SelfAttention.__init__` and in `axis_of_frequency`.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from mebench.methods.qwen2_5_vl.network.attention import attend, attend_cached
from mebench.methods.qwen2_5_vl.network.config import TextConfig
from mebench.methods.qwen2_5_vl.network.layers import Linear, Mlp, Norm, split_key
from mebench.methods.qwen2_5_vl.network.rope import Angles, text_angles, turned


class LayerCache(NamedTuple):
    """Keys and values of one layer, heads before tokens."""

    key: Float[Array, "b groups s width"]
    value: Float[Array, "b groups s width"]


class SelfAttention(nnx.Module):
    """Causal attention with fewer heads of keys and values than of queries."""

    def __init__(self, config: TextConfig, dtype: DTypeLike) -> None:
        self.config = config
        width, own, shared = config.hidden_size, config.num_attention_heads, config.num_key_value_heads
        self.q_proj = Linear(width, own * config.head_dim, True, dtype)
        self.k_proj = Linear(width, shared * config.head_dim, True, dtype)
        self.v_proj = Linear(width, shared * config.head_dim, True, dtype)
        self.o_proj = Linear(own * config.head_dim, width, False, dtype)

    def __call__(
        self, x: Float[Array, "b t d"], angles: Angles, key: PRNGKeyArray | None = None
    ) -> tuple[Float[Array, "b t d"], LayerCache]:
        """Return what each token gathers from those up to itself, and the keys and values."""
        b, t, _ = x.shape
        keys = split_key(key, 4)
        q, k, v = self._heads(x, angles, keys)
        gathered = attend(q, k, v, causal=True).reshape(b, t, -1)
        cache = LayerCache(k.swapaxes(1, 2), v.swapaxes(1, 2))
        return self.o_proj(gathered, keys[3]), cache

    def step(
        self, x: Float[Array, "b 1 d"], angles: Angles, cache: LayerCache, at: Int[Array, ""], seen: Bool[Array, "b s"]
    ) -> tuple[Float[Array, "b 1 d"], LayerCache]:
        """Return what one new token gathers, and the cache with it at place `at`."""
        q, k, v = self._heads(x, angles, split_key(None, 3))
        cache = LayerCache(
            lax.dynamic_update_slice_in_dim(cache.key, k.swapaxes(1, 2), at, 2),
            lax.dynamic_update_slice_in_dim(cache.value, v.swapaxes(1, 2), at, 2),
        )
        gathered = attend_cached(q, *cache, seen).reshape(len(x), 1, -1)
        return self.o_proj(gathered), cache

    def _heads(
        self, x: Float[Array, "b t d"], angles: Angles, keys: list[PRNGKeyArray | None]
    ) -> tuple[Float[Array, "b t h w"], Float[Array, "b t g w"], Float[Array, "b t g w"]]:
        b, t, _ = x.shape
        q = self.q_proj(x, keys[0]).reshape(b, t, -1, self.config.head_dim)
        k = self.k_proj(x, keys[1]).reshape(b, t, -1, self.config.head_dim)
        v = self.v_proj(x, keys[2]).reshape(b, t, -1, self.config.head_dim)
        return turned(q, angles), turned(k, angles), v


class Layer(nnx.Module):
    """Attention and MLP, each on a normed copy that is added back."""

    def __init__(self, config: TextConfig, dtype: DTypeLike) -> None:
        self.input_layernorm = Norm(config.hidden_size, config.rms_norm_eps, dtype)
        self.post_attention_layernorm = Norm(config.hidden_size, config.rms_norm_eps, dtype)
        self.self_attn = SelfAttention(config, dtype)
        self.mlp = Mlp(config.hidden_size, config.intermediate_size, False, dtype)

    def __call__(
        self, x: Float[Array, "b t d"], angles: Angles, key: PRNGKeyArray | None = None
    ) -> tuple[Float[Array, "b t d"], LayerCache]:
        """Return the new x of whole prompts, and keys and values."""
        keys = split_key(key, 2)
        gathered, cache = self.self_attn(self.input_layernorm(x), angles, keys[0])
        x = x + gathered
        return x + self.mlp(self.post_attention_layernorm(x), keys[1]), cache

    def step(
        self, x: Float[Array, "b 1 d"], angles: Angles, cache: LayerCache, at: Int[Array, ""], seen: Bool[Array, "b s"]
    ) -> tuple[Float[Array, "b 1 d"], LayerCache]:
        """Return the new x of one token, and the cache with it."""
        gathered, cache = self.self_attn.step(self.input_layernorm(x), angles, cache, at, seen)
        x = x + gathered
        return x + self.mlp(self.post_attention_layernorm(x)), cache


class Embedding(nnx.Module):
    """One row a token of the vocabulary."""

    def __init__(self, rows: int, width: int, dtype: DTypeLike) -> None:
        self.weight = nnx.Param(jnp.zeros((rows, width), dtype))

    def __call__(self, ids: Int[Array, "b t"]) -> Float[Array, "b t d"]:
        """Return the rows of the tokens."""
        return self.weight[...][ids]


class LanguageModel(nnx.Module):
    """Embedded tokens to hidden states."""

    def __init__(self, config: TextConfig, dtype: DTypeLike) -> None:
        self.config = config
        self.embed_tokens = Embedding(config.vocab_size, config.hidden_size, dtype)
        self.layers = nnx.List([Layer(config, dtype) for _ in range(config.num_hidden_layers)])
        self.norm = Norm(config.hidden_size, config.rms_norm_eps, dtype)

    def __call__(
        self,
        x: Float[Array, "b t d"],
        positions: Int[Array, "3 b t"],
        key: PRNGKeyArray | None = None,
        remat: bool = False,
    ) -> tuple[Float[Array, "b t d"], list[LayerCache]]:
        """Return normed hidden states of whole prompts, and the cache of each layer.

        Args:
            x: embedded tokens; what stands behind a prompt's end changes nothing before it.
            positions: time, row and column of each token.
            key: for dropout of adapters; None: no dropout.
            remat: keep only each layer's input for the gradient, and compute the rest again. No cache is returned.
        """
        angles = text_angles(positions, self.config)
        caches = []
        for number, layer in enumerate(self.layers):
            own = None if key is None else jax.random.fold_in(key, number)
            if remat:
                x = jax.checkpoint(lambda x, layer=layer, own=own: layer(x, angles, own)[0])(x)
                continue
            x, cache = layer(x, angles, own)
            caches.append(cache)
        return self.norm(x), caches

    def step(
        self,
        x: Float[Array, "b 1 d"],
        positions: Int[Array, "3 b 1"],
        caches: list[LayerCache],
        at: Int[Array, ""],
        seen: Bool[Array, "b s"],
    ) -> tuple[Float[Array, "b 1 d"], list[LayerCache]]:
        """Return the normed hidden state of one new token a prompt, and the caches with it.

        Args:
            x: the embedded token.
            positions: time, row and column; equal for text.
            caches: of each layer.
            at: place in the caches where this token goes.
            seen: places of the caches that it may see, its own among them.
        """
        angles = text_angles(positions, self.config)
        new = []
        for layer, cache in zip(self.layers, caches, strict=True):
            x, cache = layer.step(x, angles, cache, at, seen)
            new.append(cache)
        return self.norm(x), new
