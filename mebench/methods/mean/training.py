"""Training MEAN on all folds of an experiment, or of several seeds, with checkpoints, progress and a file of losses."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import jax
import numpy as np
from jaxtyping import Float16, Float32

from mebench.atomic import write_text
from mebench.config.experiment import Experiment
from mebench.methods.mean import mean_config
from mebench.methods.mean.fold_plan import FoldPlan
from mebench.methods.mean.folds import (
    FoldData,
    FoldState,
    fold_mesh,
    init_folds,
    joined_folds,
    put_on_device,
    stack_folds,
)
from mebench.methods.mean.loop import Stage, check_losses, joint_epochs, recognition_epochs, spotting_epochs
from mebench.progress import Progress
from mebench.record.run_folder import RunFolder
from mebench.tasks.str_inputs import StrVideo
from mebench.training.checkpoint import Checkpoints, open_checkpoints

STAGES: tuple[Stage, ...] = ("spotting", "recognition")
"""Of spot-then-recognise, in order."""

EPOCHS_A_CALL: dict[Stage, int] = {"spotting": 1, "recognition": 20, "joint": 5}
"""Epochs between two checkpoints; progress moves once for each."""

Losses = dict[str, Float32[np.ndarray, "f e s"]]
"""Losses of each stage, by fold, epoch and step."""


@dataclass(frozen=True)
class Training:
    """The training of all folds with one seed, as far as it has come.

    Attributes:
        experiment: seed, epochs, learning rate and so on.
        names: of the folds.
        folder: where the losses go.
        checkpoints: where the state goes.
        state: of all folds.
        losses: of the stages so far.
    """

    experiment: Experiment
    names: tuple[str, ...]
    folder: RunFolder
    checkpoints: Checkpoints
    state: FoldState
    losses: Losses


@contextmanager
def resumed(
    experiment: Experiment, names: Sequence[str], keys: Sequence[int], folder: RunFolder, progress: Progress
) -> Iterator[Training]:
    """Yield a training as its last checkpoint has it, or an untrained one; its checkpoints are open until then.

    Args:
        experiment: with the seed.
        names: of the folds.
        keys: number of each fold, which its randomness comes from.
        folder: of the run.
        progress: is told of checkpoints that are damaged.
    """
    untrained = init_folds(experiment.seed, keys, len(experiment.protocol.classes))
    with open_checkpoints(folder.checkpoints, folder.run_id, progress.say) as checkpoints:
        state, losses = checkpoints.restore(untrained) or (untrained, {})
        yield Training(experiment, tuple(names), folder, checkpoints, state, losses)


def train(
    experiments: Sequence[Experiment],
    videos: Sequence[StrVideo],
    plans: Sequence[Sequence[FoldPlan]],
    folders: Sequence[RunFolder],
    progress: Progress,
) -> list[FoldState]:
    """Return the trained folds of each experiment, from the last checkpoints on; losses go to `metrics.jsonl`.

    Args:
        experiments: the same but for their seeds, which are trained in one program.
        videos: of all folds.
        plans: of the folds of each experiment.
        folders: of each experiment.
        progress: moves with the epochs.
    """
    with ExitStack() as stack:
        trainings = [
            stack.enter_context(
                resumed(one, [plan.fold.name for plan in own], [plan.key for plan in own], folder, progress)
            )
            for one, own, folder in zip(experiments, plans, folders, strict=True)
        ]
        for stage in STAGES:

            def data(chosen: Sequence[int], stage: Stage = stage) -> FoldData:
                together = [plan for number in chosen for plan in plans[number]]
                return stage_data(stage, together, videos, experiments[0].train.batch_size)

            trainings = train_stage(stage, trainings, data, progress)
    for one in trainings:
        write_text(one.folder.metrics, losses_text(one.losses, one.names))
    return [one.state for one in trainings]


def stage_data(stage: Stage, plans: Sequence[FoldPlan], videos: Sequence[StrVideo], batch_size: int) -> FoldData:
    """Return the windows of a stage that some fold trains on, on the device; no others are read."""
    if stage == "spotting":
        samples, parts = [plan.spotting for plan in plans], [video.features.windows for video in videos]
    else:
        samples, parts = [plan.recognition for plan in plans], [video.apex_windows for video in videos]
    table = stack_folds(samples, batch_size)
    return put_on_device(table, read_rows(parts, table.rows), fold_mesh())


def done_epochs(losses: Losses, stage: Stage) -> int:
    """Return how many epochs of a stage are done."""
    return losses[stage].shape[1] if stage in losses else 0


def total_epochs(experiment: Experiment, stage: Stage) -> int:
    """Return how many epochs a stage has."""
    return experiment.train.epochs if stage == "spotting" else experiment.train.recognition_epochs


def train_stage(
    stage: Stage, trainings: Sequence[Training], data: Callable[[Sequence[int]], FoldData], progress: Progress
) -> list[Training]:
    """Return the trainings after the epochs of a stage that are not done yet; a checkpoint follows each call.

    Those that have come less far, because a run was stopped, catch up first.

    Args:
        stage: what is trained.
        trainings: of experiments that differ in their seeds alone.
        data: from numbers of trainings to the windows of their folds, one behind the other; asked for when needed.
        progress: moves once for each call.

    Raises:
        MebenchError: a fold diverges.
    """
    now, total = list(trainings), total_epochs(trainings[0].experiment, stage)
    while True:
        done = [done_epochs(one.losses, stage) for one in now]
        if min(done) >= total:
            return now
        behind = [number for number, epochs in enumerate(done) if epochs == min(done)]
        until = min([epochs for epochs in done if epochs > min(done)], default=total)
        further = _train_until(stage, [now[number] for number in behind], until, data(behind), progress)
        for number, one in zip(behind, further, strict=True):
            now[number] = one


def _train_until(
    stage: Stage, trainings: Sequence[Training], until: int, data: FoldData, progress: Progress
) -> list[Training]:
    """Return trainings that have come equally far after more epochs, in one program."""
    now, done = list(trainings), done_epochs(trainings[0].losses, stage)
    seeds = f", {len(now)} seeds" if len(now) > 1 else ""
    with progress.stage(f"Training: {stage}, {len(now[0].names)} folds{seeds}", until, "epochs") as advance:
        advance(done)
        while done < until:
            epochs = min(EPOCHS_A_CALL[stage], until - done)
            now = _further(stage, now, data, epochs)
            done += epochs
            advance(epochs)
    return now


def _further(stage: Stage, trainings: Sequence[Training], data: FoldData, epochs: int) -> list[Training]:
    """Return the trainings after one call; states and losses are on the disk by then."""
    experiment = trainings[0].experiment
    state = joined_folds([one.state for one in trainings])
    seeds = [one.experiment.seed for one in trainings for _ in one.names]
    if stage == "spotting":
        state, losses = spotting_epochs(state, data, seeds, epochs, experiment.train)
    elif stage == "joint":
        state, losses = joint_epochs(state, data, seeds, epochs, experiment.train)
    else:
        state, losses = recognition_epochs(
            state, data, seeds, epochs, experiment.train, mean_config(experiment).behaviour
        )
    ends = np.cumsum([len(one.names) for one in trainings])
    found = []
    for one, end in zip(trainings, ends.tolist(), strict=True):
        own = slice(end - len(one.names), end)
        part = state if len(trainings) == 1 else jax.tree.map(lambda leaf, own=own: leaf[own], state)
        found.append(_kept(stage, one, part, losses[own]))
    return found


def _kept(stage: Stage, training: Training, state: FoldState, new: Float32[np.ndarray, "f e s"]) -> Training:
    """Return the training with a new state and more losses, which are written down."""
    done = done_epochs(training.losses, stage)
    check_losses(new, list(training.names), done)
    whole = np.concatenate([training.losses[stage], new], axis=1) if done else new
    after = replace(training, state=state, losses=training.losses | {stage: whole})
    after.checkpoints.save(int(np.asarray(after.state.epochs)[0].sum()), after.state, after.losses)
    write_text(after.folder.metrics, losses_text(after.losses, after.names))
    return after


def read_rows(parts: Sequence[Float16[np.ndarray, "..."]], rows: np.ndarray) -> Float16[np.ndarray, "m 42 42 3"]:
    """Return some rows of arrays that stand one after the other, without reading the rest; rows ascend."""
    first = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    cuts = np.searchsorted(rows, first)
    chosen = [part[rows[cuts[i] : cuts[i + 1]] - first[i]] for i, part in enumerate(parts)]
    return np.concatenate(chosen)


def losses_text(losses: Losses, names: Sequence[str]) -> str:
    """Return one JSON line for each stage, epoch and fold: step (epochs done), name, and the mean loss of its steps."""
    lines = []
    for stage in EPOCHS_A_CALL:
        values = losses.get(stage, np.zeros((len(names), 0, 0), np.float32))
        for epoch in range(values.shape[1]):
            for fold, name in enumerate(names):
                steps = values[fold, epoch]
                value = float(steps[steps != 0].mean(dtype=np.float64)) if steps.any() else 0.0
                lines.append(json.dumps({"step": epoch + 1, "name": f"{stage}.loss.{name}", "value": value}))
    return "\n".join(lines) + "\n"
