"""MEAN as a recogniser: streams and recognition head trained together from scratch; nothing is spotted.

MEAN's own code trains the streams by spotting first and freezes them. Short clips have no long stretch without a
micro-expression to spot in, so here that stage is left out: a variant of mebench, with MEAN's layers and settings.
"""

from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np

from mebench.atomic import write_text
from mebench.config.experiment import Experiment
from mebench.data.splits import Fold
from mebench.methods.mean.folds import (
    FoldData,
    FoldSamples,
    FoldState,
    fold_mesh,
    put_on_device,
    stack_folds,
)
from mebench.methods.mean.predict import predict_folds
from mebench.methods.mean.training import losses_text, resumed, train_stage
from mebench.progress import Progress
from mebench.record.run_folder import RunFolder, timed
from mebench.tasks.recognition_inputs import Samples
from mebench.tasks.targets import subject_number


def mean_emotions(
    experiment: Experiment, samples: Samples, folds: Sequence[Fold], folder: RunFolder, progress: Progress
) -> dict[int, str]:
    """Return MEAN's emotion for every sample that some fold tests on, by row, from that fold.

    A run that was stopped goes on from its last checkpoint, with the same result to the bit.

    Raises:
        MebenchError: the training diverges.
    """
    with timed(folder, "training"):
        (state,) = _train([experiment], samples, folds, [folder], progress)
    classes = experiment.protocol.classes
    found: dict[int, str] = {}
    tested = [rows_of(samples, fold.test) for fold in folds]
    with timed(folder, "inference"):
        scored = predict_folds(state.weights, range(len(folds)), [samples.windows[rows] for rows in tested])
        for rows, (_, probabilities) in zip(tested, scored, strict=True):
            found |= {row: classes[best] for row, best in zip(rows, probabilities.argmax(axis=1).tolist(), strict=True)}
    return found


def rows_of(samples: Samples, subjects: Sequence[str]) -> list[int]:
    """Return the rows of the subjects' samples."""
    chosen = set(subjects)
    return [row for row, sample in enumerate(samples.rows) if sample.info.subject in chosen]


def train_seeds(
    experiments: Sequence[Experiment],
    samples: Samples,
    folds: Sequence[Fold],
    folders: Sequence[RunFolder],
    progress: Progress,
) -> None:
    """Leave the trained folds of experiments that differ in their seeds alone in the checkpoints of their run folders.

    All are trained in one program; the seconds are shared out among them. Nothing is done for those that are trained.

    Raises:
        MebenchError: the training diverges.
    """
    with ExitStack() as stack:
        for folder in folders:
            stack.enter_context(timed(folder, "training", len(folders)))
        _train(experiments, samples, folds, folders, progress)


def _train(
    experiments: Sequence[Experiment],
    samples: Samples,
    folds: Sequence[Fold],
    folders: Sequence[RunFolder],
    progress: Progress,
) -> list[FoldState]:
    names, classes = [fold.name for fold in folds], experiments[0].protocol.classes
    keys = [subject_number(name) for name in names]
    targets = np.array([classes.index(sample.emotion) for sample in samples.rows])
    own = [FoldSamples(rows, targets[rows]) for rows in (np.array(rows_of(samples, fold.train)) for fold in folds)]

    def data(chosen: Sequence[int]) -> FoldData:
        table = stack_folds(own * len(chosen), experiments[0].train.batch_size)
        return put_on_device(table, samples.windows[table.rows], fold_mesh())

    with ExitStack() as stack:
        trainings = [
            stack.enter_context(resumed(one, names, keys, folder, progress))
            for one, folder in zip(experiments, folders, strict=True)
        ]
        trainings = train_stage("joint", trainings, data, progress)
    for one in trainings:
        write_text(one.folder.metrics, losses_text(one.losses, names))
    return [one.state for one in trainings]
