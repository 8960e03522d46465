"""Epochs of all folds in one compiled program, for any learner, on one device or several.

Calls may be split and resumed anywhere: the result is the same to the bit. So is it whichever other folds run
alongside, with `map` and `threads`; with `vmap` and on several devices to rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import Mesh
from jaxtyping import Array, Float, Float32, Int32, PRNGKeyArray

from mebench.errors import MebenchError
from mebench.training.execution import Execution, every_fold, gathered, in_threads, mesh_of, only_fold, shared_out
from mebench.training.folds import FoldData, Folds, with_seeds
from mebench.training.learner import Batch, Learner


@dataclass(frozen=True)
class Stage:
    """Epochs of one kind.

    Attributes:
        name: for progress, and in the file of losses.
        learner: what is trained.
        epochs: how many.
        batch_size: samples of a step.
        every: epochs of one call; a checkpoint follows each.
        number: which its randomness comes from, beside seed and fold.
        column: of `Folds.epochs`.
    """

    name: str
    learner: Learner
    epochs: int
    batch_size: int
    every: int = 10
    number: int = 0
    column: int = 0


def run_epochs(
    stage: Stage, folds: Folds, data: FoldData, seed: int | Sequence[int], epochs: int, how: Execution
) -> tuple[Folds, Float[np.ndarray, "f e s"]]:
    """Return every fold after some epochs of a stage, and the loss of each step.

    Args:
        stage: what is trained.
        folds: as they are.
        data: of all folds; padding behind a fold's samples changes nothing.
        seed: of the experiment, or that of each fold where several experiments are trained together; order of samples
            and all else that is random come from it, the fold's key, the stage and the epoch.
        epochs: how many; another number is another compilation.
        how: folds share a device (`mebench.training.execution`).

    Returns:
        The new folds, and losses by fold, epoch and step: 0 where a fold has no such step.

    Raises:
        MebenchError: the data are padded to another batch size.
    """
    if data.places.shape[1] % stage.batch_size:
        raise MebenchError(
            f"folds are padded to {data.places.shape[1]} samples, which is no multiple of train.batch_size = "
            f"{stage.batch_size}; call stack_folds with that batch size"
        )
    mesh = mesh_of(data)
    data = with_seeds(data, [seed] * len(folds.keys) if isinstance(seed, int) else seed)

    def run(folds: Folds, data: FoldData) -> tuple[Folds, Float32[Array, "f e s"]]:
        return _run(folds, data, stage, epochs, how, mesh)

    if mesh is not None:
        after, losses = run(shared_out(folds, mesh), data)
        count = len(folds.keys)
        return gathered(after, count, folds), np.asarray(losses)[:count]
    after, losses = in_threads(run, folds, data) if how == "threads" else run(folds, data)
    return after, np.asarray(losses)


def shuffled(key: PRNGKeyArray, count: Int32[Array, ""], length: int) -> Int32[Array, " n"]:
    """Return 0 .. length - 1, the first `count` of them shuffled; that order does not depend on the length."""
    numbers = jax.vmap(lambda place: jax.random.bits(jax.random.fold_in(key, place), (), "uint32"))(jnp.arange(length))
    order: Int32[Array, " n"] = jnp.lexsort((numbers, jnp.arange(length) >= count)).astype(jnp.int32)
    return order


@partial(jax.jit, static_argnames=("stage", "epochs", "how", "mesh"))
def _run(
    folds: Folds, data: FoldData, stage: Stage, epochs: int, how: Execution, mesh: Mesh | None
) -> tuple[Folds, Float32[Array, "f e s"]]:
    return every_fold(partial(_fold_epochs, stage=stage, epochs=epochs), how, mesh)(folds, data)


def _fold_epochs(fold: Folds, data: FoldData, stage: Stage, epochs: int) -> tuple[Folds, Float32[Array, "e s"]]:
    """Return one fold after some epochs; places, targets, counts and seeds are the fold's own."""
    length, size, learner = data.places.shape[0], stage.batch_size, stage.learner
    stage_key = jax.random.fold_in(jax.random.fold_in(jax.random.key(data.seeds), fold.keys), stage.number)
    seen = learner.prepare(fold.state, data.shared, data.places)

    def epoch(fold: Folds, _: None) -> tuple[Folds, Array]:
        key = jax.random.fold_in(stage_key, fold.epochs[stage.column])
        order = shuffled(jax.random.fold_in(key, 0), data.counts, length).reshape(-1, size)

        def step(fold: Folds, number: Array) -> tuple[Folds, Array]:
            valid = number * size + jnp.arange(size) < data.counts

            def train() -> tuple[Folds, Array]:
                chosen = order[number]
                batch = Batch(data.places[chosen], chosen, valid, data.targets[chosen])
                state, loss = learner.step(fold.state, seen, batch, jax.random.fold_in(key, number + 1))
                return fold._replace(state=state), loss

            return lax.cond(valid.any(), train, lambda: (fold, jnp.zeros(())))

        fold, losses = lax.scan(step, fold, jnp.arange(length // size))
        return fold._replace(epochs=fold.epochs.at[stage.column].add(1)), losses

    return lax.scan(epoch, fold, None, length=epochs)


def temporary_bytes(stage: Stage, folds: Folds, data: FoldData, epochs: int, how: Execution) -> int:
    """Return how many bytes the compiled epochs hold besides shared arrays, samples and state; one device.

    With `threads` that is for one fold; as many are worked on as there are cores.

    Raises:
        MebenchError: the device does not tell.
    """
    one = only_fold(folds, data, 0) if how == "threads" else (folds, data)
    found = _run.lower(*one, stage, epochs, how, None).compile().memory_analysis()
    if found is None:
        raise MebenchError("this device does not tell how much memory a program needs; use a CPU or a GPU")
    return int(found.temp_size_in_bytes)


def check_losses(losses: Float[np.ndarray, "f e s"], names: Sequence[str], first_epoch: int) -> None:
    """Make sure that every loss is a number.

    Args:
        losses: of `run_epochs`.
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
