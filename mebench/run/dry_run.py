"""What a run would do, before it does it: folds, sizes, and about how long it takes."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from mebench.config.experiment import DatasetConfig, Experiment
from mebench.data.builders import builder_of, is_built
from mebench.data.interval import VideoInfo
from mebench.data.source import read_infos
from mebench.data.splits import Fold
from mebench.errors import MebenchError
from mebench.features.windows.pipeline import window_lag
from mebench.methods.protocols import TrainsSeeds
from mebench.methods.registry import method_of
from mebench.record.run_folder import folder_of
from mebench.tasks.datasets import as_used, folds_of, kept
from mebench.tasks.recognition_inputs import samples_of
from mebench.tasks.str_inputs import takes_part

BUILD_MS, TRAIN_MS = 1.2, 6.3
"""Milliseconds on 2 cores, measured: to draw and write a frame of synth_me; for a training step of one fold."""

FLOW_MS = {
    "opencv_dis": 4.1,
    "opencv_farneback": 3.0,
    "jax_tvl1": 15.7,
    "jax_tvl1_fast": 2.5,
    "jax_clg": 1.9,
    "jax_lucas_kanade": 1.9,
    "jax_farneback": 7.0,
}
"""Milliseconds a window on 2 cores, measured, features included."""

SHOWN = 5
"""Test subjects of a fold that the plan names."""

COMPILE_SECONDS = 15.0
"""To compile both stages of the training, and to train recognition."""


@dataclass(frozen=True)
class Plan:
    """Sizes of a run; `seconds` by stage are rough and meant for 2 CPU cores."""

    folder: Path
    built: bool
    folds: tuple[Fold, ...]
    videos: int
    frames: int
    micro: int
    macro: int
    seconds: dict[str, float]


def plan_run(experiment: Experiment, runs: Path, data: Path | None) -> Plan:
    """Return what the run would do; only labels that are missing are built, in a temporary folder.

    Raises:
        MebenchError: unknown dataset, missing archive, or too few subjects for the protocol.
    """
    infos: list[VideoInfo] = []
    to_build, built = 0, True
    for settings, label in experiment.labelled:
        there = is_built(settings.name, settings.variant, data)
        own = kept(_infos(settings, data, there), settings)
        infos += [as_used(info, settings, experiment, label) for info in own]
        to_build += 0 if there else sum(info.num_frames for info in own)
        built = built and there
    chosen = [info for info in infos if _is_used(experiment, info)]
    folds = folds_of(experiment, chosen)
    return Plan(
        folder=folder_of(experiment, runs).root,
        built=built,
        folds=folds,
        videos=len(chosen),
        frames=sum(info.num_frames for info in chosen),
        micro=sum(len(info.micro) for info in chosen),
        macro=sum(len(info.expressions) - len(info.micro) for info in chosen),
        seconds=_seconds(experiment, chosen, folds, to_build),
    )


def _is_used(experiment: Experiment, info: VideoInfo) -> bool:
    """Return whether a video takes part: in recognition those with a sample of the classes."""
    if experiment.task == "recognition":
        return bool(samples_of(info, experiment.protocol))
    return takes_part(info, experiment.protocol)


def plan_text(plan: Plan) -> str:
    """Return the plan in lines for a reader."""
    folds = "\n".join(f"  {fold.name}: train {len(fold.train)}, test {_some(fold.test)}" for fold in plan.folds)
    stages = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in plan.seconds.items())
    return (
        f"dataset      {'built' if plan.built else 'to be built'}: {plan.videos} videos, {plan.frames} frames, "
        f"{plan.micro} micro- and {plan.macro} macro-expressions\n"
        f"folds        {len(plan.folds)}\n{folds}\n"
        f"time         about {sum(plan.seconds.values()):.0f} s on 2 CPU cores, very roughly ({stages})\n"
        f"run folder   {plan.folder}"
    )


def _some(names: tuple[str, ...]) -> str:
    """Return the names, or how many there are where they are many."""
    return ", ".join(names) if len(names) <= SHOWN else f"{len(names)} subjects"


def _infos(settings: DatasetConfig, data: Path | None, built: bool) -> list[VideoInfo]:
    """Return the labels of a dataset, from where it is built or from a temporary build of the labels alone."""
    name, variant, limit = settings.name, settings.variant, settings.limit
    if built:
        return read_infos(name, variant, data, limit)
    with tempfile.TemporaryDirectory() as scratch:
        builder = builder_of(name, variant, "videos", Path(scratch))
        if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
            raise MebenchError(
                f"{name} is not built, so its sizes are unknown; run: mebench data build {name} --archive DIR"
            )
        builder.download_and_prepare()
        return read_infos(name, variant, Path(scratch), limit)


def _seconds(
    experiment: Experiment, infos: list[VideoInfo], folds: tuple[Fold, ...], to_build: int
) -> dict[str, float]:
    """Return rough seconds by stage."""
    train = experiment.train
    if experiment.task == "recognition":
        windows = sum(len(samples_of(info, experiment.protocol)) for info in infos)
        steps = len(folds) * windows / train.batch_size * train.recognition_epochs
    else:
        windows = sum(max(0, i.num_frames - window_lag(i.fps, experiment.features.lag_seconds)) for i in infos)
        steps = sum(_steps(experiment, infos, fold) for fold in folds)
    found = {
        "dataset": to_build * BUILD_MS / 1000,
        "features": windows * FLOW_MS.get(experiment.features.flow, max(FLOW_MS.values())) / 1000,
        "training": COMPILE_SECONDS + steps * TRAIN_MS / 1000,
    }
    trains = isinstance(method_of(experiment.model.name), TrainsSeeds)
    return found if trains else {k: v for k, v in found.items() if k != "training"}


def _steps(experiment: Experiment, infos: list[VideoInfo], fold: Fold) -> float:
    """Return about how many steps of spotting a fold trains for."""
    known = [info for info in infos if info.subject in fold.train]
    windows = sum(info.num_frames for info in known)
    positives = 1.5 * sum(e.offset - e.onset for info in known for e in info.micro)
    samples = min(windows, positives * (1 + experiment.train.negatives_per_positive))
    return samples / experiment.train.batch_size * experiment.train.epochs
