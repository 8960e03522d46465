"""Training samples of one fold of MEAN (mebench/docs/mean.md, Labels and Training)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mebench.config.experiment import Experiment
from mebench.data.splits import Fold
from mebench.errors import MebenchError
from mebench.methods.mean import mean_config
from mebench.tasks.str_inputs import StrVideo
from mebench.tasks.targets import HalfLength, half_lengths, sample_windows, subject_number, window_targets
from mebench.training.folds import FoldSamples


@dataclass(frozen=True)
class FoldPlan:
    """Labels, samples and interval length of one fold.

    Attributes:
        fold: who trains, who tests.
        key: number that seeds everything random of the fold.
        half: gives k_p in frames at a video's frame rate.
        spotting: rows of all windows (in the order of the videos) and targets 0 or 1.
        recognition: rows of all apex windows and classes.
    """

    fold: Fold
    key: int
    half: HalfLength
    spotting: FoldSamples
    recognition: FoldSamples


def plan_fold(experiment: Experiment, videos: Sequence[StrVideo], fold: Fold) -> FoldPlan:
    """Return k_p and the samples of both stages of one fold (mebench/docs/mean.md, Labels and Training)."""
    key = subject_number(fold.name)
    train, test = ([v for v in videos if v.info.subject in side] for side in (fold.train, fold.test))
    known, held_out = ([i for v in side for i in v.timed_intervals] for side in (train, test))
    half = half_lengths(known, held_out, mean_config(experiment).behaviour)
    first = np.concatenate([[0], np.cumsum([len(v.features) for v in videos])])
    rows = np.concatenate(
        [np.arange(first[i], first[i + 1]) for i, v in enumerate(videos) if v.info.subject in fold.train]
    )
    targets = np.concatenate([window_targets(v.intervals, len(v.features), half.at(v.info.fps)) for v in train])
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
