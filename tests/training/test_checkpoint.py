"""Checkpoints: the same bits after an interruption, also by a kill in the middle of a save; faults are named."""

import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from support.mean_training import data_of, init_folds, train

from mebench.errors import MebenchError
from mebench.training.checkpoint import open_checkpoints
from mebench.training.folds import choose_folds

KEYS = [3, 4_000_000_000]


def done(state):
    """Epochs that are done in both stages."""
    return int(np.asarray(state.epochs)[0].sum())


@pytest.fixture(scope="module")
def data(windows, samples):
    return data_of(samples, windows)


def trained(state, data, config, numbers):
    losses = []
    for _ in numbers:
        state, loss = train("spotting", state, data, 5, 1, config)
        losses.append(loss)
    return state, np.concatenate(losses, axis=1)


def test_two_epochs_are_one_a_restore_and_one(tmp_path, data, config):
    straight, losses = trained(init_folds(5, KEYS, 3), data, config, range(2))
    half, first = trained(init_folds(5, KEYS, 3), data, config, range(1))
    with open_checkpoints(tmp_path / "checkpoints", "run", print) as checkpoints:
        assert checkpoints.restore(init_folds(5, KEYS, 3)) is None
        checkpoints.save(done(half), half, {"spotting": first, "recognition": np.zeros((2, 0, 0), np.float32)})
    with open_checkpoints(tmp_path / "checkpoints", "run", print) as checkpoints:
        state, known = checkpoints.restore(init_folds(0, KEYS, 3))
    assert known.keys() == {"spotting"}
    state, rest = trained(state, data, config, range(1, 2))
    jax.tree.map(np.testing.assert_array_equal, straight, state)
    np.testing.assert_array_equal(losses, np.concatenate([known["spotting"], rest], axis=1))


def test_two_checkpoints_stay_and_both_stages_count(tmp_path, data, config):
    state = init_folds(5, KEYS, 3)
    with open_checkpoints(tmp_path, "run", print) as checkpoints:
        for _ in range(2):
            state, _ = train("spotting", state, data, 5, 1, config)
            checkpoints.save(done(state), state, {})
        state, losses = train("recognition", state, data, 5, 1, config, "mended")
        checkpoints.save(done(state), state, {"recognition": losses})
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["2", "3"]
    with open_checkpoints(tmp_path, "run", print) as checkpoints:
        again, known = checkpoints.restore(init_folds(5, KEYS, 3))
    jax.tree.map(np.testing.assert_array_equal, again, state)
    np.testing.assert_array_equal(known["recognition"], losses)


def test_other_folds_or_classes_are_refused(tmp_path):
    with open_checkpoints(tmp_path, "run", print) as checkpoints:
        checkpoints.save(done(init_folds(5, KEYS, 3)), init_folds(5, KEYS, 3), {})
    for other in (init_folds(5, [1, 2], 3), choose_folds(init_folds(5, KEYS, 3), [0]), init_folds(5, KEYS, 5)):
        with (
            open_checkpoints(tmp_path, "run", print) as checkpoints,
            pytest.raises(MebenchError, match="other folds or classes"),
        ):
            checkpoints.restore(other)


def _epochs_done(folder, run="run"):
    """Restored epochs of a folder (None: nothing), and what is said of them."""
    said = []
    with open_checkpoints(folder, run, said.append) as checkpoints:
        found = checkpoints.restore(init_folds(5, KEYS, 3))
    return None if found is None else int(found[0].epochs[0, 0]), said


def test_a_damaged_checkpoint_is_named_and_the_one_before_is_taken(tmp_path):
    state = init_folds(5, KEYS, 3)
    with open_checkpoints(tmp_path, "run", print) as checkpoints:
        for number in range(2):
            checkpoints.save(
                done(state._replace(epochs=state.epochs.at[:, 0].set(number))),
                state._replace(epochs=state.epochs.at[:, 0].set(number)),
                {},
            )
    (tmp_path / "1" / "default" / "_METADATA").write_bytes(b"")
    epochs, (said,) = _epochs_done(tmp_path)
    assert epochs == 0
    assert f"{tmp_path / '1' / 'default' / '_METADATA'} is damaged (it has 0 bytes" in said
    assert not (tmp_path / "1").exists()
    (tmp_path / "0.files.json").unlink()
    epochs, (said,) = _epochs_done(tmp_path)
    assert (epochs, said.startswith(f"{tmp_path / '0'} was not finished")) == (None, True)


def test_a_checkpoint_of_another_run_or_step_is_not_taken(tmp_path):
    state = init_folds(5, KEYS, 3)
    with open_checkpoints(tmp_path, "run", print) as checkpoints:
        for number in range(2):
            checkpoints.save(
                done(state._replace(epochs=state.epochs.at[:, 0].set(number))),
                state._replace(epochs=state.epochs.at[:, 0].set(number)),
                {},
            )
    for name in ("{}", "{}.files.json"):
        (tmp_path / name.format(1)).rename(tmp_path / "other")
        (tmp_path / name.format(0)).rename(tmp_path / name.format(1))
        (tmp_path / "other").rename(tmp_path / name.format(0))
    epochs, said = _epochs_done(tmp_path)
    assert epochs is None
    assert [f"{number}.files.json is damaged (it belongs to" in one for number, one in enumerate(said)] == [True] * 2
    with open_checkpoints(tmp_path, "run", print) as checkpoints:
        checkpoints.save(done(state), state, {})
    assert _epochs_done(tmp_path, "another run")[0] is None


KILLED = """
import os, sys
from mebench.runtime.environment import prepare
prepare()
from pathlib import Path
import orbax.checkpoint as ocp
from mebench.training.checkpoint import open_checkpoints
from support.mean_training import init_folds

state = init_folds(5, [3, 4_000_000_000], 3)
with open_checkpoints(Path(sys.argv[1]), "run", print) as checkpoints:
    checkpoints.save(0, state, {})
    # The process dies when the second save has written its arrays and is about to give the folder its name.
    ocp.path.atomicity.AtomicRenameTemporaryPath.finalize = lambda *a, **k: os._exit(9)
    checkpoints.save(1, state, {})
"""


def test_a_kill_in_the_middle_of_a_save_leaves_the_one_before(tmp_path):
    paths = os.pathsep.join([str(Path(__file__).parents[2]), str(Path(__file__).parents[1])])
    environment = {**os.environ, "PYTHONPATH": paths}
    run = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], env=environment, check=False, timeout=120)
    assert run.returncode == 9
    with open_checkpoints(tmp_path, "run", print) as checkpoints:
        state, _ = checkpoints.restore(init_folds(0, KEYS, 3))
    jax.tree.map(np.testing.assert_array_equal, state, init_folds(5, KEYS, 3))
