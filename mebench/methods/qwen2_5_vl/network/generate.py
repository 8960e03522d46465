"""Answers of Qwen2.5-VL: prefill and every following token in one compiled program.

Prompts are padded on the right to one length; new tokens go behind the padding in the cache, which hides the gap, and
their positions go on from the prompt's true end. An answer depends on its own prompt only, whatever the batch.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax
from jaxtyping import Array, Bool, Float, Float32, Int32, Key, UInt32

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.model import Qwen25VL
from mebench.methods.qwen2_5_vl.network.plan import Buckets, Placed, PromptInputs, make_inputs
from mebench.methods.qwen2_5_vl.network.text import LayerCache

END_TOKENS = (151645, 151643)
"""Tokens that end an answer in the released vocabulary: im_end, endoftext."""


@dataclass(frozen=True)
class Sampling:
    """Settings of the choice of the next token.

    Attributes:
        max_new_tokens: longest answer in tokens.
        temperature: 0 takes the likeliest token; above it, tokens are drawn.
        top_p: draw from the likeliest tokens that together reach this probability.
        top_k: draw from so many of the likeliest tokens, before `top_p`; 0 draws from all.
        repetition_penalty: logits of tokens that were seen before, in prompt or answer, are divided by this where
            above 0 and multiplied where below (as transformers does); 1 changes nothing.
        seed: of what is drawn.
        end_tokens: each ends the answer.
    """

    max_new_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    repetition_penalty: float = 1.0
    seed: int = 0
    end_tokens: tuple[int, ...] = END_TOKENS

    def __post_init__(self) -> None:
        good = self.temperature >= 0 and self.top_k >= 0 and 0 < self.top_p <= 1 and self.repetition_penalty > 0
        if not good or self.max_new_tokens < 1:
            raise MebenchError(
                f"sampling {self}: allowed are max_new_tokens from 1, temperature from 0, top_p above 0 up to 1,"
                " top_k from 0, repetition_penalty above 0"
            )


class Generator:
    """A model that answers batches of one shape; the first call compiles."""

    def __init__(self, model: Qwen25VL, buckets: Buckets, sampling: Sampling) -> None:
        self._graph, state = nnx.split(model)
        self._leaves, tree = jax.tree.flatten(state)
        self.config, self.buckets, self.sampling = model.config, buckets, sampling
        self._program = jax.jit(partial(_answers, self._graph, tree, sampling))

    def with_model(self, model: Qwen25VL) -> "Generator":
        """Return one with the numbers of another model of the same structure; the compiled program is shared."""
        other = copy(self)
        other._leaves = jax.tree.leaves(nnx.state(model))
        return other

    def __call__(self, placed: Sequence[Placed], numbers: Sequence[int] = ()) -> list[Int32[np.ndarray, " _"]]:
        """Return the tokens of each answer, without the one that ended it.

        Args:
            placed: at most as many prompts as the buckets have rows.
            numbers: of the prompts in the experiment; with the seed they decide what is drawn. None: 0, 1, ...

        Raises:
            MebenchError: see `make_inputs`.
        """
        return self.answers(make_inputs(placed, self.config, self.buckets), len(placed), numbers)

    def answers(self, inputs: PromptInputs, count: int, numbers: Sequence[int] = ()) -> list[Int32[np.ndarray, " _"]]:
        """Return the answers of the first `count` rows of a batch; see `__call__`."""
        drawn = np.zeros(len(inputs.ids), np.uint32)
        drawn[:count] = np.asarray(numbers if len(numbers) else range(count), np.uint32)
        asked = np.arange(len(inputs.ids)) < count
        tokens, lengths = jax.device_get(self._program(self._leaves, inputs, drawn, asked))
        return [row[:length] for row, length in zip(tokens[:count], lengths[:count], strict=True)]


class _Loop(NamedTuple):
    """Loop state while tokens are made."""

    step: Int32[Array, ""]
    token: Int32[Array, " b"]
    ended: Bool[Array, " b"]
    tokens: Int32[Array, "b n"]
    seen: Bool[Array, "b v"] | None
    caches: list[LayerCache]


def _answers(
    graph: nnx.GraphDef[Qwen25VL],
    tree: jax.tree_util.PyTreeDef,
    sampling: Sampling,
    leaves: list[Array],
    inputs: PromptInputs,
    numbers: UInt32[Array, " b"],
    asked: Bool[Array, " b"],
) -> tuple[Int32[Array, "b n"], Int32[Array, " b"]]:
    """Return tokens and their number before the end; rows that are not asked end at once."""
    model = nnx.merge(graph, jax.tree.unflatten(tree, leaves))
    text, steps = model.language_model, sampling.max_new_tokens
    b, t = inputs.ids.shape
    keys = jax.vmap(lambda number: jax.random.fold_in(jax.random.key(sampling.seed), number))(numbers)
    hidden, caches = prefill(model, inputs, steps)
    seen = _seen(inputs, model.config.text.vocab_size) if sampling.repetition_penalty != 1 else None
    places = jnp.arange(t + steps)[None]
    written = places < inputs.lengths[:, None]

    def after(loop: _Loop, hidden: Float[Array, "b d"]) -> _Loop:
        """Choose the token number loop.step."""
        token = choose(
            model.logits(hidden), loop.seen, sampling, jax.vmap(jax.random.fold_in, (0, None))(keys, loop.step)
        )
        ended = loop.ended | jnp.isin(token, jnp.array(sampling.end_tokens, jnp.int32))
        tokens = loop.tokens.at[:, loop.step].set(jnp.where(ended, -1, token))
        seen = None if loop.seen is None else loop.seen.at[jnp.arange(b), token].set(True)
        return loop._replace(step=loop.step + 1, token=token, ended=ended, tokens=tokens, seen=seen)

    def body(loop: _Loop) -> _Loop:
        """Put the newest token through the model and choose the next."""
        at = t + loop.step - 1
        position = jnp.broadcast_to((inputs.following + loop.step - 1)[None, :, None], (3, b, 1))
        x = text.embed_tokens(loop.token[:, None])
        hidden, caches = text.step(x, position, loop.caches, at, written | ((places >= t) & (places <= at)))
        return after(loop._replace(caches=caches), hidden[:, 0])

    start = _Loop(jnp.int32(0), jnp.zeros(b, jnp.int32), ~asked, jnp.full((b, steps), -1, jnp.int32), seen, caches)
    done = lax.while_loop(lambda loop: (loop.step < steps) & ~loop.ended.all(), body, after(start, hidden))
    return done.tokens, (done.tokens >= 0).sum(1, dtype=jnp.int32)


def prefill(model: Qwen25VL, inputs: PromptInputs, room: int) -> tuple[Float[Array, "b d"], list[LayerCache]]:
    """Return the hidden state of each prompt's last token, and caches with room for so many more tokens."""
    features = inputs.features if inputs.vision is None else model.features(inputs.vision)
    x = model.embedded(inputs.ids, inputs.slots, features)
    hidden, caches = model.language_model(x, inputs.positions)
    caches = jax.tree.map(lambda part: jnp.pad(part, ((0, 0), (0, 0), (0, room), (0, 0))), caches)
    last = jnp.take_along_axis(hidden, (inputs.lengths - 1)[:, None, None], axis=1)[:, 0]
    return last, caches


