"""Fixtures: a small set of windows that can be learnt, and two folds of it."""

import numpy as np
import pytest

from mebench.config.experiment import TrainConfig
from mebench.training.folds import FoldSamples


@pytest.fixture(scope="session")
def windows():
    """72 windows of noise; in every third one u rises from left to right."""
    noise = np.random.default_rng(0).random((72, 42, 42, 3))
    noise[::3, :, :, 0] = 0.5 * noise[::3, :, :, 0] + np.linspace(0, 0.5, 42)
    return noise.astype(np.float16)


@pytest.fixture(scope="session")
def samples():
    """Two folds of different size: 40 and 60 windows."""
    rows = (np.arange(40), np.arange(12, 72))
    return [FoldSamples(one, (one % 3 == 0).astype(np.int64)) for one in rows]


@pytest.fixture(scope="session")
def config():
    return TrainConfig(batch_size=16, folds="threads", learning_rate=5e-3)
