"""Plan of a run before it starts: datasets, folds, sizes, and about how long it takes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mebench.config.experiment import DatasetConfig, Experiment
from mebench.data.annotation import Annotated, annotated
from mebench.data.builders import builder_classes, is_built, title
from mebench.data.built_questions import read_questions
from mebench.data.card import Card
from mebench.data.interval import VideoInfo
from mebench.data.source import read_infos
from mebench.data.splits import Fold
from mebench.features.feature import feature_of
from mebench.methods.protocols import TrainsSeeds
from mebench.methods.registry import inputs_of, method_of
from mebench.record.run_folder import folder_of
from mebench.tasks.datasets import as_used, folds_of, kept
from mebench.tasks.recognition_inputs import samples_of
from mebench.tasks.str_inputs import takes_part

BUILD_MS, TRAIN_MS = 1.2, 6.3
"""Milliseconds on 2 cores, measured: to draw and write a frame of synth_me; for a training step of one fold."""

CLIP_MS = 100.0
"""Milliseconds a clip on 2 cores, compiling included: face, and flow from onset to apex, for questions about it (a run
of that task shows them on its page, so every run of it computes them)."""

FLOW_MS = {
    "opencv_dis": 4.1,
    "opencv_farneback": 3.0,
    "jax_tvl1": 15.7,
    "jax_tvl1_fast": 2.5,
    "jax_clg": 1.9,
    "jax_lucas_kanade": 1.9,
}
"""Milliseconds a window on 2 cores, measured, features included."""

COMPILE_SECONDS = 15.0
"""To compile both stages of the training, and to train recognition."""

ANSWERER_SECONDS = 20.0
"""To train the embedded answerer in five folds on 240 clips, as the records of the leaderboard have it."""


@dataclass(frozen=True)
class PlannedDataset:
    """A dataset of a run.

    Attributes:
        title: `name` or `name/variant`.
        built: whether every form of it is.
        known: whether its labels are: it is built, or drawn here.
        card: what its builder says of it; None where it says nothing.
    """

    title: str
    built: bool
    known: bool
    card: Card | None


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run whose labels are known here.

    Attributes:
        folds: subjects to train and to test on.
        videos, frames: numbers of them.
        micro, macro: expressions in them.
        samples: of the task recognition, clips that have one of the classes.
        questions: of the task vqa, by form ("" where a wording is none of them).
        seconds: by stage, rough and meant for 2 CPU cores.
    """

    folds: tuple[Fold, ...]
    videos: int
    frames: int
    micro: int
    macro: int
    samples: int
    questions: Mapping[str, int]
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class Plan:
    """Plan of a run; `sizes` are None where a dataset is neither built nor drawn here.

    Attributes:
        task, model: of the experiment.
        features: that are computed, by name, with what they are.
        folder: of the run.
        datasets: of the experiment.
        sizes: of what takes part.
    """

    task: str
    model: str
    features: Mapping[str, str]
    folder: Path
    datasets: tuple[PlannedDataset, ...]
    sizes: Sizes | None


def plan_run(experiment: Experiment, runs: Path, data: Path | None) -> Plan:
    """Return what the run would do; nothing is built.

    Raises:
        MebenchError: unknown dataset, or too few subjects for the protocol.
    """
    datasets = tuple(_dataset(settings, data) for settings, _ in experiment.labelled)
    known = all(one.known for one in datasets)
    sizes = _sizes(experiment, data, [one.built for one in datasets]) if known else None
    features = {name: feature_of(name).about for name in inputs_of(experiment)}
    return Plan(experiment.task, experiment.model.name, features, folder_of(experiment, runs).root, datasets, sizes)


def _dataset(settings: DatasetConfig, data: Path | None) -> PlannedDataset:
    built = is_built(settings.name, settings.variant, data)
    cls = builder_classes()[settings.name]
    known = built or not cls.MANUAL_DOWNLOAD_INSTRUCTIONS
    return PlannedDataset(title(settings.name, settings.variant), built, known, getattr(cls, "CARD", None))


