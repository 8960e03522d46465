"""MEAN on an experiment: train all folds together, score every held-out window, decode."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float16, Float32

from mebench.atomic import write_text
from mebench.config import Experiment
from mebench.data.splits import Fold
from mebench.errors import MebenchError
from mebench.progress import Progress
from mebench.run_folder import RunFolder, timed
from mebench.tasks.answers import Curve, Spotted, VideoAnswer
from mebench.tasks.decode import decode_spots, vote_emotions
from mebench.tasks.str_inputs import StrVideo
from mebench.tasks.targets import half_length, sample_windows, subject_number, window_targets
from mebench.tasks.window_scores import WindowScores, read_scores, write_scores
from mebench.training.checkpoint import Checkpoints
from mebench.training.folds import (
    FoldData,
    FoldSamples,
    FoldState,
    fold_weights,
    init_folds,
    put_on_device,
    stack_folds,
)
from mebench.training.loop import Stage, check_losses, recognition_epochs, spotting_epochs
from mebench.training.predict import predict_windows

EPOCHS_A_CALL = {"spotting": 1, "recognition": 20}
"""Epochs between two checkpoints; progress moves once for each."""


@dataclass(frozen=True)
class FoldPlan:
    """What one fold needs to know besides its weights.

    Attributes:
        fold: who trains, who tests.
        key: number that seeds everything random of the fold.
        half: k_p in frames.
        spotting: rows of all windows (in the order of the videos) and targets 0 or 1.
        recognition: rows of all apex windows and classes.
    """

    fold: Fold
    key: int
    half: int
    spotting: FoldSamples
    recognition: FoldSamples


def mean_answers(
    experiment: Experiment, videos: Sequence[StrVideo], folds: Sequence[Fold], folder: RunFolder, progress: Progress
) -> list[VideoAnswer]:
    """Return MEAN's answer for every video, in their order, each from the fold that holds its subject out.

    What is done is kept in the run folder: checkpoints of the training, the scores of every window. A run that was
    stopped goes on from there, with the same result to the bit.

    Raises:
        MebenchError: a fold has nothing to learn from, or its training diverges.
    """
    plans = [plan_fold(experiment, videos, fold) for fold in folds]
    if not all(_is_scored(video, folder) for video in videos):
        with timed(folder, "training"):
            state = train(experiment, videos, plans, folder, progress)
        with timed(folder, "inference"):
            _score_folds(state, videos, plans, folder, progress)
    by_subject = {subject: plan for plan in plans for subject in plan.fold.test}
    answers = []
    for video in videos:
        plan = by_subject[video.info.subject]
        answers.append(answer(video, read_scores(folder.scores, video.info.video_id), plan.half, experiment))
    return answers


def plan_fold(experiment: Experiment, videos: Sequence[StrVideo], fold: Fold) -> FoldPlan:
    """Return k_p and the samples of both stages of one fold (spec of MEAN, Labels and Training)."""
    key = subject_number(fold.name)
    train, test = ([v for v in videos if v.info.subject in side] for side in (fold.train, fold.test))
    intervals = [[i for v in side for i in v.intervals] for side in (train, test)]
    half = half_length(*intervals, experiment.model.behaviour)
    first = np.concatenate([[0], np.cumsum([len(v.features) for v in videos])])
    rows = np.concatenate(
        [np.arange(first[i], first[i + 1]) for i, v in enumerate(videos) if v.info.subject in fold.train]
    )
    targets = np.concatenate([window_targets(v.intervals, len(v.features), half) for v in train])
    chosen = sample_windows(targets, experiment.train.negatives_per_positive, experiment.seed, key)
    spotting = FoldSamples(rows[chosen], targets[chosen].astype(np.int64))
    return FoldPlan(fold, key, half, spotting, _recognition_samples(experiment, videos, fold))


def _recognition_samples(experiment: Experiment, videos: Sequence[StrVideo], fold: Fold) -> FoldSamples:
    """Return the fold's micro-expressions of a class, as rows of all apex windows."""
    classes = experiment.protocol.classes
    labels = [(v.info.subject, emotion) for v in videos for emotion in v.emotions]
    rows = [i for i, (subject, emotion) in enumerate(labels) if subject in fold.train and emotion in classes]
    if not rows:
        raise MebenchError(
            f"fold {fold.name}: no training micro-expression has one of the classes {', '.join(classes)}; "
            "set protocol.classes or protocol.label"
        )
    return FoldSamples(np.array(rows), np.array([classes.index(labels[row][1]) for row in rows]))


