"""MEAN's stages by short names, as the tests of training call them."""

import numpy as np

from mebench.config.experiment import TrainConfig
from mebench.methods.mean.cells import arrange
from mebench.methods.mean.learner import mean_stage
from mebench.training import folds as training_folds
from mebench.training.epochs import run_epochs
from mebench.training.execution import execution
from mebench.training.folds import put_on_device, stack_folds

STAGE = {"spotting": 0, "recognition": 1, "joint": 1}


def stage(name, config, behaviour="mended", classes=3):
    return mean_stage(name, config, behaviour, classes, STAGE[name])


def init_folds(seed, keys, classes):
    """Untrained folds of MEAN, with a column for each of two stages."""
    return training_folds.init_folds(stage("spotting", TrainConfig(), classes=classes).learner, seed, keys, 2)


def data_of(samples, windows, batch_size=16, mesh=None):
    table = stack_folds(samples, batch_size)
    return put_on_device(table, windows[table.rows], mesh, arrange)


def train(name, folds, data, seed, epochs, config, behaviour="mended"):
    """Folds after some epochs, one call for each: every test takes the program of one epoch."""
    losses = []
    for _ in range(epochs):
        folds, loss = run_epochs(stage(name, config, behaviour), folds, data, seed, 1, execution(config.folds))
        losses.append(loss)
    return folds, np.concatenate(losses, axis=1)
