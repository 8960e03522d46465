"""Training of the embedded answerer: every fold in one compiled program."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax import lax
from jaxtyping import Array, Bool, Float32, Int, Int32, PRNGKeyArray

from mebench.methods.answerer.network import Answerer, Outputs, mirrored
from mebench.methods.mean.loop import shuffled

NOISE = 0.05
"""Standard deviation of what is added to the input in training."""

WEIGHT_DECAY = 1e-2


Moving = tuple[nnx.State, optax.OptState]
"""What training changes: weights, and the state of the optimiser."""


class AnswererData(NamedTuple):
    """Every clip of an experiment, and what it shows.

    Attributes:
        clips: input of the model.
        units: 1 where an action unit is there.
        sides: 1 left, -1 right, 0 both or none.
        fine: number of the fine class.
    """

    clips: Float32[Array, "n 32 32 3"]
    units: Float32[Array, "n u"]
    sides: Float32[Array, "n u"]
    fine: Int32[Array, " n"]


class AnswererSettings(NamedTuple):
    """Constants of the training: hashable, because each is compiled in."""

    fines: int
    epochs: int
    batch_size: int
    learning_rate: float


def train_answerers(
    data: AnswererData,
    rows: Int[np.ndarray, "f n"],
    counts: Int[np.ndarray, " f"],
    seed: int,
    settings: AnswererSettings,
) -> tuple[Outputs, Float32[np.ndarray, "f e"]]:
    """Return what the answerer of each fold says of every clip, and its mean loss of each epoch.

    Args:
        data: all clips; a fold learns from its own rows alone.
        rows: of the clips that each fold trains on, padded to one length.
        counts: how many of them are no padding.
        seed: of the weights, the order, the noise and the dropout; a fold's result does not depend on the others.
        settings: of the training.
    """
    size = settings.batch_size
    padded = np.zeros((len(rows), -(-rows.shape[1] // size) * size), np.int32)
    padded[:, : rows.shape[1]] = rows
    said, losses = _all_folds(data, jnp.asarray(padded), jnp.asarray(counts, jnp.int32), jnp.uint32(seed), settings)
    return jax.tree.map(np.asarray, said), np.asarray(losses)


@partial(jax.jit, static_argnames="settings")
def _all_folds(
    data: AnswererData, rows: Int32[Array, "f n"], counts: Int32[Array, " f"], seed: Array, settings: AnswererSettings
) -> tuple[Outputs, Float32[Array, "f e"]]:
    def one(arguments: tuple[Array, Array, Array]) -> tuple[Outputs, Array]:
        number, own, count = arguments
        return _fold(data, own, count, jax.random.fold_in(jax.random.key(seed), number), settings)

    result: tuple[Outputs, Array] = lax.map(one, (jnp.arange(len(rows)), rows, counts))
    return result


def _fold(
    data: AnswererData, rows: Int32[Array, " n"], count: Int32[Array, ""], key: PRNGKeyArray, settings: AnswererSettings
) -> tuple[Outputs, Float32[Array, " e"]]:
    model = Answerer(data.units.shape[1], settings.fines, nnx.Rngs(jax.random.fold_in(key, 0)))
    graph, params = nnx.split(model)
    rule = optax.adamw(settings.learning_rate, weight_decay=WEIGHT_DECAY)
    size = settings.batch_size

    def epoch(state: Moving, number: Array) -> tuple[Moving, Array]:
        own = jax.random.fold_in(key, number + 1)
        order = rows[shuffled(own, count, len(rows))].reshape(-1, size)

        def step(state: Moving, place: Array) -> tuple[Moving, Array]:
            params, moments = state
            valid = place * size + jnp.arange(size) < count
            keys = jax.random.split(jax.random.fold_in(own, place))
            loss, gradient = jax.value_and_grad(
                lambda tree: batch_loss(nnx.merge(graph, tree), data, order[place], valid, keys)
            )(params)
            updates, new = rule.update(gradient, moments, params)
            moved = optax.apply_updates(params, updates), new
            return jax.tree.map(partial(jnp.where, valid.any()), moved, state), loss

        state, losses = lax.scan(step, state, jnp.arange(len(order)))
        return state, losses.sum() / jnp.maximum(-(-count // size), 1)

    (params, _), losses = lax.scan(epoch, (params, rule.init(params)), jnp.arange(settings.epochs))
    said: Outputs = nnx.merge(graph, params)(data.clips)
    return said, losses


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