def train(
    experiment: Experiment,
    videos: Sequence[StrVideo],
    plans: Sequence[FoldPlan],
    folder: RunFolder,
    progress: Progress,
) -> FoldState:
    """Return the trained folds, from the last checkpoint on; losses go to `metrics.jsonl`."""
    settings = experiment.train
    state = init_folds(experiment.seed, [plan.key for plan in plans], len(experiment.protocol.classes))
    checkpoints = Checkpoints(folder.checkpoints)
    state, losses = checkpoints.restore(state)
    table = stack_folds([plan.spotting for plan in plans], settings.batch_size)
    if done_epochs(losses, "spotting") < settings.epochs:
        data = put_on_device(table, read_rows([v.features.windows for v in videos], table.rows))
        state, losses = _stage("spotting", state, data, losses, experiment, plans, checkpoints, folder, progress)
    table = stack_folds([plan.recognition for plan in plans], settings.batch_size)
    data = put_on_device(table, read_rows([v.apex_windows for v in videos], table.rows))
    state, losses = _stage("recognition", state, data, losses, experiment, plans, checkpoints, folder, progress)
    write_text(folder.metrics, losses_text(losses, [plan.fold.name for plan in plans]))
    return state


Losses = dict[str, Float32[np.ndarray, "f e s"]]
"""Losses of each stage, by fold, epoch and step."""


def done_epochs(losses: Losses, stage: Stage) -> int:
    """Return how many epochs of a stage are done."""
    return losses[stage].shape[1] if stage in losses else 0


def _stage(
    stage: Stage,
    state: FoldState,
    data: FoldData,
    losses: Losses,
    experiment: Experiment,
    plans: Sequence[FoldPlan],
    checkpoints: Checkpoints,
    folder: RunFolder,
    progress: Progress,
) -> tuple[FoldState, Losses]:
    """Return state and losses after the epochs of a stage that are not done yet; a checkpoint follows each call."""
    settings, names = experiment.train, [plan.fold.name for plan in plans]
    total = settings.epochs if stage == "spotting" else settings.recognition_epochs
    done = done_epochs(losses, stage)
    with progress.stage(f"Training: {stage}, {len(plans)} folds", total, "epochs") as advance:
        advance(done)
        while done < total:
            epochs = min(EPOCHS_A_CALL[stage], total - done)
            if stage == "spotting":
                state, new = spotting_epochs(state, data, experiment.seed, epochs, settings)
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
    """Return one JSON line for each fold and epoch: step (epochs done), name, and the mean loss of its steps."""
    lines = []
    for stage, values in losses.items():
        for epoch in range(values.shape[1]):
            for fold, name in enumerate(names):
                steps = values[fold, epoch]
                value = float(steps[steps != 0].mean(dtype=np.float64)) if steps.any() else 0.0
                lines.append(json.dumps({"step": epoch + 1, "name": f"{stage}.loss.{name}", "value": value}))
    return "\n".join(lines) + "\n"


def _is_scored(video: StrVideo, folder: RunFolder) -> bool:
    return (folder.scores / f"{video.info.video_id}.npz").is_file()


def _score_folds(
    state: FoldState, videos: Sequence[StrVideo], plans: Sequence[FoldPlan], folder: RunFolder, progress: Progress
) -> None:
    """Write the scores of every held-out window that are not there yet."""
    total = sum(len(video.features) for video in videos)
    with progress.stage("Scoring held-out windows", total, "windows") as advance:
        for index, plan in enumerate(plans):
            weights = fold_weights(state, index)
            for video in videos:
                if video.info.subject in plan.fold.test:
                    if not _is_scored(video, folder):
                        spotting, recognition = predict_windows(weights, video.features.windows)
                        write_scores(folder.scores, video.info.video_id, WindowScores(spotting, recognition))
                    advance(len(video.features))


def answer(video: StrVideo, scores: WindowScores, half: int, experiment: Experiment) -> VideoAnswer:
    """Return the micro-expressions that a video's scores tell of (spec of MEAN, Decoding)."""
    clip = experiment.model.behaviour == "mended"
    spots = decode_spots(scores.spotting, half, experiment.decode.threshold, video.info.num_frames, clip)
    emotions = vote_emotions(scores.recognition, spots.peaks, half)
    classes = experiment.protocol.classes
    rows = zip(spots.intervals, emotions, spots.peak_scores, strict=True)
    spotted = tuple(Spotted(interval, classes[emotion], score) for interval, emotion, score in rows)
    return VideoAnswer(video.info, spotted, Curve(spots.smoothed, spots.threshold, spots.peaks))