def choose(
    logits: Float32[Array, "b v"], seen: Bool[Array, "b v"] | None, sampling: Sampling, keys: Key[Array, " b"]
) -> Int32[Array, " b"]:
    """Return the next token of each row; each draws with its own key."""
    if seen is not None:
        penalty = sampling.repetition_penalty
        logits = jnp.where(seen, jnp.where(logits < 0, logits * penalty, logits / penalty), logits)
    if sampling.temperature == 0:
        return logits.argmax(-1).astype(jnp.int32)
    logits = logits / sampling.temperature
    if 0 < sampling.top_k < logits.shape[-1]:
        least = lax.top_k(logits, sampling.top_k)[0][..., -1:]
        logits = jnp.where(logits >= least, logits, -jnp.inf)
    if sampling.top_p < 1:
        logits = _likeliest(logits, sampling.top_p)
    return jax.vmap(jax.random.categorical)(keys, logits).astype(jnp.int32)


def _likeliest(logits: Float32[Array, "b v"], top_p: float) -> Float32[Array, "b v"]:
    """Return logits with -inf for all but the likeliest tokens, the fewest that together reach `top_p`."""
    ordered = -jnp.sort(-logits, axis=-1)
    chances = jax.nn.softmax(ordered, axis=-1)
    kept = (jnp.cumsum(chances, axis=-1) - chances < top_p).sum(-1, keepdims=True)  # at least 1
    least = jnp.take_along_axis(ordered, kept - 1, axis=-1)
    return jnp.where(logits >= least, logits, -jnp.inf)


def _seen(inputs: PromptInputs, vocabulary: int) -> Bool[Array, "b v"]:
    """Return which tokens each prompt holds."""
    b, t = inputs.ids.shape
    real = jnp.arange(t)[None] < inputs.lengths[:, None]
    return (
        jnp.zeros((b, vocabulary), bool).at[jnp.arange(b)[:, None], jnp.where(real, inputs.ids, vocabulary)].set(True)
    )
