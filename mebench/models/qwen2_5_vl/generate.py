"""Answers token by token in one compiled program: prefill, then a loop on the device with a cache."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax
from jaxtyping import Array, Bool, Float, Int, Int32, UInt32

from mebench.models.qwen2_5_vl.batch import Batch
from mebench.models.qwen2_5_vl.model import Qwen
from mebench.models.qwen2_5_vl.text import KeyValue


@dataclass(frozen=True)
class Sampling:
    """How a token is chosen.

    Attributes:
        new_tokens: most that an answer has.
        stop: ids that end an answer.
        temperature: 0 takes the most probable token.
        top_p: share of the probability that tokens are drawn from, the most probable first.
    """

    new_tokens: int = 128
    stop: tuple[int, ...] = (151645, 151643)
    temperature: float = 0.0
    top_p: float = 1.0


class Generator:
    """A model taken apart once, so that a call hands the device flat leaves and no module."""

    def __init__(self, model: Qwen, sampling: Sampling) -> None:
        """Take the model's weights as they are; later changes to the model are not seen."""
        self._graph, state = nnx.split(model)
        self._leaves, self._tree = jax.tree.flatten(state)
        self._sampling = sampling

    def __call__(self, batch: Batch, seeds: UInt32[np.ndarray, " b"]) -> tuple[Int32[np.ndarray, "b n"], np.ndarray]:
        """Return the new tokens of each row, and how many count: up to the one that stops it, or all.

        Args:
            batch: of prompts.
            seeds: of each row's draws; unused at temperature 0. A row's answer depends on its own prompt and seed.
        """
        tokens, counts = _generate(
            self._leaves, batch, jnp.asarray(seeds), graph=self._graph, tree=self._tree, sampling=self._sampling
        )
        return np.asarray(tokens), np.asarray(counts)


def cut(tokens: Int[np.ndarray, " n"], count: int, stop: tuple[int, ...]) -> list[int]:
    """Return the tokens of an answer without the one that stopped it."""
    found = [int(token) for token in tokens[:count]]
    return found[:-1] if found and found[-1] in stop else found


@partial(jax.jit, static_argnames=("graph", "tree", "sampling"))
def _generate(
    leaves: list[Array], batch: Batch, seeds: UInt32[Array, " b"], graph: Any, tree: Any, sampling: Sampling
) -> tuple[Int32[Array, "b n"], Int32[Array, " b"]]:
    model: Qwen = nnx.merge(graph, jax.tree.unflatten(tree, leaves))
    hidden, caches = _prefill(model, batch, sampling.new_tokens)
    rows, length = batch.ids.shape
    keys = jax.vmap(jax.random.key)(seeds)
    first = _choose(model.language_model.logits(hidden), keys, jnp.zeros((), jnp.int32), sampling)
    tokens = jnp.zeros((rows, sampling.new_tokens), jnp.int32).at[:, 0].set(first)
    state = jnp.ones((), jnp.int32), tokens, _stopped(first, sampling), jnp.ones(rows, jnp.int32), caches

    def going(state: Any) -> Bool[Array, ""]:
        return (state[0] < sampling.new_tokens) & ~state[2].all()

    def step(state: Any) -> Any:
        number, tokens, done, counts, caches = state
        last = lax.dynamic_index_in_dim(tokens, number - 1, 1, keepdims=False)
        place = jnp.arange(length + sampling.new_tokens)
        seen = (place < jnp.asarray(batch.lengths)[:, None]) | ((place >= length) & (place < length + number))
        positions = jnp.broadcast_to(jnp.asarray(batch.follow)[None, :, None] + number - 1, (3, rows, 1))
        x = model.language_model.embed_tokens[...][last][:, None]
        hidden, caches = model.language_model(x, positions, seen[:, None, None], caches, length + number - 1)
        chosen = _choose(model.language_model.logits(hidden[:, 0]), keys, number, sampling)
        chosen = jnp.where(done, 0, chosen)
        tokens = lax.dynamic_update_slice_in_dim(tokens, chosen[:, None], number, axis=1)
        return number + 1, tokens, done | _stopped(chosen, sampling), counts + ~done, caches

    _, tokens, _, counts, _ = lax.while_loop(going, step, state)
    return tokens, counts


def _prefill(model: Qwen, batch: Batch, room: int) -> tuple[Float[Array, "b d"], tuple[KeyValue, ...]]:
    """Return the hidden state of each prompt's last token, and caches with room for the answer."""
    length = batch.ids.shape[1]
    lengths = jnp.asarray(batch.lengths)
    ids, slots, positions = (jnp.asarray(array) for array in (batch.ids, batch.slots, batch.positions))
    x = model.embedded(ids, slots, model.seen(jnp.asarray(batch.pixels), batch.plans))
    place = jnp.arange(length)
    mask = (place[:, None] >= place[None, :]) & (place[None, None, :] < lengths[:, None, None])
    hidden, caches = model.language_model(x, positions, mask[:, None])
    last = jnp.take_along_axis(hidden, (lengths - 1)[:, None, None], axis=1)[:, 0]
    widen = ((0, 0), (0, room), (0, 0), (0, 0))
    return last, tuple(KeyValue(jnp.pad(one.key, widen), jnp.pad(one.value, widen)) for one in caches)


def _stopped(tokens: Int32[Array, " b"], sampling: Sampling) -> Bool[Array, " b"]:
    return jnp.isin(tokens, jnp.array(sampling.stop, jnp.int32))


def _choose(logits: Float[Array, "b v"], keys: Array, number: Int[Array, ""], sampling: Sampling) -> Int32[Array, " b"]:
    """Return the next token of each row: the most probable, or one drawn from the most probable `top_p`."""
    wide = logits.astype(jnp.float32)
    if sampling.temperature == 0:
        return wide.argmax(-1).astype(jnp.int32)
    scaled = wide / sampling.temperature
    order = jnp.argsort(-scaled, axis=-1)
    ranked = jnp.take_along_axis(scaled, order, axis=-1)
    before = jnp.cumsum(jax.nn.softmax(ranked, axis=-1), axis=-1) - jax.nn.softmax(ranked, axis=-1)
    kept = jnp.where(before < sampling.top_p, ranked, -jnp.inf)
    own = jax.vmap(lambda key: jax.random.fold_in(key, number))(keys)
    drawn = jax.vmap(jax.random.categorical)(own, kept)
    return jnp.take_along_axis(order, drawn[:, None], axis=-1)[:, 0].astype(jnp.int32)
