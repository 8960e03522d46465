"""MEAN on an experiment: train all folds together, score every held-out window, decode."""

from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np
from jaxtyping import Float16

from mebench.config.experiment import Experiment
from mebench.data.splits import Fold
from mebench.methods.mean import mean_config
from mebench.methods.mean.cells import arrange
from mebench.methods.mean.fold_plan import FoldPlan, plan_fold
from mebench.methods.mean.learner import mean_stages
from mebench.methods.mean.network import MeanWeights
from mebench.methods.mean.predict import predict_folds
from mebench.methods.mean.window_scores import WindowScores, read_scores, write_scores
from mebench.progress import Progress
from mebench.record.run_folder import RunFolder, timed
from mebench.sealed.document import DamagedFile
from mebench.tasks.answers import Curve, Spotted, VideoAnswer
from mebench.tasks.decode import decode_highest, decode_spots, vote_emotions
from mebench.tasks.str_inputs import StrVideo
from mebench.training.epochs import Stage
from mebench.training.execution import execution
from mebench.training.folds import FoldData, Folds, fold_mesh, put_on_device, stack_folds
from mebench.training.train import Plan, SeedRun, train


def mean_answers(
    experiment: Experiment, videos: Sequence[StrVideo], folds: Sequence[Fold], folder: RunFolder, progress: Progress
) -> list[VideoAnswer]:
    """Return MEAN's answer for every video that some fold tests on, in their order, from that fold.

    What is done is kept in the run folder: checkpoints of the training, the scores of every window. A run that was
    stopped goes on from there, with the same result to the bit; what is damaged is named and computed anew.

    Raises:
        MebenchError: a fold has nothing to learn from, or its training diverges.
    """
    plans = [plan_fold(experiment, videos, fold) for fold in folds]
    by_subject = {subject: plan for plan in plans for subject in plan.fold.test}
    tested = [video for video in videos if video.info.subject in by_subject]
    with timed(folder, "training"):  # where all is trained, the losses are written again
        [trained] = _train([experiment], videos, [plans], [folder], progress)
    with timed(folder, "inference"):
        scores = _scores(trained.state.weights, tested, plans, folder, progress)
    answers = []
    for video in tested:
        half = by_subject[video.info.subject].half.at(video.info.fps)
        answers.append(answer(video, scores[video.info.video_id], half, experiment))
    return answers


def train_seeds(
    experiments: Sequence[Experiment],
    videos: Sequence[StrVideo],
    folds: Sequence[Fold],
    folders: Sequence[RunFolder],
    progress: Progress,
) -> None:
    """Leave the trained folds of experiments that differ in their seeds alone in the checkpoints of their run folders.

    All are trained in one program; the seconds are shared out among them. Nothing is done for those that are trained.

    Raises:
        MebenchError: a fold has nothing to learn from, or its training diverges.
    """
    plans = [[plan_fold(one, videos, fold) for fold in folds] for one in experiments]
    with ExitStack() as stack:
        for folder in folders:
            stack.enter_context(timed(folder, "training", len(folders)))
        _train(experiments, videos, plans, folders, progress)


def _train(
    experiments: Sequence[Experiment],
    videos: Sequence[StrVideo],
    plans: Sequence[Sequence[FoldPlan]],
    folders: Sequence[RunFolder],
    progress: Progress,
) -> list[Folds]:
    def data(stage: Stage, chosen: Sequence[int]) -> FoldData:
        return stage_data(stage, [plan for number in chosen for plan in plans[number]], videos)

    names, keys = tuple(plan.fold.name for plan in plans[0]), tuple(plan.key for plan in plans[0])
    plan = Plan(mean_stages(experiments[0]), names, keys, execution(experiments[0].train.folds))
    runs = [SeedRun(one.seed, folder) for one, folder in zip(experiments, folders, strict=True)]
    return train(plan, runs, data, progress)


def stage_data(stage: Stage, plans: Sequence[FoldPlan], videos: Sequence[StrVideo]) -> FoldData:
    """Return the windows of a stage that some fold trains on, on the device; no others are read."""
    if stage.name == "spotting":
        samples, parts = [plan.spotting for plan in plans], [video.features.windows for video in videos]
    else:
        samples, parts = [plan.recognition for plan in plans], [video.apex_windows for video in videos]
    table = stack_folds(samples, stage.batch_size)
    return put_on_device(table, read_rows(parts, table.rows), fold_mesh(), arrange)


def read_rows(parts: Sequence[Float16[np.ndarray, "..."]], rows: np.ndarray) -> Float16[np.ndarray, "m 42 42 3"]:
    """Return some rows of arrays that stand one after the other, without reading the rest; rows ascend."""
    first = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    cuts = np.searchsorted(rows, first)
    chosen = [part[rows[cuts[i] : cuts[i + 1]] - first[i]] for i, part in enumerate(parts)]
    return np.concatenate(chosen)


def _kept(video: StrVideo, folder: RunFolder, progress: Progress) -> WindowScores | None:
    """Return the scores that an earlier start left; damaged ones are told of and count as none."""
    try:
        return read_scores(folder, video.info.video_id)
    except DamagedFile as error:
        progress.say(f"{error}: the video is scored anew")
        return None


def _scores(
    weights: MeanWeights, videos: Sequence[StrVideo], plans: Sequence[FoldPlan], folder: RunFolder, progress: Progress
) -> dict[str, WindowScores]:
    """Return the scores of every held-out window by video; missing ones are computed, all folds in one program."""
    kept = {video.info.video_id: _kept(video, folder, progress) for video in videos}
    known = {video_id: scores for video_id, scores in kept.items() if scores is not None}
    numbers = {subject: number for number, plan in enumerate(plans) for subject in plan.fold.test}
    missing = sorted((v for v in videos if v.info.video_id not in known), key=lambda v: numbers[v.info.subject])
    total = sum(len(video.features) for video in videos)
    with progress.stage("Scoring held-out windows", total, "windows") as advance:
        advance(total - sum(len(video.features) for video in missing))
        folds = [numbers[video.info.subject] for video in missing]
        found = predict_folds(weights, folds, [video.features.windows for video in missing])
        for video, (spotting, recognition) in zip(missing, found, strict=True):
            known[video.info.video_id] = WindowScores(spotting, recognition)
            write_scores(folder, video.info.video_id, known[video.info.video_id])
            advance(len(video.features))
    return known


def answer(video: StrVideo, scores: WindowScores, half: int, experiment: Experiment) -> VideoAnswer:
    """Return the micro-expressions that a video's scores tell of (mebench/docs/mean.md, Decoding)."""
    clip, frames = mean_config(experiment).behaviour == "mended", video.info.num_frames
    if experiment.decode.highest:
        spots = decode_highest(scores.spotting, half, frames, clip)
    else:
        spots = decode_spots(scores.spotting, half, experiment.decode.threshold, frames, clip)
    emotions = vote_emotions(scores.recognition, spots.peaks, half)
    classes = experiment.protocol.classes
    rows = zip(spots.intervals, emotions, spots.peak_scores, strict=True)
    spotted = tuple(Spotted(interval, classes[emotion], score) for interval, emotion, score in rows)
    return VideoAnswer(video.info, spotted, Curve(spots.smoothed, spots.threshold, spots.peaks))
