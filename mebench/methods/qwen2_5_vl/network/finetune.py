"""Fine-tuning of Qwen2.5-VL by LoRA: one compiled step over accumulated batches, loss on the answers alone.

Only the adapters move (float32, Adam with clipping); base weights keep their type. Where no adapter is in the vision
tower, its rows are computed once a clip (`mebench.methods.qwen2_5_vl.network.clip_rows`). A state that was saved and
restored goes on to the same bits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax import lax
from jax.sharding import NamedSharding, PartitionSpec
from jaxtyping import Array, Float, Float32, Int32, PRNGKeyArray

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.config import NetworkConfig
from mebench.methods.qwen2_5_vl.network.layers import split_key
from mebench.methods.qwen2_5_vl.network.model import Qwen25VL, leaf_name
from mebench.methods.qwen2_5_vl.network.plan import Buckets, Placed, PromptInputs, make_inputs


@dataclass(frozen=True)
class FinetuneConfig:
    """Settings of the optimiser of adapters.

    Attributes:
        learning_rate: highest one; it falls to 0 by a cosine.
        warmup: share of all steps over which it rises from 0.
        weight_decay: of AdamW.
        clip: largest norm of the gradient.
        accumulate: batches in one step.
        remat: keep only each layer's input for the gradient.
        seed: of the dropout.
    """

    learning_rate: float = 1e-4
    warmup: float = 0.0
    weight_decay: float = 0.0
    clip: float = 1.0
    accumulate: int = 1
    remat: bool = True
    seed: int = 0

    def optimiser(self) -> optax.GradientTransformation:
        """Return clipping and AdamW for a learning rate of 1; `rate` gives what its step is multiplied with."""
        return optax.chain(
            optax.clip_by_global_norm(self.clip), optax.adamw(1.0, b2=0.999, weight_decay=self.weight_decay)
        )

    def rate(self, step: Int32[Array, ""], steps: Int32[Array, ""]) -> Float32[Array, ""]:
        """Return the learning rate of a step, from 0, of so many: a linear rise, then half a cosine to 0."""
        rise = self.warmup * steps
        share = jnp.clip((step - rise) / jnp.maximum(steps - rise, 1), 0, 1)
        falling = 0.5 * (1 + jnp.cos(jnp.pi * share))
        return self.learning_rate * jnp.where(step < rise, step / jnp.maximum(rise, 1), falling)


@dataclass(frozen=True)
class TrainBatch:
    """Prompts with their answers: numpy on the host; behind `stack_batches` with a leading axis.

    Attributes:
        inputs: prompts that go on with their answers.
        places: of the tokens after which each token of the answer comes.
        targets: tokens of the answers.
        weights: 1 for those, 0 for padding.
    """

    inputs: PromptInputs
    places: Any
    targets: Any
    weights: Any


jax.tree_util.register_dataclass(TrainBatch)


class TuneState(NamedTuple):
    """State of training: adapters and what the optimiser keeps.

    Attributes:
        adapters: matrices by name.
        moments: of the optimiser.
        step: steps that are done.
    """

    adapters: dict[str, Float32[Array, "..."]]
    moments: optax.OptState
    step: Int32[Array, ""]


def answered(placed: Placed, answer: Int32[np.ndarray, " n"]) -> Placed:
    """Return a prompt that goes on with its answer."""
    prompt = replace(placed.prompt, ids=np.concatenate([placed.prompt.ids, answer]))
    after = np.tile(np.arange(len(answer), dtype=np.int32) + np.int32(placed.following), (3, 1))
    positions = np.concatenate([placed.positions, after], axis=1)
    return Placed(prompt, positions, placed.following + len(answer))


def make_train_batch(
    placed: Sequence[Placed],
    answers: Sequence[Int32[np.ndarray, " _"]],
    config: NetworkConfig,
    buckets: Buckets,
    longest: int,
    features: Float[np.ndarray, "rows d"] | None = None,
) -> TrainBatch:
    """Return a batch to learn from.

    Args:
        placed: prompts, at most as many as the buckets have rows.
        answers: tokens of each answer with the one that ends it (`mebench.methods.qwen2_5_vl.network.chat.answer_ids`).
        config: of the model.
        buckets: shapes, with room for prompt and answer.
        longest: tokens of the longest answer.
        features: of `ClipRows`; None: the step computes them, with a gradient where they need one.

    Raises:
        MebenchError: an answer is empty or longer than `longest`; see also `make_inputs`.
    """
    lengths = [len(answer) for answer in answers]
    if len(lengths) != len(placed) or not lengths or min(lengths) < 1 or max(lengths) > longest:
        raise MebenchError(f"{len(placed)} prompts with answers of {lengths} tokens; allowed: one each, 1 to {longest}")
    inputs = make_inputs([answered(*pair) for pair in zip(placed, answers, strict=True)], config, buckets)
    shape = (buckets.prompts, longest)
    places, targets, weights = np.zeros(shape, np.int32), np.zeros(shape, np.int32), np.zeros(shape, np.float32)
    for row, (one, answer) in enumerate(zip(placed, answers, strict=True)):
        n = len(answer)
        places[row, :n] = len(one.prompt.ids) - 1 + np.arange(n)
        targets[row, :n], weights[row, :n] = answer, 1
    if features is not None:
        inputs = replace(inputs, vision=None, features=features)
    return TrainBatch(inputs, places, targets, weights)


def stack_batches(batches: Sequence[TrainBatch]) -> TrainBatch:
    """Return batches of one shape as one, for a step that accumulates."""
    return jax.tree.map(lambda *parts: np.stack(parts), *batches)


class Finetuner:
    """A model with adapters, its optimiser and the compiled step."""

    def __init__(self, model: Qwen25VL, config: FinetuneConfig) -> None:
        self.config, self._optimiser = config, config.optimiser()
        self._graph, *states = nnx.split(model, nnx.LoRAParam, ...)
        adapters, base = states
        self._names = [leaf_name(path) for path, _ in jax.tree_util.tree_leaves_with_path(adapters)]
        if not self._names:
            raise MebenchError("a model without adapters cannot be fine-tuned; call add_lora first")
        leaves, self._adapter_tree = jax.tree.flatten(adapters)
        self._first = dict(zip(self._names, leaves, strict=True))
        self._base, self._base_tree = jax.tree.flatten(base)
        self._step = jax.jit(self._one_step, donate_argnums=0)

    def start(self) -> TuneState:
        """Return the state before the first step, on every device that the model is on."""
        adapters = jax.tree.map(jnp.copy, self._first)
        state = TuneState(adapters, self._optimiser.init(adapters), jnp.int32(0))
        where = self._base[0].sharding
        return (
            jax.device_put(state, NamedSharding(where.mesh, PartitionSpec()))
            if isinstance(where, NamedSharding)
            else state
        )

    def step(self, state: TuneState, batch: TrainBatch, steps: int) -> tuple[TuneState, Float32[Array, ""]]:
        """Return the state after one more step, and the mean loss of a token before it. The old state is used up.

        Args:
            state: of `start` or of the step before.
            batch: of `stack_batches`, with `accumulate` batches.
            steps: of the whole training, for the learning rate.

        Raises:
            MebenchError: another number of batches.
        """
        if len(batch.weights) != self.config.accumulate or batch.weights.ndim != 3:
            raise MebenchError(f"{batch.weights.shape} weights; stack_batches of {self.config.accumulate} batches")
        return self._step(state, self._base, batch, np.int32(steps))

    def model(self, state: TuneState) -> Qwen25VL:
        """Return the model with the adapters of a state."""
        return self._merged(state.adapters, self._base)

    def loss(
        self, adapters: Mapping[str, Array], base: list[Array], batch: TrainBatch, key: PRNGKeyArray | None
    ) -> Float32[Array, ""]:
        """Return the sum of the cross-entropy over the answers' tokens of one batch."""
        model, inputs, keys = self._merged(adapters, base), batch.inputs, split_key(key, 2)
        features = inputs.features if inputs.vision is None else model.features(inputs.vision, keys[0])
        x = model.embedded(inputs.ids, inputs.slots, features)
        hidden, _ = model.language_model(x, inputs.positions, keys[1], self.config.remat)
        chosen = jnp.take_along_axis(hidden, batch.places[..., None], axis=1)  # (b, a, d)
        losses = optax.softmax_cross_entropy_with_integer_labels(model.logits(chosen), batch.targets)
        return (losses * batch.weights).sum()

    def _merged(self, adapters: Mapping[str, Array], base: list[Array]) -> Qwen25VL:
        own = jax.tree.unflatten(self._adapter_tree, [adapters[name] for name in self._names])
        return nnx.merge(self._graph, own, jax.tree.unflatten(self._base_tree, base))

    def _one_step(
        self, state: TuneState, base: list[Array], batch: TrainBatch, steps: Int32[Array, ""]
    ) -> tuple[TuneState, Float32[Array, ""]]:
        key = jax.random.fold_in(jax.random.key(self.config.seed), state.step)
        count = jnp.maximum(batch.weights.sum(), 1)

        def one(total: tuple[Array, Any], part: tuple[Array, TrainBatch]) -> tuple[tuple[Array, Any], None]:
            own = jax.random.fold_in(key, part[0])
            found = jax.value_and_grad(self.loss)(state.adapters, base, part[1], own)
            return jax.tree.map(jnp.add, total, found), None

        zero = (jnp.zeros(()), jax.tree.map(jnp.zeros_like, state.adapters))
        (loss, gradient), _ = lax.scan(one, zero, (jnp.arange(self.config.accumulate), batch))
        gradient = jax.tree.map(lambda part: part / count, gradient)
        updates, moments = self._optimiser.update(gradient, state.moments, state.adapters)
        rate = self.config.rate(state.step, steps)
        adapters = optax.apply_updates(state.adapters, jax.tree.map(lambda part: part * rate, updates))
        return TuneState(adapters, moments, state.step + 1), loss / count
