"""MEAN as a recogniser: streams and recognition head trained together from scratch; nothing is spotted.

MEAN's own code trains the streams by spotting first and freezes them. Short clips have no long stretch without a
micro-expression to spot in, so here that stage is left out: a variant of mebench, with MEAN's layers and settings.
"""

from collections.abc import Sequence

import numpy as np

from mebench.atomic import write_text
from mebench.config import Experiment
from mebench.data.splits import Fold
from mebench.progress import Progress
from mebench.run_folder import RunFolder, timed
from mebench.tasks.mean_training import done_epochs, losses_text, total_epochs, train_stage
from mebench.tasks.recognition_inputs import Samples
from mebench.tasks.targets import subject_number
from mebench.training.checkpoint import open_checkpoints
from mebench.training.folds import (
    FoldSamples,
    FoldState,
    fold_mesh,
    init_folds,
    put_on_device,
    stack_folds,
)
from mebench.training.predict import predict_folds


def mean_emotions(
    experiment: Experiment, samples: Samples, folds: Sequence[Fold], folder: RunFolder, progress: Progress
) -> dict[int, str]:
    """Return MEAN's emotion for every sample that some fold tests on, by row, from that fold.

    A run that was stopped goes on from its last checkpoint, with the same result to the bit.

    Raises:
        MebenchError: the training diverges.
    """
    with timed(folder, "training"):
        state = _train(experiment, samples, folds, folder, progress)
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


def _train(
    experiment: Experiment, samples: Samples, folds: Sequence[Fold], folder: RunFolder, progress: Progress
) -> FoldState:
    names, classes = [fold.name for fold in folds], experiment.protocol.classes
    targets = np.array([classes.index(sample.emotion) for sample in samples.rows])
    chosen = [np.array(rows_of(samples, fold.train)) for fold in folds]
    table = stack_folds([FoldSamples(rows, targets[rows]) for rows in chosen], experiment.train.batch_size)
    state = init_folds(experiment.seed, [subject_number(name) for name in names], len(classes))
    with open_checkpoints(folder.checkpoints) as checkpoints:
        state, losses = checkpoints.restore(state) or (state, {})
        if done_epochs(losses, "joint") < total_epochs(experiment, "joint"):
            data = put_on_device(table, samples.windows[table.rows], fold_mesh())
            state, losses = train_stage("joint", state, data, losses, experiment, names, checkpoints, folder, progress)
    write_text(folder.metrics, losses_text(losses, names))
    return state
