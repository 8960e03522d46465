"""Epochs of all folds in one compiled program, on one device or several (mebench/docs/mean.md, Training)."""

from collections.abc import Sequence
from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from jax.sharding import Mesh
from jaxtyping import Array, Bool, Float, Float32, Int32, Key, PRNGKeyArray

from mebench.config.experiment import TrainConfig
from mebench.errors import MebenchError
from mebench.methods.mean import cells as mean_cells
from mebench.methods.mean.execution import (
    Execution,
    each_fold,
    execution,
    gathered,
    in_threads,
    mesh_of,
    only_fold,
    shared_out,
)
from mebench.methods.mean.folds import FoldData, FoldState, spotting_params, with_seeds
from mebench.methods.mean.network import STREAM_CHANNELS, MeanWeights, Tree
from mebench.training.folds import shuffled

Stage = Literal["spotting", "recognition", "joint"]
Behaviour = Literal["mended", "faithful"]

ADAM_EPSILON = 1e-7
FROZEN_BATCH = 64
"""Windows whose frozen maps are computed at once."""


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
    fold: FoldState, taps: Array, targets: Array, valid: Array, keys: Array, config: TrainConfig
) -> tuple[FoldState, Float32[Array, ""]]:
    params = spotting_params(fold.weights.params)
    gradient = jax.value_and_grad(spotting_loss, has_aux=True)
    (loss, stats), gradients = gradient(params, fold.weights.stats, taps, targets, valid, keys, config)
    params, adam = _adam(config, gradients, fold.spotting, params)
    weights = MeanWeights({**fold.weights.params, **params}, stats)
    return fold._replace(weights=weights, spotting=adam), loss


def _recognition_step(
    fold: FoldState, maps: Array, targets: Array, valid: Array, key: Array, config: TrainConfig
) -> tuple[FoldState, Float32[Array, ""]]:
    head = fold.weights.params["recognition"]
    loss, gradients = jax.value_and_grad(recognition_loss)(head, maps, targets, valid, key, config)
    head, adam = _adam(config, gradients, fold.recognition, head)
    weights = MeanWeights({**fold.weights.params, "recognition": head}, fold.weights.stats)
    return fold._replace(weights=weights, recognition=adam), loss


def _joint_step(
    fold: FoldState, taps: Array, targets: Array, valid: Array, keys: Array, config: TrainConfig
) -> tuple[FoldState, Float32[Array, ""]]:
    """Move streams and recognition head; the spotting head's gradient is 0, so Adam leaves it as it is."""
    gradient = jax.value_and_grad(joint_loss, has_aux=True)
    params = fold.weights.params
    (loss, stats), gradients = gradient(params, fold.weights.stats, taps, targets, valid, keys, config)
    others, adam = _adam(config, spotting_params(gradients), fold.spotting, spotting_params(params))
    head, head_adam = _adam(config, gradients["recognition"], fold.recognition, params["recognition"])
    weights = MeanWeights({**others, "recognition": head}, stats)
    return fold._replace(weights=weights, spotting=adam, recognition=head_adam), loss


def _frozen_maps(weights: MeanWeights, windows: Array, places: Int32[Array, " n"]) -> Float32[Array, "14 196 n"]:
    """Return the streams' maps of the fold's windows in inference mode, `FROZEN_BATCH` windows at a time."""
    n = len(places)
    batches = jnp.pad(places, (0, -n % FROZEN_BATCH)).reshape(-1, FROZEN_BATCH)
    maps = lax.map(lambda rows: mean_cells.infer_maps(weights, mean_cells.stream_taps(windows[rows])), batches)
    maps = maps.reshape(len(batches), 14, 196, FROZEN_BATCH)
    return maps.transpose(1, 2, 0, 3).reshape(14, 196, -1)[:, :, :n]  # (14, 196, batches * FROZEN_BATCH)


