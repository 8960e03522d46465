"""Training of all folds of an experiment, or of several seeds: stages, checkpoints, progress and a file of losses."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
from jaxtyping import Float32

from mebench.atomic import write_text
from mebench.errors import MebenchError
from mebench.progress import Progress
from mebench.record.run_folder import RunFolder
from mebench.training.checkpoint import Checkpoints, open_checkpoints
from mebench.training.epochs import Stage, check_losses, run_epochs
from mebench.training.execution import Execution
from mebench.training.folds import (
    FoldData,
    Folds,
    FoldSamples,
    fold_mesh,
    init_folds,
    joined_folds,
    put_on_device,
    stack_folds,
)

Losses = dict[str, Float32[np.ndarray, "f e s"]]
"""Losses of each stage, by fold, epoch and step."""


@dataclass(frozen=True)
class Plan:
    """Stages and folds of a training.

    Attributes:
        stages: one after the other, on the same state.
        names: of the folds.
        keys: number of each fold, below 2**32, which its randomness comes from.
        how: folds share a device.
    """

    stages: tuple[Stage, ...]
    names: tuple[str, ...]
    keys: tuple[int, ...]
    how: Execution


@dataclass(frozen=True)
class SeedRun:
    """A run that trains the folds with one seed; runs that differ in their seeds alone are trained together."""

    seed: int
    folder: RunFolder


DataOf = Callable[[Stage, Sequence[int]], FoldData]
"""From a stage and numbers of runs to what their folds train on, one run behind the other; asked for when needed."""


def train(plan: Plan, runs: Sequence[SeedRun], data: DataOf, progress: Progress) -> list[Folds]:
    """Return the trained folds of each run, from the last checkpoints on; losses go to `metrics.jsonl`.

    A training that was stopped goes on from there, with the same result to the bit. Runs that have come less far than
    the others catch up first.

    Args:
        plan: stages and folds.
        runs: one for each seed; all are trained in one program.
        data: of the folds.
        progress: moves with the epochs, and is told of damaged checkpoints.

    Raises:
        MebenchError: a fold diverges; the last checkpoint is kept.
    """
    with ExitStack() as stack:
        now = [stack.enter_context(_resumed(plan, run, progress)) for run in runs]
        for stage in plan.stages:
            now = _train_stage(plan, stage, now, data, progress)
    for one in now:
        _write_losses(plan, one)
    return [one.folds for one in now]


def train_folds(
    plan: Plan,
    runs: Sequence[SeedRun],
    samples: Sequence[Sequence[FoldSamples]],
    shared: Any,
    progress: Progress,
) -> list[Folds]:
    """Return the trained folds of each run, as `train` does, from arrays in memory.

    Args:
        plan: stages and folds.
        runs: one for each seed.
        samples: of each run's folds.
        shared: a tree of arrays that all folds share, samples on the first axis.
        progress: moves with the epochs.

    Raises:
        MebenchError: a fold has no sample to train on, or it diverges.
    """
    for own in samples:
        empty = [name for name, fold in zip(plan.names, own, strict=True) if not len(fold.rows)]
        if empty:
            raise MebenchError(f"fold {empty[0]}: no sample to train on; use a dataset with labels, or other classes")

    def data(stage: Stage, chosen: Sequence[int]) -> FoldData:
        table = stack_folds([fold for number in chosen for fold in samples[number]], stage.batch_size)
        return put_on_device(table, jax.tree.map(lambda array: array[table.rows], shared), fold_mesh())

    return train(plan, runs, data, progress)


@dataclass(frozen=True)
class _Training:
    """The training of all folds with one seed, as far as it has come; its checkpoints are open."""

    run: SeedRun
    checkpoints: Checkpoints
    folds: Folds
    losses: Losses

    def done(self, stage: Stage) -> int:
        """Return how many epochs of a stage are done."""
        return self.losses[stage.name].shape[1] if stage.name in self.losses else 0


@contextmanager
def _resumed(plan: Plan, run: SeedRun, progress: Progress) -> Iterator[_Training]:
    """Yield a training as its last checkpoint has it, or an untrained one."""
    untrained = init_folds(plan.stages[0].learner, run.seed, plan.keys, len(plan.stages))
    with open_checkpoints(run.folder.checkpoints, run.folder.run_id, progress.say) as checkpoints:
        folds, losses = checkpoints.restore(untrained) or (untrained, {})
        yield _Training(run, checkpoints, folds, losses)


def _train_stage(
    plan: Plan, stage: Stage, trainings: Sequence[_Training], data: DataOf, progress: Progress
) -> list[_Training]:
    """Return the trainings after the epochs of a stage that are not done yet."""
    now = list(trainings)
    while True:
        done = [one.done(stage) for one in now]
        if min(done) >= stage.epochs:
            return now
        behind = [number for number, epochs in enumerate(done) if epochs == min(done)]
        until = min([epochs for epochs in done if epochs > min(done)], default=stage.epochs)
        chosen, own = [now[number] for number in behind], data(stage, behind)
        for number, one in zip(behind, _train_until(plan, stage, chosen, until, own, progress), strict=True):
            now[number] = one


def _train_until(
    plan: Plan, stage: Stage, trainings: Sequence[_Training], until: int, data: FoldData, progress: Progress
) -> list[_Training]:
    """Return trainings that have come equally far after more epochs, in one program."""
    now, done = list(trainings), trainings[0].done(stage)
    seeds = f", {len(now)} seeds" if len(now) > 1 else ""
    with progress.stage(f"Training: {stage.name}, {len(plan.names)} folds{seeds}", until, "epochs") as advance:
        advance(done)
        while done < until:
            epochs = min(stage.every, until - done)
            now = _further(plan, stage, now, data, epochs)
            done += epochs
            advance(epochs)
    return now


def _further(plan: Plan, stage: Stage, trainings: Sequence[_Training], data: FoldData, epochs: int) -> list[_Training]:
    """Return the trainings after one call; states and losses are on the disk by then."""
    count = len(plan.names)
    together = joined_folds([one.folds for one in trainings])
    seeds = [one.run.seed for one in trainings for _ in plan.names]
    after, losses = run_epochs(stage, together, data, seeds, epochs, plan.how)
    found = []
    for place, one in enumerate(trainings):
        own = slice(place * count, (place + 1) * count)
        part = after if len(trainings) == 1 else jax.tree.map(lambda leaf, own=own: leaf[own], after)
        found.append(_kept(plan, stage, one, part, losses[own]))
    return found


def _kept(plan: Plan, stage: Stage, one: _Training, folds: Folds, new: Float32[np.ndarray, "f e s"]) -> _Training:
    """Return the training with new states and more losses, which are written down."""
    done = one.done(stage)
    check_losses(new, plan.names, done)
    whole = np.concatenate([one.losses[stage.name], new], axis=1) if done else new
    after = replace(one, folds=folds, losses=one.losses | {stage.name: whole})
    after.checkpoints.save(int(np.asarray(folds.epochs)[0].sum()), folds, after.losses)
    _write_losses(plan, after)
    return after


def _write_losses(plan: Plan, one: _Training) -> None:
    in_order = {stage.name: one.losses[stage.name] for stage in plan.stages if stage.name in one.losses}
    write_text(one.run.folder.metrics, losses_text(in_order, plan.names))


def losses_text(losses: Losses, names: Sequence[str]) -> str:
    """Return one JSON line for each stage, epoch and fold: step (epochs done), name, and the mean loss of its steps."""
    lines = []
    for stage, values in losses.items():
        for epoch in range(values.shape[1]):
            for fold, name in enumerate(names):
                steps = values[fold, epoch]
                value = float(steps[steps != 0].mean(dtype=np.float64)) if steps.any() else 0.0
                lines.append(json.dumps({"step": epoch + 1, "name": f"{stage}.loss.{name}", "value": value}))
    return "\n".join(lines) + "\n"
