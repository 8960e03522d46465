"""Training of the answerer: it learns, folds do not see each other, padding changes nothing, same seed, same bits."""

import json
import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mebench.methods.answerer.training import AnswererData, AnswererLearner
from mebench.progress import Silent
from mebench.record.run_folder import RunFolder
from mebench.training.epochs import Stage
from mebench.training.folds import FoldSamples, each_fold
from mebench.training.train import Plan, SeedRun, train_folds

LEARNER = AnswererLearner(units=2, fines=2, learning_rate=3e-3)


def train_answerers(data, rows, counts, seed):
    """Return what the answerer of each fold says of every clip, and its losses."""
    own = [fold[:count] for fold, count in zip(rows, counts, strict=True)]
    names, stage = tuple(f"s{number}" for number in range(len(own))), Stage("training", LEARNER, 12, 8)
    plan, samples = Plan((stage,), names, tuple(range(len(own))), "map"), [FoldSamples(fold) for fold in own]
    with tempfile.TemporaryDirectory() as root:
        folder = RunFolder(Path(root) / "run")
        [folds] = train_folds(plan, [SeedRun(seed, folder)], [samples], data, Silent())
        lines = [json.loads(line) for line in folder.metrics.read_text().splitlines()]
    losses = np.array([[line["value"] for line in lines if line["name"].endswith(f".{name}")] for name in names])
    return jax.tree.map(np.asarray, each_fold(folds.state, LEARNER.outputs, data.clips)), losses


@pytest.fixture(scope="module")
def data():
    """Clips whose class is a patch in one of two places; the unit's side is the patch's half of the face."""
    rng = np.random.default_rng(0)
    fine, side = rng.integers(0, 2, 32), rng.choice([-1, 1], 32)
    clips = rng.normal(0, 0.1, (32, 32, 32, 3)).astype(np.float32)
    for row, (label, where) in enumerate(zip(fine, side, strict=True)):
        top, left = (4, 20)[label], (20, 4)[(where + 1) // 2]
        clips[row, top : top + 8, left : left + 8, 1] += 2
    units = np.eye(2, dtype=np.float32)[fine]
    return AnswererData(*(jnp.asarray(a) for a in (clips, units, units * side[:, None], fine.astype(np.int32))))


@pytest.fixture(scope="module")
def trained(data):
    rows = np.array([list(range(24)), [*range(8, 32)]])
    return rows, train_answerers(data, rows, np.array([24, 24]), 1)


def test_it_learns_what_a_clip_shows(data, trained):
    _, (said, losses) = trained
    assert losses.shape == (2, 12)
    assert losses[:, -1].max() < losses[:, 0].min()
    assert (said.fine[0].argmax(1)[24:] == np.asarray(data.fine)[24:]).mean() >= 0.8
    chosen = np.take_along_axis(said.sides[0], np.asarray(data.fine)[:, None], 1)[:, 0]
    true = np.asarray(data.sides).sum(1)
    assert ((chosen > 0) == (true > 0)).mean() >= 0.8


def test_same_seed_same_bits_and_another_seed_others(data, trained):
    rows, (said, _) = trained
    again, _ = train_answerers(data, rows, np.array([24, 24]), 1)
    other, _ = train_answerers(data, rows, np.array([24, 24]), 2)
    assert all(np.array_equal(one, two) for one, two in zip(said, again, strict=True))
    assert not np.array_equal(said.fine, other.fine)


def test_a_fold_learns_from_its_own_rows_alone(data, trained):
    rows, (said, _) = trained
    changed = data._replace(clips=data.clips.at[24:].add(3.0))
    again, _ = train_answerers(changed, rows, np.array([24, 24]), 1)
    np.testing.assert_array_equal(said.units[0][:24], again.units[0][:24])
    assert not np.array_equal(said.units[1][:24], again.units[1][:24])
