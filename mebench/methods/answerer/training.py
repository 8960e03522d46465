"""Training of the embedded answerer: its state, its step and its loss."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Bool, Float32, Int32, PRNGKeyArray

from mebench.methods.answerer.network import Answerer, Outputs, mirrored
from mebench.training.learner import Batch, Learner

NOISE = 0.05
"""Standard deviation of what is added to the input in training."""

WEIGHT_DECAY = 1e-2


class AnswererData(NamedTuple):
    """Every clip of an experiment, and what it shows.

    Attributes:
        clips: input of the model.
        units: 1 where an action unit is there.
        sides: 1 left, -1 right, 0 both or none.
        fine: number of the fine class.
    """

    clips: Float32[Array | np.ndarray, "n 32 32 3"]
    units: Float32[Array | np.ndarray, "n u"]
    sides: Float32[Array | np.ndarray, "n u"]
    fine: Int32[Array | np.ndarray, " n"]


class Training(NamedTuple):
    """State of training: weights, and what the optimiser keeps."""

    params: Any
    moments: Any


@dataclass(frozen=True)
class AnswererLearner(Learner):
    """One fold of the answerer.

    Attributes:
        units: action units that it knows.
        fines: fine classes.
        learning_rate: of Adam with weight decay.
    """

    units: int
    fines: int
    learning_rate: float

    def init(self, key: PRNGKeyArray) -> Training:
        """Return the untrained answerer of a fold."""
        params = nnx.state(Answerer(self.units, self.fines, nnx.Rngs(key)))
        return Training(params, self._rule.init(params))

    def step(
        self, state: Training, data: AnswererData, batch: Batch, key: PRNGKeyArray
    ) -> tuple[Training, Float32[Array, ""]]:
        """Return the answerer after one batch, and its loss (`batch_loss`)."""
        keys = jax.random.split(key)
        loss, gradient = jax.value_and_grad(
            lambda tree: batch_loss(self.model(tree), data, batch.rows, batch.valid, keys)
        )(state.params)
        updates, moments = self._rule.update(gradient, state.moments, state.params)
        return Training(optax.apply_updates(state.params, updates), moments), loss

    def model(self, params: Any) -> Answerer:
        """Return the network with these weights."""
        graph = nnx.graphdef(nnx.eval_shape(lambda: Answerer(self.units, self.fines, nnx.Rngs(0))))
        return nnx.merge(graph, params)

    def outputs(self, state: Training, clips: Float32[Array, "n 32 32 3"]) -> Outputs:
        """Return what a trained answerer says of clips."""
        return self.model(state.params)(clips)

    @property
    def _rule(self) -> optax.GradientTransformation:
        return optax.adamw(self.learning_rate, weight_decay=WEIGHT_DECAY)


def batch_loss(
    model: Answerer, data: AnswererData, rows: Int32[Array, " b"], valid: Bool[Array, " b"], keys: Array
) -> Float32[Array, ""]:
    """Return the loss of some clips and of their mirror images: units and sides by logistic loss, classes by entropy.

    Args:
        model: of one fold.
        data: all clips.
        rows: of the batch.
        valid: which of them count.
        keys: of noise and dropout.
    """
    clips = jnp.concatenate([data.clips[rows], mirrored(data.clips[rows])])
    units, fine = jnp.tile(data.units[rows], (2, 1)), jnp.tile(data.fine[rows], 2)
    sides = jnp.concatenate([data.sides[rows], -data.sides[rows]])
    clips = clips + NOISE * jax.random.normal(keys[0], clips.shape)
    said = model(clips, keys[1])
    weight = jnp.tile(valid, 2) / jnp.maximum(2 * valid.sum(), 1)
    sided = jnp.abs(sides) * jnp.tile(valid, 2)[:, None]
    of_sides = optax.sigmoid_binary_cross_entropy(said.sides, (sides > 0).astype(jnp.float32)) * sided
    of_units = optax.sigmoid_binary_cross_entropy(said.units, units).mean(1)
    of_fine = optax.softmax_cross_entropy_with_integer_labels(said.fine, fine)
    total: Float32[Array, ""] = (weight * (4 * of_units + of_fine)).sum() + of_sides.sum() / (sided.sum() + 1)
    return total
