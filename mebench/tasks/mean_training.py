"""Training MEAN on all folds of an experiment, with checkpoints, progress and a file of losses."""

import json
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float16, Float32

from mebench.atomic import write_text
from mebench.config import Experiment
from mebench.progress import Progress
from mebench.run_folder import RunFolder
from mebench.tasks.fold_plan import FoldPlan
from mebench.tasks.str_inputs import StrVideo
from mebench.training.checkpoint import Checkpoints, open_checkpoints
from mebench.training.folds import FoldData, FoldState, fold_mesh, init_folds, put_on_device, stack_folds
from mebench.training.loop import Stage, check_losses, joint_epochs, recognition_epochs, spotting_epochs

STAGES: tuple[Stage, ...] = ("spotting", "recognition")
"""Of spot-then-recognise, in order."""

EPOCHS_A_CALL: dict[Stage, int] = {"spotting": 1, "recognition": 20, "joint": 5}
"""Epochs between two checkpoints; progress moves once for each."""

Losses = dict[str, Float32[np.ndarray, "f e s"]]
"""Losses of each stage, by fold, epoch and step."""


def train(
    experiment: Experiment,
    videos: Sequence[StrVideo],
    plans: Sequence[FoldPlan],
    folder: RunFolder,
    progress: Progress,
) -> FoldState:
    """Return the trained folds, from the last checkpoint on; losses go to `metrics.jsonl`."""
    names = [plan.fold.name for plan in plans]
    state = init_folds(experiment.seed, [plan.key for plan in plans], len(experiment.protocol.classes))
    with open_checkpoints(folder.checkpoints) as checkpoints:
        state, losses = checkpoints.restore(state) or (state, {})
        for stage in STAGES:
            if done_epochs(losses, stage) < total_epochs(experiment, stage):
                data = stage_data(stage, plans, videos, experiment.train.batch_size)
                state, losses = train_stage(
                    stage, state, data, losses, experiment, names, checkpoints, folder, progress
                )
    write_text(folder.metrics, losses_text(losses, names))
    return state


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
    stage: Stage,
    state: FoldState,
    data: FoldData,
    losses: Losses,
    experiment: Experiment,
    names: list[str],
    checkpoints: Checkpoints,
    folder: RunFolder,
    progress: Progress,
) -> tuple[FoldState, Losses]:
    """Return state and losses after the epochs of a stage that are not done yet; a checkpoint follows each call.

    Args:
        stage: what is trained.
        state: of all folds so far.
        losses: of the stages so far.
        data: windows of the stage.
        experiment: seed, epochs, learning rate and so on.
        names: of the folds.
        checkpoints: where the state goes after each call.
        folder: where the losses go.
        progress: moves once for each call.

    Raises:
        MebenchError: a fold diverges.
    """
    settings = experiment.train
    total = total_epochs(experiment, stage)
    done = done_epochs(losses, stage)
    with progress.stage(f"Training: {stage}, {len(names)} folds", total, "epochs") as advance:
        advance(done)
        while done < total:
            epochs = min(EPOCHS_A_CALL[stage], total - done)
            if stage == "spotting":
                state, new = spotting_epochs(state, data, experiment.seed, epochs, settings)
            elif stage == "joint":
                state, new = joint_epochs(state, data, experiment.seed, epochs, settings)
            else:
                behaviour = experiment.model.behaviour
                state, new = recognition_epochs(state, data, experiment.seed, epochs, settings, behaviour)
            check_losses(new, names, done)
            losses = losses | {stage: np.concatenate([losses[stage], new], axis=1) if done else new}
            done += epochs
            checkpoints.save(state, losses)
            write_text(folder.metrics, losses_text(losses, names))
            advance(epochs)
    return state, losses


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
