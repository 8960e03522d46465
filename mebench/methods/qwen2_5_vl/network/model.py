"""Qwen2.5-VL: vision tower, text stack and head as one module."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Float32, Int, PRNGKeyArray

from mebench.methods.qwen2_5_vl.network.config import NetworkConfig
from mebench.methods.qwen2_5_vl.network.layers import Linear, split_key
from mebench.methods.qwen2_5_vl.network.plan import PromptInputs, VisionInputs
from mebench.methods.qwen2_5_vl.network.text import LanguageModel
from mebench.methods.qwen2_5_vl.network.vision import VisionTower


class Qwen25VL(nnx.Module):
    """The whole network; `read_model` fills it with weights."""

    def __init__(self, config: NetworkConfig, dtype: DTypeLike = jnp.bfloat16) -> None:
        self.config = config
        self.visual = VisionTower(config.vision, dtype)
        self.language_model = LanguageModel(config.text, dtype)
        size = (config.text.hidden_size, config.text.vocab_size)
        self.lm_head = None if config.tie_word_embeddings else Linear(*size, False, dtype)

    def features(self, vision: VisionInputs, key: PRNGKeyArray | None = None) -> Float[Array, "tokens d"]:
        """Return one row for every token of the pictures and videos, in the order that `slots` count."""
        return self.visual(vision.pixels, vision.places, vision.valid, key)

    def embedded(
        self, ids: Int[Array, "b t"], slots: Int[Array, "b t"], features: Float[Array, "tokens d"] | None
    ) -> Float[Array, "b t d"]:
        """Return embedded tokens, with rows of the features in place of the placeholders."""
        x = self.language_model.embed_tokens(ids)
        if features is None:
            return x
        rows = features.astype(x.dtype)[jnp.maximum(slots, 0)]
        return jnp.where((slots >= 0)[..., None], rows, x)

    def logits(self, hidden: Float[Array, "*b d"]) -> Float32[Array, "*b v"]:
        """Return logits of the next token.

        The tied table stands as (tokens, d): the barriers keep XLA from turning the product into x times its
        transpose, which is half as fast for few rows on CPU.
        """
        if self.lm_head is not None:
            return jnp.matmul(hidden, self.lm_head.kernel[...], preferred_element_type=jnp.float32)
        table = self.language_model.embed_tokens.weight[...]
        columns = lax.optimization_barrier(hidden.reshape(-1, hidden.shape[-1]).T)  # (d, b)
        product = jnp.matmul(table, columns, preferred_element_type=jnp.float32)  # (v, b)
        return lax.optimization_barrier(product).T.reshape(*hidden.shape[:-1], -1)

    def __call__(self, inputs: PromptInputs, key: PRNGKeyArray | None = None) -> Float32[Array, "b t v"]:
        """Return logits after every token of whole prompts; those behind a prompt's end mean nothing."""
        keys = split_key(key, 2)
        features = inputs.features if inputs.vision is None else self.features(inputs.vision, keys[0])
        x = self.embedded(inputs.ids, inputs.slots, features)
        hidden, _ = self.language_model(x, inputs.positions, keys[1])
        return self.logits(hidden)


@dataclass(frozen=True)
class Skeleton:
    """A model without numbers.

    Attributes:
        graph: its structure.
        tree: structure of its state.
        shapes: of each parameter by name, in the order of the state's leaves.
    """

    graph: nnx.GraphDef[Qwen25VL]
    tree: jax.tree_util.PyTreeDef
    shapes: dict[str, tuple[int, ...]]

    def filled(self, leaves: Mapping[str, Array]) -> Qwen25VL:
        """Return the model with these numbers."""
        return nnx.merge(self.graph, jax.tree.unflatten(self.tree, [leaves[name] for name in self.shapes]))


def skeleton_of(config: NetworkConfig, dtype: DTypeLike = jnp.bfloat16) -> Skeleton:
    """Return the model of a config; nothing is allocated."""
    graph, state = nnx.split(nnx.eval_shape(lambda: Qwen25VL(config, dtype)))
    named = {leaf_name(path): leaf.shape for path, leaf in jax.tree_util.tree_leaves_with_path(state)}
    return Skeleton(graph, jax.tree.structure(state), named)


def leaf_name(path: tuple[Any, ...]) -> str:
    """Return the name of a leaf of the model's state: `language_model.layers.0.mlp.up_proj.kernel`."""
    return jax.tree_util.keystr(path, simple=True, separator=".").removesuffix(".value")


def parameter_count(config: NetworkConfig) -> int:
    """Return how many numbers the model has; nothing is allocated."""
    return sum(math.prod(shape) for shape in skeleton_of(config).shapes.values())
