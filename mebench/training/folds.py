"""All folds of an experiment in one compiled program, for any state and any step; stopped and gone on to the same bits.

A fold learns from its own rows of one table that all folds share. Its order of samples and its randomness come from the
seed and the fold's own key, so its result does not depend on the other folds.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float32, Int, Int32, PRNGKeyArray, UInt32

from mebench.errors import MebenchError
from mebench.progress import Progress
from mebench.training.checkpoint import open_checkpoints


@runtime_checkable
class Learner(Protocol):
    """State and step of one fold, as a method brings them; hashable, as a frozen dataclass of settings is."""

    def init(self, key: PRNGKeyArray) -> Any:
        """Return the untrained state of one fold: weights and whatever the optimiser keeps."""
        ...

    def step(
        self, state: Any, data: Any, rows: Int32[Array, " b"], valid: Bool[Array, " b"], key: PRNGKeyArray
    ) -> tuple[Any, Float32[Array, ""]]:
        """Return the state after one batch, and its loss.

        Args:
            state: of one fold.
            data: arrays that all folds share.
            rows: of the batch, in `data`.
            valid: which of them count; the others are padding.
            key: of everything random in the step.
        """
        ...


class Folds(NamedTuple):
    """The folds of an experiment side by side; each array has them as its first axis.

    Attributes:
        state: what the learner changes.
        keys: number of each fold, which its randomness comes from.
        epochs: that are done.
    """

    state: Any
    keys: UInt32[Array, " f"]
    epochs: Int32[Array, " f"]


class Plan(NamedTuple):
    """What decides a training besides the learner and the data.

    Attributes:
        rows: of the samples that each fold trains on.
        keys: number of each fold, below 2**32.
        names: of the folds, for errors and progress.
        seed: of the experiment.
        epochs: how many.
        batch_size: samples of a step.
    """

    rows: Sequence[Int[np.ndarray, " _"]]
    keys: Sequence[int]
    names: Sequence[str]
    seed: int
    epochs: int
    batch_size: int


def train_folds(
    learner: Learner, data: Any, plan: Plan, checkpoints: Path, run_id: str, progress: Progress, every: int = 10
) -> tuple[Any, Float32[np.ndarray, "f e"]]:
    """Return the trained states, folds on the first axis, and the mean loss of each fold and epoch.

    A training that was stopped goes on from its last checkpoint, with the same result to the bit.

    Args:
        learner: of the method.
        data: a tree of arrays that all folds share.
        plan: folds, seed, epochs.
        checkpoints: folder of the run's checkpoints.
        run_id: of the run, which the checkpoints are sealed with.
        progress: moves with the epochs, and is told of damaged checkpoints.
        every: epochs between two checkpoints.

    Raises:
        MebenchError: a fold has no sample, or its loss is no number; the last checkpoint is kept.
    """
    if not all(map(len, plan.rows)):
        name = plan.names[next(i for i, rows in enumerate(plan.rows) if not len(rows))]
        raise MebenchError(f"fold {name}: no sample to train on; use a dataset with labels, or other classes")
    rows, counts = _padded(plan.rows, plan.batch_size)
    untrained = _init(learner, jnp.uint32(plan.seed), jnp.asarray(np.array(plan.keys, np.uint32)))
    what = f"Training, {len(plan.names)} folds"
    with open_checkpoints(checkpoints, run_id, progress.say) as kept:
        folds, losses = kept.restore(untrained) or (untrained, {"loss": np.zeros((len(counts), 0), np.float32)})
        with progress.stage(what, plan.epochs, "epochs") as advance:
            advance(losses["loss"].shape[1])
            while (done := losses["loss"].shape[1]) < plan.epochs:
                number = min(every, plan.epochs - done)
                folds, new = _run(learner, folds, data, rows, counts, jnp.uint32(plan.seed), plan.batch_size, number)
                _check(np.asarray(new), plan.names, done)
                losses = {"loss": np.concatenate([losses["loss"], np.asarray(new)], axis=1)}
                kept.save(done + number, folds, losses)
                advance(number)
    return folds.state, losses["loss"]


def each_fold(states: Any, apply: Callable[..., Any], *shared: Any) -> Any:
    """Return what a function of one fold's state gives for every fold, folds on the first axis; compiled."""
    return jax.jit(lambda all_states, rest: lax.map(lambda state: apply(state, *rest), all_states))(states, shared)


