"""MEAN as a recogniser: streams and recognition head trained together from scratch; nothing is spotted.

MEAN's own code trains the streams by spotting first and freezes them. Short clips have no long stretch without a
micro-expression to spot in, so here that stage is left out: a variant of mebench, with MEAN's layers and settings.
"""

from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np

from mebench.config.experiment import Experiment
from mebench.data.splits import Fold
from mebench.methods.mean.cells import arrange
from mebench.methods.mean.learner import mean_stages
from mebench.methods.mean.predict import predict_folds
from mebench.progress import Progress
from mebench.record.run_folder import RunFolder, timed
from mebench.tasks.recognition_inputs import RecognitionSamples
from mebench.tasks.targets import subject_number
from mebench.training.epochs import Stage
from mebench.training.execution import execution
from mebench.training.folds import FoldData, Folds, FoldSamples, fold_mesh, put_on_device, stack_folds
from mebench.training.train import Plan, SeedRun, train


def mean_emotions(
    experiment: Experiment, samples: RecognitionSamples, folds: Sequence[Fold], folder: RunFolder, progress: Progress
) -> dict[int, str]:
    """Return MEAN's emotion for every sample that some fold tests on, by row, from that fold.

    A run that was stopped goes on from its last checkpoint, with the same result to the bit.

    Raises:
        MebenchError: the training diverges.
    """
    with timed(folder, "training"):
        [trained] = _train([experiment], samples, folds, [folder], progress)
    classes = experiment.protocol.classes
    found: dict[int, str] = {}
    tested = [rows_of(samples, fold.test) for fold in folds]
    with timed(folder, "inference"):
        scored = predict_folds(trained.state.weights, range(len(folds)), [samples.windows[rows] for rows in tested])
        for rows, (_, probabilities) in zip(tested, scored, strict=True):
            found |= {row: classes[best] for row, best in zip(rows, probabilities.argmax(axis=1).tolist(), strict=True)}
    return found


def rows_of(samples: RecognitionSamples, subjects: Sequence[str]) -> list[int]:
    """Return the rows of the subjects' samples."""
    chosen = set(subjects)
    return [row for row, sample in enumerate(samples.rows) if sample.info.subject in chosen]


def train_seeds(
    experiments: Sequence[Experiment],
    samples: RecognitionSamples,
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
    samples: RecognitionSamples,
    folds: Sequence[Fold],
    folders: Sequence[RunFolder],
    progress: Progress,
) -> list[Folds]:
    first, names = experiments[0], tuple(fold.name for fold in folds)
    targets = np.array([first.protocol.classes.index(sample.emotion) for sample in samples.rows])
    own = [FoldSamples(rows, targets[rows]) for rows in (np.array(rows_of(samples, fold.train)) for fold in folds)]

    def data(stage: Stage, chosen: Sequence[int]) -> FoldData:
        table = stack_folds(own * len(chosen), stage.batch_size)
        return put_on_device(table, samples.windows[table.rows], fold_mesh(), arrange)

    plan = Plan(mean_stages(first), names, tuple(map(subject_number, names)), execution(first.train.folds))
    runs = [SeedRun(one.seed, folder) for one, folder in zip(experiments, folders, strict=True)]
    return train(plan, runs, data, progress)