def _sizes(experiment: Experiment, data: Path | None, built: Sequence[bool]) -> Sizes:
    videos: list[Annotated] = []
    to_build = 0
    for (settings, label), there in zip(experiment.labelled, built, strict=True):
        own = _annotated(experiment.task, settings, data, there)
        questions = {one.info.video_id: one.questions for one in own}
        infos = kept([one.info for one in own], settings)
        to_build += 0 if there else sum(info.num_frames for info in infos)
        videos += [Annotated(as_used(i, settings, experiment, label), questions[i.video_id]) for i in infos]
    chosen = [one for one in videos if _is_used(experiment, one)]
    infos = [one.info for one in chosen]
    folds = folds_of(experiment, infos)
    samples = sum(len(samples_of(info, experiment.protocol)) for info in infos)
    return Sizes(
        folds=folds,
        videos=len(infos),
        frames=sum(info.num_frames for info in infos),
        micro=sum(len(info.micro) for info in infos),
        macro=sum(len(info.expressions) - len(info.micro) for info in infos),
        samples=samples if experiment.task == "recognition" else 0,
        questions=Counter(question.form for one in chosen for question in one.questions),
        seconds=_seconds(experiment, infos, folds, to_build, samples),
    )


def _annotated(task: str, settings: DatasetConfig, data: Path | None, built: bool) -> list[Annotated]:
    """Return the videos of a dataset, with their questions where the task is about them, from where they are known."""
    if not built:
        every = annotated(settings.name, settings.variant)
        subjects = set(sorted({one.info.subject for one in every})[: settings.limit])
        return [one for one in every if one.info.subject in subjects]
    infos = read_infos(settings.name, settings.variant, data, settings.limit)
    asked = read_questions(settings.name, settings.variant, data) if task == "vqa" else {}
    return [Annotated(info, asked.get(info.video_id, ())) for info in infos]


def _is_used(experiment: Experiment, one: Annotated) -> bool:
    """Return whether a video takes part: in recognition with a sample of the classes, in vqa with a question."""
    if experiment.task == "vqa":
        return bool(one.questions)
    if experiment.task == "recognition":
        return bool(samples_of(one.info, experiment.protocol))
    return takes_part(one.info, experiment.protocol)


def _seconds(
    experiment: Experiment, infos: list[VideoInfo], folds: tuple[Fold, ...], to_build: int, samples: int
) -> dict[str, float]:
    """Return rough seconds by stage; how long a checkpoint takes to answer is not known here."""
    train = experiment.train
    found = {"dataset": to_build * BUILD_MS / 1000}
    if experiment.task == "vqa":
        found |= {"features": len(infos) * CLIP_MS / 1000}
        return found | ({"training": ANSWERER_SECONDS} if experiment.model.name == "answerer" else {})
    if experiment.task == "recognition":
        steps = len(folds) * samples / train.batch_size * train.recognition_epochs
    else:
        steps = sum(_steps(experiment, infos, fold) for fold in folds)
    found |= {"features": sum(_feature_seconds(experiment, infos, *one) for one in inputs_of(experiment).items())}
    if not isinstance(method_of(experiment.model.name), TrainsSeeds):
        return found
    return found | {"training": COMPILE_SECONDS + steps * TRAIN_MS / 1000}


def _feature_seconds(experiment: Experiment, infos: list[VideoInfo], name: str, settings: Any) -> float:
    """Return rough seconds for a feature: as many flows as it has units."""
    feature, task = feature_of(name), experiment.task
    marks = [len(samples_of(i, experiment.protocol) if task == "recognition" else i.micro) for i in infos]
    units = [feature.amount(i.fps, i.num_frames, count, settings) for i, count in zip(infos, marks, strict=True)]
    return sum(units) * FLOW_MS.get(feature.flow(settings), max(FLOW_MS.values())) / 1000


def _steps(experiment: Experiment, infos: list[VideoInfo], fold: Fold) -> float:
    """Return about how many steps of spotting a fold trains for."""
    known = [info for info in infos if info.subject in fold.train]
    windows = sum(info.num_frames for info in known)
    positives = 1.5 * sum(e.offset - e.onset for info in known for e in info.micro)
    samples = min(windows, positives * (1 + experiment.train.negatives_per_positive))
    return samples / experiment.train.batch_size * experiment.train.epochs