def shuffled(key: PRNGKeyArray, count: Int32[Array, ""], length: int) -> Int32[Array, " n"]:
    """Return 0 .. length - 1, the first `count` of them shuffled; that order does not depend on the length."""
    numbers = jax.vmap(lambda place: jax.random.bits(jax.random.fold_in(key, place), (), "uint32"))(jnp.arange(length))
    order: Int32[Array, " n"] = jnp.lexsort((numbers, jnp.arange(length) >= count)).astype(jnp.int32)
    return order


def _padded(rows: Sequence[Int[np.ndarray, " _"]], batch_size: int) -> tuple[Int32[Array, "f n"], Int32[Array, " f"]]:
    longest = -(-max(map(len, rows)) // batch_size) * batch_size
    padded = np.zeros((len(rows), longest), np.int32)
    for fold, own in enumerate(rows):
        padded[fold, : len(own)] = own
    return jnp.asarray(padded), jnp.asarray([len(own) for own in rows], jnp.int32)


@partial(jax.jit, static_argnames="learner")
def _init(learner: Learner, seed: Array, keys: UInt32[Array, " f"]) -> Folds:
    def one(key: Array) -> Any:
        return learner.init(jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), key), 0))

    return Folds(lax.map(one, keys), keys, jnp.zeros(len(keys), jnp.int32))


@partial(jax.jit, static_argnames=("learner", "batch_size", "epochs"))
def _run(
    learner: Learner,
    folds: Folds,
    data: Any,
    rows: Int32[Array, "f n"],
    counts: Int32[Array, " f"],
    seed: Array,
    batch_size: int,
    epochs: int,
) -> tuple[Folds, Float32[Array, "f e"]]:
    def fold(own: tuple[Folds, Array, Array]) -> tuple[Folds, Array]:
        return _fold_epochs(learner, *own, data, seed, batch_size, epochs)

    return lax.map(fold, (folds, rows, counts))


def _fold_epochs(
    learner: Learner,
    fold: Folds,
    rows: Int32[Array, " n"],
    count: Int32[Array, ""],
    data: Any,
    seed: Array,
    batch_size: int,
    epochs: int,
) -> tuple[Folds, Float32[Array, " e"]]:
    key = jax.random.fold_in(jax.random.key(seed), fold.keys)

    def epoch(fold: Folds, _: None) -> tuple[Folds, Array]:
        own = jax.random.fold_in(key, fold.epochs + 1)
        order = rows[shuffled(own, count, len(rows))].reshape(-1, batch_size)

        def step(state: Any, place: Array) -> tuple[Any, Array]:
            valid = place * batch_size + jnp.arange(batch_size) < count
            moved, loss = learner.step(state, data, order[place], valid, jax.random.fold_in(own, place))
            some = valid.any()
            return jax.tree.map(partial(jnp.where, some), moved, state), jnp.where(some, loss, 0)

        state, losses = lax.scan(step, fold.state, jnp.arange(len(order)))
        return Folds(state, fold.keys, fold.epochs + 1), losses.sum() / jnp.maximum(-(-count // batch_size), 1)

    return lax.scan(epoch, fold, None, length=epochs)


def _check(losses: Float32[np.ndarray, "f e"], names: Sequence[str], done: int) -> None:
    bad = np.argwhere(~np.isfinite(losses))
    if len(bad):
        fold, epoch = bad[0].tolist()
        raise MebenchError(
            f"training of fold {names[fold]!r} diverged in epoch {done + epoch + 1} (loss is not a number); the last "
            "good checkpoint is kept; lower train.learning_rate"
        )
