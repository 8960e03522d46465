"""Folds in one program: padding and other folds change nothing, a stop costs nothing, faults name the fold."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mebench.errors import MebenchError
from mebench.progress import Silent
from mebench.training.folds import Plan, each_fold, train_folds


@dataclass(frozen=True)
class Mean:
    """The mean of some numbers by gradient descent, from where the key says; one line of arithmetic a step."""

    rate: float = 0.1

    def init(self, key):
        return {"at": jax.random.normal(key)}

    def step(self, state, data, rows, valid, key):
        errors = jnp.where(valid, state["at"] - data[rows], 0)
        loss = jnp.square(errors).sum() / valid.sum()
        return {"at": state["at"] - self.rate * errors.sum() / valid.sum()}, loss


DATA = jnp.asarray(np.arange(12, dtype=np.float32))
ROWS = [np.arange(0, 5), np.arange(4, 12)]


def train(folder, rows=ROWS, epochs=6, every=10, learner=None, seed=3, keys=(7, 8)):
    plan = Plan(rows, keys[: len(rows)], ["a", "b"][: len(rows)], seed, epochs, 4)
    return train_folds(learner or Mean(), DATA, plan, folder, "run", Silent(), every)


def test_by_hand(tmp_path):
    (state, losses) = train(tmp_path, [np.array([2])], 1, keys=(7,))
    start = float(jax.random.normal(jax.random.fold_in(jax.random.fold_in(jax.random.key(3), 7), 0)))
    assert losses[0, 0] == pytest.approx((start - 2) ** 2)
    assert float(state["at"][0]) == pytest.approx(start - 0.1 * (start - 2))


def test_it_learns_each_fold_by_itself(tmp_path):
    state, losses = train(tmp_path, epochs=200)
    np.testing.assert_allclose(state["at"], [2.0, 7.5], atol=0.6)
    assert losses.shape == (2, 200)
    assert each_fold(state, lambda one, data: one["at"] + data[0], DATA).shape == (2,)


def test_a_fold_is_the_same_alone_and_beside_others(tmp_path):
    both, losses = train(tmp_path / "both")
    alone, own = train(tmp_path / "alone", ROWS[:1])
    assert float(both["at"][0]) == float(alone["at"][0])
    np.testing.assert_array_equal(losses[0], own[0])


def test_stopped_and_gone_on_it_ends_with_the_same_bits(tmp_path):
    straight, losses = train(tmp_path / "straight", every=2)
    train(tmp_path / "stopped", epochs=3, every=2)
    again, rest = train(tmp_path / "stopped", every=2)
    np.testing.assert_array_equal(straight["at"], again["at"])
    np.testing.assert_array_equal(losses, rest)


def test_another_seed_and_another_key_are_other_trainings(tmp_path):
    values = [train(tmp_path / str(i), **how)[0]["at"] for i, how in enumerate(({}, {"seed": 4}, {"keys": (9, 8)}))]
    assert float(values[0][0]) != float(values[1][0])
    assert float(values[0][0]) != float(values[2][0])
    assert float(values[0][1]) == float(values[2][1])


def test_faults_name_the_fold(tmp_path):
    with pytest.raises(MebenchError, match="fold b: no sample to train on"):
        train(tmp_path, [ROWS[0], np.array([], np.int64)])
    with pytest.raises(MebenchError, match=r"training of fold 'a' diverged in epoch \d+ .*learning_rate"):
        train(tmp_path, epochs=60, learner=Mean(rate=1e30))
    train(tmp_path / "x", epochs=1)
    with pytest.raises(MebenchError, match="is of other folds or classes"):
        train(tmp_path / "x", epochs=2, keys=(1, 2))