def _fold_epochs(
    fold: FoldState, data: FoldData, stage: Stage, epochs: int, config: TrainConfig, behaviour: Behaviour
) -> tuple[FoldState, Float32[Array, "e s"]]:
    """Return one fold after some epochs; places, targets, counts and seeds are the fold's own."""
    length, size = data.places.shape[0], config.batch_size
    number = 0 if stage == "spotting" else 1
    stage_key = jax.random.fold_in(jax.random.fold_in(jax.random.key(data.seeds), fold.keys), number)
    frozen = stage == "recognition" and behaviour == "mended"
    maps = _frozen_maps(fold.weights, data.windows, data.places) if frozen else None

    def inputs(fold: FoldState, chosen: Array, valid: Array, keys: Array) -> Array:
        if maps is not None:
            return maps[:, :, chosen].reshape(14, -1)
        taps = mean_cells.stream_taps(data.windows[data.places[chosen]])
        return taps if stage != "recognition" else mean_cells.train_maps(fold.weights, taps, valid, keys[0])[0]

    def train(fold: FoldState, chosen: Array, valid: Array, key: Array) -> tuple[FoldState, Array]:
        keys, targets = jax.random.split(key), data.targets[chosen]
        x = inputs(fold, chosen, valid, keys)
        if stage == "spotting":
            return _spotting_step(fold, x, targets, valid, keys, config)
        if stage == "joint":
            return _joint_step(fold, x, targets, valid, keys, config)
        return _recognition_step(fold, x, targets, valid, keys[1], config)

    def epoch(fold: FoldState, _: None) -> tuple[FoldState, Array]:
        key = jax.random.fold_in(stage_key, fold.epochs[number])
        order = shuffled(jax.random.fold_in(key, 0), data.counts, length).reshape(-1, size)

        def step(fold: FoldState, batch: Array) -> tuple[FoldState, Array]:
            valid = batch * size + jnp.arange(size) < data.counts
            skip = (fold, jnp.zeros(()))
            return lax.cond(
                valid.any(), lambda: train(fold, order[batch], valid, jax.random.fold_in(key, batch + 1)), lambda: skip
            )

        fold, losses = lax.scan(step, fold, jnp.arange(length // size))
        return fold._replace(epochs=fold.epochs.at[number].add(1)), losses

    return lax.scan(epoch, fold, None, length=epochs)


@partial(jax.jit, static_argnames=("stage", "epochs", "config", "behaviour", "how", "mesh"))
def _run(
    state: FoldState,
    data: FoldData,
    stage: Stage,
    epochs: int,
    config: TrainConfig,
    behaviour: Behaviour,
    how: Execution,
    mesh: Mesh | None,
) -> tuple[FoldState, Float32[Array, "f e s"]]:
    def one(fold: FoldState, own: FoldData) -> tuple[FoldState, Array]:
        return _fold_epochs(fold, own, stage, epochs, config, behaviour)

    return each_fold(one, how, mesh)(state, data)


def spotting_epochs(
    state: FoldState, data: FoldData, seed: int | Sequence[int], epochs: int, config: TrainConfig
) -> tuple[FoldState, Float[np.ndarray, "f e s"]]:
    """Return the state of every fold after some epochs of spotting, and the loss of each step.

    Streams and spotting head learn; mean squared error + L2, Adam. Calls may be split and resumed anywhere: the result
    is the same to the bit. So is it whichever other folds run alongside, with `map` and `threads`; with `vmap` and on
    several devices to rounding.

    Args:
        state: of all folds.
        data: of all folds; padding behind a fold's samples changes nothing.
        seed: of the experiment, or that of each fold where several experiments are trained together; shuffling and
            dropout come from it, the fold's key and the epoch.
        epochs: how many; another number is another compilation.
        config: learning rate, batch size, L2, and how folds share the device.

    Returns:
        The new state, and losses by fold, epoch and step: 0 where a fold has no such step.
    """
    return _epochs(state, data, seed, "spotting", epochs, config, "mended")


def recognition_epochs(
    state: FoldState,
    data: FoldData,
    seed: int | Sequence[int],
    epochs: int,
    config: TrainConfig,
    behaviour: Behaviour,
) -> tuple[FoldState, Float[np.ndarray, "f e s"]]:
    """Return the state of every fold after some epochs of recognition, and the loss of each step.

    Only the recognition head learns; cross-entropy + L2, Adam. The streams are frozen: in inference mode (`mended`), or
    with batch statistics and dropout as in the published code (`faithful`); the running statistics stay in both.
    Arguments and losses are those of `spotting_epochs`.
    """
    return _epochs(state, data, seed, "recognition", epochs, config, behaviour)


def joint_epochs(
    state: FoldState, data: FoldData, seed: int | Sequence[int], epochs: int, config: TrainConfig
) -> tuple[FoldState, Float[np.ndarray, "f e s"]]:
    """Return the state of every fold after some epochs of recognition in which nothing is frozen, and the losses.

    Streams and recognition head learn together; cross-entropy + L2, Adam. The epochs count as those of recognition.
    This is for the task that recognises only: MEAN's own code always spots first. Arguments and losses are those of
    `spotting_epochs`.
    """
    return _epochs(state, data, seed, "joint", epochs, config, "mended")


def _epochs(
    state: FoldState,
    data: FoldData,
    seed: int | Sequence[int],
    stage: Stage,
    epochs: int,
    config: TrainConfig,
    behaviour: Behaviour,
) -> tuple[FoldState, Float[np.ndarray, "f e s"]]:
    if data.places.shape[1] % config.batch_size:
        raise MebenchError(
            f"folds are padded to {data.places.shape[1]} samples, which is no multiple of train.batch_size = "
            f"{config.batch_size}; call stack_folds with that batch size"
        )
    how, mesh = execution(config.folds), mesh_of(data)
    data = with_seeds(data, [seed] * len(state.keys) if isinstance(seed, int) else seed)

    def run(state: FoldState, data: FoldData) -> tuple[FoldState, Float32[Array, "f e s"]]:
        return _run(state, data, stage, epochs, config, behaviour, how, mesh)

    if mesh is not None:
        after, losses = run(shared_out(state, mesh), data)
        folds = len(state.keys)
        return gathered(after, folds, state), np.asarray(losses)[:folds]
    after, losses = in_threads(run, state, data) if how == "threads" else run(state, data)
    return after, np.asarray(losses)


def temporary_bytes(state: FoldState, data: FoldData, stage: Stage, epochs: int, config: TrainConfig) -> int:
    """Return how many bytes the compiled epochs hold besides windows, samples and state; one device.

    With `threads` that is for one fold; as many are worked on as there are cores.

    Raises:
        MebenchError: the device does not tell.
    """
    how = execution(config.folds)
    one = only_fold(state, data, 0) if how == "threads" else (state, data)
    program = _run.lower(*one, stage, epochs, config, "mended", how, None).compile()
    found = program.memory_analysis()
    if found is None:
        raise MebenchError("this device does not tell how much memory a program needs; use a CPU or a GPU")
    return int(found.temp_size_in_bytes)


def check_losses(losses: Float[np.ndarray, "f e s"], names: list[str], first_epoch: int) -> None:
    """Make sure that every loss is a number.

    Args:
        losses: of `spotting_epochs` or `recognition_epochs`.
        names: of the folds.
        first_epoch: number of epochs of the stage that were done before these.

    Raises:
        MebenchError: a fold diverged; the sentence names it and the step.
    """
    bad = np.argwhere(~np.isfinite(losses))
    if len(bad) == 0:
        return
    fold, epoch, step = bad[np.lexsort((bad[:, 2], bad[:, 1]))[0]].tolist()
    raise MebenchError(
        f"training of fold {names[fold]!r} diverged at step {step + 1} of epoch {first_epoch + epoch + 1} (loss is not "
        "a number); the last good checkpoint is kept; lower train.learning_rate"
    )
