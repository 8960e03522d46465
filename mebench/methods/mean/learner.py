"""Training of MEAN on one fold: losses and steps of its stages (mebench/docs/mean.md, Training)."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import lax
from jaxtyping import Array, Bool, Float32, Int32, Key, PRNGKeyArray

from mebench.config.experiment import Experiment, TrainConfig
from mebench.methods.mean import cells as mean_cells
from mebench.methods.mean import mean_config
from mebench.methods.mean.network import STREAM_CHANNELS, MeanWeights, Tree, new_weights
from mebench.training.epochs import Stage
from mebench.training.folds import Folds
from mebench.training.learner import Batch, Learner

StageName = Literal["spotting", "recognition", "joint"]
Behaviour = Literal["mended", "faithful"]

EPOCHS_A_CALL: dict[StageName, int] = {"spotting": 1, "recognition": 20, "joint": 5}
"""Epochs between two checkpoints; progress moves once for each."""

ADAM_EPSILON = 1e-7
FROZEN_BATCH = 64
"""Windows whose frozen maps are computed at once."""


class MeanState(NamedTuple):
    """State of training of one fold.

    Attributes:
        weights: of both heads and the streams.
        spotting: Adam's state for streams and spotting head: count, mu, nu.
        recognition: Adam's state for the recognition head.
    """

    weights: MeanWeights
    spotting: Tree
    recognition: Tree


@dataclass(frozen=True)
class MeanLearner(Learner):
    """One stage of MEAN. Shared arrays: windows in cells (`mebench.methods.mean.cells.arrange`).

    `spotting`: streams and spotting head learn; mean squared error + L2, Adam. `recognition`: only its head learns;
    cross-entropy + L2, Adam; the streams are frozen, in inference mode (`mended`), or with batch statistics and dropout
    as in the published code (`faithful`); the running statistics stay in both. `joint`: streams and recognition head
    learn together, for the task that recognises only: MEAN's own code always spots first.

    Attributes:
        stage: of training.
        config: learning rate and L2.
        behaviour: of `recognition`.
        num_classes: of the recognition head.
    """

    stage: StageName
    config: TrainConfig
    behaviour: Behaviour
    num_classes: int

    def init(self, key: PRNGKeyArray) -> MeanState:
        """Return an untrained MEAN."""
        weights = new_weights(self.num_classes, key)
        head = weights.params["recognition"]
        return MeanState(weights, _adam_zeros(spotting_params(weights.params)), _adam_zeros(head))

    def prepare(self, state: MeanState, data: Any, rows: Int32[Array, " n"]) -> Any:
        """Return the windows, or the frozen streams' maps of the fold's own."""
        frozen = self.stage == "recognition" and self.behaviour == "mended"
        return _frozen_maps(state.weights, data, rows) if frozen else data

    def step(
        self, state: MeanState, data: Any, batch: Batch, key: PRNGKeyArray
    ) -> tuple[MeanState, Float32[Array, ""]]:
        """Return MEAN after one batch, and the loss."""
        keys, config, valid = jax.random.split(key), self.config, batch.valid
        if self.stage == "recognition" and self.behaviour == "mended":
            maps = data[:, :, batch.places].reshape(14, -1)
            return _recognition_step(state, maps, batch.targets, valid, keys[1], config)
        taps = mean_cells.stream_taps(data[batch.rows])
        if self.stage == "spotting":
            return _spotting_step(state, taps, batch.targets, valid, keys, config)
        if self.stage == "joint":
            return _joint_step(state, taps, batch.targets, valid, keys, config)
        maps = mean_cells.train_maps(state.weights, taps, valid, keys[0])[0]
        return _recognition_step(state, maps, batch.targets, valid, keys[1], config)


def mean_stages(experiment: Experiment) -> tuple[Stage, ...]:
    """Return the stages of an experiment: spotting and recognition, or `joint` for the task that only recognises."""
    names: tuple[StageName, ...] = ("joint",) if experiment.task == "recognition" else ("spotting", "recognition")
    behaviour, classes = mean_config(experiment).behaviour, len(experiment.protocol.classes)
    return tuple(mean_stage(name, experiment.train, behaviour, classes, column) for column, name in enumerate(names))


def mean_stage(name: StageName, config: TrainConfig, behaviour: Behaviour, num_classes: int, column: int) -> Stage:
    """Return one stage with its settings; its epochs are counted in a column of `Folds.epochs`."""
    epochs = config.epochs if name == "spotting" else config.recognition_epochs
    number = 0 if name == "spotting" else 1
    learner = MeanLearner(name, config, behaviour, num_classes)
    return Stage(name, learner, epochs, config.batch_size, EPOCHS_A_CALL[name], number, column)


def fold_weights(folds: Folds, number: int) -> MeanWeights:
    """Return the weights of one fold."""
    return jax.tree.map(lambda leaf: leaf[number], folds.state.weights)


def spotting_params(params: Tree) -> Tree:
    """Return what the spotting stage trains: streams and spotting head."""
    return {name: tree for name, tree in params.items() if name != "recognition"}


def _adam_zeros(params: Tree) -> Tree:
    zeros = jax.tree.map(jnp.zeros_like, params)
    return {"count": jnp.zeros((), jnp.int32), "mu": zeros, "nu": zeros}


def l2(params: Tree, config: TrainConfig) -> Float32[Array, ""]:
    """Return l2 times the sum of squares of each kernel, as Keras has it; streams and heads have their own l2."""
    total = jnp.zeros(())
    for path, leaf in jax.tree_util.tree_leaves_with_path(params):
        if path[-1].key == "kernel":
            factor = config.stream_l2 if path[0].key in STREAM_CHANNELS else config.head_l2
            total += factor * jnp.square(leaf).sum()
    return total


def spotting_loss(
    params: Tree,
    stats: Tree,
    taps: Float32[Array, "3 50 n"],
    targets: Int32[Array, " b"],
    valid: Bool[Array, " b"],
    keys: Key[Array, " 2"],
    config: TrainConfig,
) -> tuple[Float32[Array, ""], Tree]:
    """Return mean squared error + L2 over the valid windows, and the running statistics after the batch."""
    maps, stats = mean_cells.train_maps(MeanWeights(params, stats), taps, valid, keys[0])
    scores = mean_cells.head_outputs(params["spotting"], maps, keys[1])[:, 0]
    return _mean(jnp.square(scores - targets), valid) + l2(params, config), stats


def recognition_loss(
    head: Tree,
    maps: Float32[Array, "14 n"],
    targets: Int32[Array, " b"],
    valid: Bool[Array, " b"],
    key: PRNGKeyArray,
    config: TrainConfig,
) -> Float32[Array, ""]:
    """Return cross-entropy + L2 of the recognition head over the valid windows."""
    logits = mean_cells.head_outputs(head, maps, key)
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, targets)
    return _mean(losses, valid) + l2({"recognition": head}, config)


def joint_loss(
    params: Tree,
    stats: Tree,
    taps: Float32[Array, "3 50 n"],
    targets: Int32[Array, " b"],
    valid: Bool[Array, " b"],
    keys: Key[Array, " 2"],
    config: TrainConfig,
) -> tuple[Float32[Array, ""], Tree]:
    """Return cross-entropy + L2 of streams and recognition head, and the running statistics after the batch."""
    maps, stats = mean_cells.train_maps(MeanWeights(params, stats), taps, valid, keys[0])
    streams = {name: params[name] for name in STREAM_CHANNELS}
    loss = recognition_loss(params["recognition"], maps, targets, valid, keys[1], config)
    return loss + l2(streams, config), stats


def _mean(values: Float32[Array, " b"], valid: Bool[Array, " b"]) -> Float32[Array, ""]:
    return jnp.where(valid, values, 0).sum() / jnp.maximum(valid.sum(), 1)


def _adam(config: TrainConfig, gradients: Tree, state: Tree, params: Tree) -> tuple[Tree, Tree]:
    rule = optax.scale_by_adam(eps=ADAM_EPSILON)
    updates, new = rule.update(gradients, optax.ScaleByAdamState(**state), params)
    changed = jax.tree.map(lambda param, update: param - config.learning_rate * update, params, updates)
    return changed, {"count": new.count, "mu": new.mu, "nu": new.nu}


def _spotting_step(
    state: MeanState, taps: Array, targets: Array, valid: Array, keys: Array, config: TrainConfig
) -> tuple[MeanState, Float32[Array, ""]]:
    params = spotting_params(state.weights.params)
    gradient = jax.value_and_grad(spotting_loss, has_aux=True)
    (loss, stats), gradients = gradient(params, state.weights.stats, taps, targets, valid, keys, config)
    params, adam = _adam(config, gradients, state.spotting, params)
    weights = MeanWeights({**state.weights.params, **params}, stats)
    return state._replace(weights=weights, spotting=adam), loss


def _recognition_step(
    state: MeanState, maps: Array, targets: Array, valid: Array, key: Array, config: TrainConfig
) -> tuple[MeanState, Float32[Array, ""]]:
    head = state.weights.params["recognition"]
    loss, gradients = jax.value_and_grad(recognition_loss)(head, maps, targets, valid, key, config)
    head, adam = _adam(config, gradients, state.recognition, head)
    weights = MeanWeights({**state.weights.params, "recognition": head}, state.weights.stats)
    return state._replace(weights=weights, recognition=adam), loss


def _joint_step(
    state: MeanState, taps: Array, targets: Array, valid: Array, keys: Array, config: TrainConfig
) -> tuple[MeanState, Float32[Array, ""]]:
    """Move streams and recognition head; the spotting head's gradient is 0, so Adam leaves it as it is."""
    gradient = jax.value_and_grad(joint_loss, has_aux=True)
    params = state.weights.params
    (loss, stats), gradients = gradient(params, state.weights.stats, taps, targets, valid, keys, config)
    others, adam = _adam(config, spotting_params(gradients), state.spotting, spotting_params(params))
    head, head_adam = _adam(config, gradients["recognition"], state.recognition, params["recognition"])
    weights = MeanWeights({**others, "recognition": head}, stats)
    return state._replace(weights=weights, spotting=adam, recognition=head_adam), loss


def _frozen_maps(weights: MeanWeights, windows: Array, places: Int32[Array, " n"]) -> Float32[Array, "14 196 n"]:
    """Return the streams' maps of the fold's windows in inference mode, `FROZEN_BATCH` windows at a time."""
    n = len(places)
    batches = jnp.pad(places, (0, -n % FROZEN_BATCH)).reshape(-1, FROZEN_BATCH)
    maps = lax.map(lambda rows: mean_cells.infer_maps(weights, mean_cells.stream_taps(windows[rows])), batches)
    maps = maps.reshape(len(batches), 14, 196, FROZEN_BATCH)
    return maps.transpose(1, 2, 0, 3).reshape(14, 196, -1)[:, :, :n]  # (14, 196, batches * FROZEN_BATCH)
