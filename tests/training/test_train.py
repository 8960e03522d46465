"""Folds in one program: padding and other folds change nothing, a stop costs nothing, faults name the fold."""

import json
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mebench.errors import MebenchError
from mebench.progress import Silent
from mebench.record.run_folder import RunFolder
from mebench.training.epochs import Stage
from mebench.training.folds import FoldSamples, each_fold
from mebench.training.learner import Learner
from mebench.training.train import Plan, SeedRun, train_folds


@dataclass(frozen=True)
class Mean(Learner):
    """The mean of some numbers by gradient descent, from where the key says; one line of arithmetic a step."""

    rate: float = 0.1

    def init(self, key):
        return {"at": jax.random.normal(key)}

    def step(self, state, data, batch, key):
        errors = jnp.where(batch.valid, state["at"] - data[batch.rows] - batch.targets, 0)
        loss = jnp.square(errors).sum() / batch.valid.sum()
        return {"at": state["at"] - self.rate * errors.sum() / batch.valid.sum()}, loss


@dataclass(frozen=True)
class Doubled(Mean):
    """The same of numbers that are doubled once, before the steps."""

    def prepare(self, state, data, rows):
        return 2 * data


DATA = np.arange(12, dtype=np.float32)
ROWS = [np.arange(0, 5), np.arange(4, 12)]


def plan_of(folds, epochs, every, learner, keys, how="map"):
    stages = tuple(Stage(f"stage{i}", one, epochs, 4, every, i, i) for i, one in enumerate(learner))
    return Plan(stages, ("a", "b")[:folds], keys[:folds], how)


def train(folder, rows=ROWS, epochs=6, every=10, learner=(Mean(),), seeds=(3,), keys=(7, 8), how="map", targets=None):
    """The folds of the first seed, and the loss of each fold, epoch after epoch."""
    samples = [FoldSamples(own, None if targets is None else targets[own]) for own in rows]
    runs = [SeedRun(seed, RunFolder(folder / str(seed))) for seed in seeds]
    plan = plan_of(len(rows), epochs, every, learner, keys, how)
    found = train_folds(plan, runs, [samples] * len(seeds), DATA, Silent())
    lines = [json.loads(line) for line in runs[0].folder.metrics.read_text().splitlines()]
    losses = {name: [row["value"] for row in lines if row["name"].endswith(f".loss.{name}")] for name in plan.names}
    return found[0].state["at"], losses


def test_by_hand(tmp_path):
    at, losses = train(tmp_path, [np.array([2])], 1, keys=(7,))
    start = float(jax.random.normal(jax.random.fold_in(jax.random.key(3), 7)))
    assert losses["a"] == [pytest.approx((start - 2) ** 2)]
    assert float(at[0]) == pytest.approx(start - 0.1 * (start - 2))


def test_targets_are_the_folds_own_and_what_is_prepared_is_seen(tmp_path):
    start = float(jax.random.normal(jax.random.fold_in(jax.random.key(3), 7)))
    found, _ = train(tmp_path / "t", [np.array([2])], 1, keys=(7,), targets=np.full(12, 0.5, np.float32))
    assert float(found[0]) == pytest.approx(start - 0.1 * (start - 2.5))
    found, _ = train(tmp_path / "d", [np.array([2])], 1, keys=(7,), learner=(Doubled(),))
    assert float(found[0]) == pytest.approx(start - 0.1 * (start - 4))


def test_it_learns_each_fold_by_itself(tmp_path):
    at, losses = train(tmp_path, epochs=200, every=100)
    np.testing.assert_allclose(at, [2.0, 7.5], atol=0.6)
    assert [len(losses[name]) for name in "ab"] == [200, 200]
    assert each_fold({"at": at}, lambda one, data: one["at"] + data[0], jnp.asarray(DATA)).shape == (2,)


@pytest.mark.parametrize("how", ["map", "threads"])
def test_a_fold_is_the_same_alone_and_beside_others(tmp_path, how):
    both, losses = train(tmp_path / "both", how=how)
    alone, own = train(tmp_path / "alone", ROWS[:1])
    assert float(both[0]) == float(alone[0])
    assert losses["a"] == own["a"]


def test_stopped_and_gone_on_it_ends_with_the_same_bits(tmp_path):
    straight, losses = train(tmp_path / "straight", every=2)
    train(tmp_path / "stopped", epochs=3, every=2)
    again, rest = train(tmp_path / "stopped", every=2)
    np.testing.assert_array_equal(straight, again)
    assert losses == rest


def test_stages_move_one_state_one_after_the_other(tmp_path):
    both, losses = train(tmp_path / "both", epochs=3, learner=(Mean(), Mean(0.5)))
    assert len(losses["a"]) == 6
    first, early = train(tmp_path / "first", epochs=3)
    assert losses["a"][:3] == early["a"]
    assert float(first[0]) != float(both[0])


def test_seeds_together_are_each_as_alone(tmp_path):
    alone, losses = train(tmp_path / "alone", seeds=(3,))
    together, both = train(tmp_path / "both", seeds=(3, 4))
    np.testing.assert_array_equal(alone, together)
    assert losses == both


def test_another_seed_and_another_key_are_other_trainings(tmp_path):
    values = [train(tmp_path / str(i), **how)[0] for i, how in enumerate(({}, {"seeds": (4,)}, {"keys": (9, 8)}))]
    assert float(values[0][0]) != float(values[1][0])
    assert float(values[0][0]) != float(values[2][0])
    assert float(values[0][1]) == float(values[2][1])


def test_faults_name_the_fold(tmp_path):
    with pytest.raises(MebenchError, match="fold b: no sample to train on"):
        train(tmp_path, [ROWS[0], np.array([], np.int64)])
    with pytest.raises(MebenchError, match=r"training of fold 'a' diverged at step \d+ of epoch \d+ .*learning_rate"):
        train(tmp_path, epochs=60, learner=(Mean(rate=1e30),))
    train(tmp_path / "x", epochs=1)
    with pytest.raises(MebenchError, match="is of other folds or classes"):
        train(tmp_path / "x", epochs=2, keys=(1, 2))
