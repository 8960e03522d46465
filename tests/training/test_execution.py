"""How folds share devices: the same result, whichever way; a step asks nothing of the host."""

import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.mean_training import data_of, init_folds, stage
from support.mean_training import train as train_mean

from mebench.config.experiment import TrainConfig
from mebench.training.epochs import _run, temporary_bytes
from mebench.training.execution import execution, only_fold
from mebench.training.folds import FoldData, FoldSamples, fold_mesh, joined_folds

TOLERANCE = 2e-4
"""Largest relative difference of losses between one device and eight: each has fewer cores, so sums are cut elsewhere,
and Adam divides by small numbers."""

CODE = f"""
from mebench.runtime import environment as runtime; runtime.prepare()
import jax, numpy as np
from test_execution import three_folds, train
from mebench.training.folds import fold_mesh
mesh = fold_mesh()
assert mesh.size == 8
alone, shared = train(None), train(mesh)
np.testing.assert_allclose(shared[1], alone[1], rtol={TOLERANCE})
same = lambda a, b: np.testing.assert_allclose(np.asarray(b), np.asarray(a), rtol=1e-2, atol=1e-3)
jax.tree.map(same, alone[0].state, shared[0].state)
assert len(three_folds(mesh).counts.sharding.device_set) == 8
assert three_folds(mesh).places.addressable_shards[0].data.shape[0] == 1
assert three_folds(mesh).shared.addressable_shards[0].data.shape[0] == three_folds(None).shared.shape[0]
print(jax.device_count(), "devices")
"""


def three_folds(mesh):
    """Eight devices and three folds: five folds are padding."""
    windows = np.random.default_rng(0).random((48, 42, 42, 3)).astype(np.float16)
    rows = (np.arange(20), np.arange(10, 48), np.arange(5))
    return data_of([FoldSamples(one, one % 2) for one in rows], windows, mesh=mesh)


def train(mesh, folds="auto"):
    """Two epochs of spotting."""
    config = TrainConfig(batch_size=16, folds=folds)
    return train_mean("spotting", init_folds(0, [4, 5, 6], 3), three_folds(mesh), 0, 2, config)


@pytest.mark.slow
def test_same_result_on_eight_devices():
    flags = os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"
    paths = os.pathsep.join(
        [str(Path(__file__).parents[2]), str(Path(__file__).parents[1]), str(Path(__file__).parent)]
    )
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu", "PYTHONPATH": paths}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "8 devices", done.stderr[-2000:]


def test_one_device_needs_no_mesh():
    assert fold_mesh() is None or len(jax.local_devices()) > 1


def test_threads_give_the_bits_of_one_after_another():
    jax.tree.map(np.testing.assert_array_equal, train(None, "map"), train(None, "threads"))


def test_auto_is_what_is_fastest_on_cpu():
    assert execution("auto") == ("threads" if jax.default_backend() == "cpu" else "vmap")
    assert execution("vmap") == "vmap"


def test_an_epoch_touches_no_host(config):
    data, state = three_folds(None), init_folds(0, [4, 5, 6], 3)
    program = _run.lower(state, data, stage("spotting", config), 2, "map", None).compile()
    text = program.as_text()
    assert "while(" in text
    assert not any(word in text for word in ("infeed(", "outfeed(", "callback", "send(", "recv("))
    with jax.transfer_guard("disallow"):
        _, losses = program(state, data)
    assert np.isfinite(losses).all()
    with jax.transfer_guard("disallow"), pytest.raises(Exception, match="transfer"):
        program(state, data._replace(counts=np.asarray(data.counts)))


def test_two_seeds_together_are_each_alone(config):
    """The folds of both seeds stand behind one another in one program: the same bits as in two."""
    alone = [
        train_mean("spotting", init_folds(seed, [4, 5, 6], 3), three_folds(None), seed, 1, config) for seed in (0, 7)
    ]
    both = joined_folds([init_folds(seed, [4, 5, 6], 3) for seed in (0, 7)])
    data = three_folds(None)
    twice = FoldData(data.shared, *(jnp.concatenate([leaf, leaf]) for leaf in data[1:]))
    state, losses = train_mean("spotting", both, twice, [0, 0, 0, 7, 7, 7], 1, config)
    jax.tree.map(np.testing.assert_array_equal, state, joined_folds([one for one, _ in alone]))
    np.testing.assert_array_equal(losses, np.concatenate([one for _, one in alone]))
    assert not np.array_equal(losses[:3], losses[3:])


@pytest.mark.slow
def test_memory_grows_neither_with_folds_nor_with_windows(config):
    windows = np.zeros((320, 42, 42, 3), np.float16)

    def of(folds, samples):
        table = [FoldSamples(np.arange(samples), np.arange(samples) % 2)] * folds
        return init_folds(0, range(folds), 3), data_of(table, windows)

    spotting = stage("spotting", config)
    few = temporary_bytes(spotting, init_folds(0, [4, 5, 6], 3), three_folds(None), 2, "map")
    many = temporary_bytes(spotting, *of(20, 320), 2, "map")
    assert many < 1.1 * few


def test_only_fold():
    state, data = init_folds(0, [4, 5, 6], 3), three_folds(None)
    own, samples = only_fold(state, data, 1)
    assert np.asarray(own.keys).tolist() == [5]
    assert np.asarray(samples.counts).tolist() == [38]
    np.testing.assert_array_equal(samples.places[0], data.places[1])
    assert samples.shared is data.shared
