"""What a run would do, before it does it: folds, sizes, and about how long it takes."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from mebench.config import Experiment
from mebench.data.builders import builder_of, is_built
from mebench.data.interval import VideoInfo
from mebench.data.source import read_infos
from mebench.data.splits import Fold, loso
from mebench.errors import MebenchError
from mebench.features.pipeline import window_lag
from mebench.run_folder import folder_of

BUILD_MS, TRAIN_MS = 1.2, 6.3
"""Milliseconds on 2 cores, measured: to draw and write a frame of synth_me; for a training step of one fold."""

FLOW_MS = {"opencv_dis": 4.1, "opencv_farneback": 3.0, "jax_tvl1": 40.0, "jax_lucas_kanade": 5.0}
"""Milliseconds a window on 2 cores, measured, features included."""

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
    settings = experiment.dataset
    built = is_built(settings.name, settings.variant, data)
    infos = _infos(experiment, data, built)
    chosen = [info for info in infos if experiment.protocol.videos == "all" or info.micro]
    folds = loso(info.subject for info in chosen)
    frames = sum(info.num_frames for info in chosen)
    return Plan(
        folder=folder_of(experiment, runs).root,
        built=built,
        folds=folds,
        videos=len(chosen),
        frames=frames,
        micro=sum(len(info.micro) for info in chosen),
        macro=sum(len(info.expressions) - len(info.micro) for info in chosen),
        seconds=_seconds(experiment, chosen, len(folds), 0 if built else frames),
    )


def plan_text(plan: Plan) -> str:
    """Return the plan in lines for a reader."""
    folds = "\n".join(f"  {fold.name}: train {len(fold.train)}, test {', '.join(fold.test)}" for fold in plan.folds)
    stages = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in plan.seconds.items())
    return (
        f"dataset      {'built' if plan.built else 'to be built'}: {plan.videos} videos, {plan.frames} frames, "
        f"{plan.micro} micro- and {plan.macro} macro-expressions\n"
        f"folds        {len(plan.folds)}\n{folds}\n"
        f"time         about {sum(plan.seconds.values()):.0f} s on 2 CPU cores, very roughly ({stages})\n"
        f"run folder   {plan.folder}"
    )


def _infos(experiment: Experiment, data: Path | None, built: bool) -> list[VideoInfo]:
    """Return the labels of the dataset, from where it is built or from a temporary build of the labels alone."""
    name, variant, limit = experiment.dataset.name, experiment.dataset.variant, experiment.dataset.limit
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


def _seconds(experiment: Experiment, infos: list[VideoInfo], folds: int, to_build: int) -> dict[str, float]:
    """Return rough seconds by stage."""
    train = experiment.train
    windows = sum(info.num_frames - window_lag(info.fps, experiment.features.lag_seconds) for info in infos)
    length = sum(e.offset - e.onset for info in infos for e in info.micro)
    positives = 1.5 * length * (folds - 1) / folds
    samples = min(windows, positives * (1 + train.negatives_per_positive))
    steps = folds * samples / train.batch_size * train.epochs
    found = {
        "dataset": to_build * BUILD_MS / 1000,
        "features": windows * FLOW_MS[experiment.features.flow] / 1000,
        "training": COMPILE_SECONDS + steps * TRAIN_MS / 1000,
    }
    return found if experiment.model.name == "mean" else {k: v for k, v in found.items() if k != "training"}
