"""MEAN: sizes, the oracle in numpy, and the fast form against the definition, values and gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from mean_oracle import oracle

from mebench.methods.mean import cells as mean_cells
from mebench.methods.mean.network import MeanWeights, model_of, new_weights, weights_of


def random_weights(seed, num_classes=3):
    """Weights with nothing at its initial value: biases, statistics, and scales of both signs."""
    weights = new_weights(num_classes, jax.random.key(seed))
    random = np.random.default_rng(seed)
    noisy = jax.tree.map(lambda a: a + random.normal(0, 0.1, a.shape).astype(np.float32), weights)
    for name in ("u", "v", "strain"):
        scale = noisy.params[name]["norm"]["scale"]
        noisy.params[name]["norm"]["scale"] = scale.at[0].set(-0.7)
        noisy.stats[name]["norm"]["var"] = jnp.abs(noisy.stats[name]["norm"]["var"])
    return noisy


def random_windows(seed, n):
    return np.random.default_rng(seed).random((n, 42, 42, 3)).astype(np.float16)


def size(*trees):
    return sum(leaf.size for leaf in jax.tree.leaves(trees))


@pytest.mark.smoke
def test_sizes_are_the_published_ones():
    weights = new_weights(3, jax.random.key(0))
    streams = {name: weights.params[name] for name in ("u", "v", "strain")}
    assert size(weights.stats) == 28
    assert size(streams, weights.params["spotting"], weights.stats) == 3621
    assert size(weights) == 7608


def test_new_weights_are_glorot_uniform_with_zero_biases():
    weights = new_weights(3, jax.random.key(1))
    kernel = np.asarray(weights.params["strain"]["conv"]["kernel"])
    limit = np.sqrt(6 / (25 * 1 + 25 * 8))
    assert kernel.shape == (5, 5, 1, 8)
    assert limit * 0.9 < np.abs(kernel).max() <= limit
    for path, leaf in jax.tree_util.tree_leaves_with_path(weights.params):
        if path[-1].key == "bias":
            assert not np.any(leaf), path


@pytest.mark.smoke
def test_definition_and_fast_form_equal_the_oracle():
    weights, windows = random_weights(2), random_windows(3, 3)
    scores, probabilities = oracle(weights, windows)
    assert np.ptp(scores) > 0.01
    for got in (model_of(weights)(jnp.asarray(windows)), jax.jit(mean_cells.infer)(weights, jnp.asarray(windows))):
        np.testing.assert_allclose(got[0], scores, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(got[1], probabilities, rtol=1e-5, atol=1e-5)


def test_weights_survive_the_way_into_a_model_and_back():
    weights = random_weights(4, num_classes=5)
    again = weights_of(model_of(weights))
    assert isinstance(again, MeanWeights)
    jax.tree.map(np.testing.assert_array_equal, weights, again)


def definition_step(weights, windows, valid, keys):
    """Loss and running statistics of one training batch by the nnx modules."""
    model = model_of(weights)
    maps = model.features(windows, valid, None if keys is None else keys[0], train=True)
    scores = model.spotting(maps, None if keys is None else keys[1])[:, 0]
    logits = model.recognition(maps, None if keys is None else keys[2])
    return loss_of(scores, logits, valid), weights_of(model).stats


def fast_step(weights, windows, valid, keys):
    taps = mean_cells.stream_taps(mean_cells.arrange(windows))
    maps, stats = mean_cells.train_maps(weights, taps, valid, None if keys is None else keys[0])
    scores = mean_cells.head_outputs(weights.params["spotting"], maps, None if keys is None else keys[1])[:, 0]
    logits = mean_cells.head_outputs(weights.params["recognition"], maps, None if keys is None else keys[2])
    return loss_of(scores, logits, valid), stats


def loss_of(scores, logits, valid):
    rows = jnp.square(scores - 0.7) + jnp.square(logits - jnp.arange(3)).sum(-1)
    return jnp.where(valid, rows, 0).sum() / valid.sum()


def value_and_gradients(step, weights, windows, valid, keys):
    def loss(params):
        return step(MeanWeights(params, weights.stats), windows, valid, keys)

    return jax.jit(jax.value_and_grad(loss, has_aux=True))(weights.params)


def exactly(weights, windows, valid, keys):
    """The definition's step in float64, as numpy."""
    with jax.enable_x64(True):
        wide = jax.tree.map(lambda a: jnp.asarray(np.asarray(a), jnp.float64), weights)
        result = value_and_gradients(definition_step, wide, jnp.asarray(np.asarray(windows), jnp.float64), valid, keys)
        return jax.tree.map(np.asarray, result)


def assert_equal_to(tolerance, got, expected):
    """Every array differs by at most `tolerance` of the largest value in it."""

    def close(path, a, b):
        assert np.abs(np.asarray(a) - b).max() <= tolerance * np.abs(b).max(), jax.tree_util.keystr(path)

    jax.tree_util.tree_map_with_path(close, got, expected)


@pytest.mark.parametrize(("with_dropout", "rows"), [(False, 8), (True, 5)])
def test_training_step_of_the_fast_form_equals_the_definition(with_dropout, rows):
    weights, windows = random_weights(5), jnp.asarray(random_windows(6, 8), jnp.float32)
    valid = jnp.arange(8) < rows
    keys = jax.random.split(jax.random.key(7), 3) if with_dropout else None
    truth = exactly(weights, windows, valid, keys)
    assert min(np.abs(leaf).max() for leaf in jax.tree.leaves(truth[1])) > 0
    assert_equal_to(2e-5, value_and_gradients(fast_step, weights, windows, valid, keys), truth)
    assert_equal_to(1e-3, value_and_gradients(definition_step, weights, windows, valid, keys), truth)


def test_invalid_rows_change_nothing():
    weights, windows = random_weights(8), random_windows(9, 6)
    other = windows.copy()
    other[4:] = 1 - other[4:]
    valid = jnp.arange(6) < 4
    step = jax.jit(jax.value_and_grad(lambda p, x: fast_step(MeanWeights(p, weights.stats), x, valid, None)[0]))
    one, two = step(weights.params, jnp.asarray(windows)), step(weights.params, jnp.asarray(other))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7), one, two)


def test_ties_go_to_one_output_of_a_cell():
    # A window that is the same everywhere: the nine outputs of an inner cell tie, and one of them takes the gradient.
    weights, windows, valid = random_weights(10), jnp.full((4, 42, 42, 3), 0.5), jnp.ones(4, bool)
    truth = exactly(weights, windows, valid, None)
    assert_equal_to(1e-4, value_and_gradients(fast_step, weights, windows, valid, None), truth)


def test_dropout_drops_its_share_and_keeps_the_mean():
    weights, windows = random_weights(11), jnp.asarray(random_windows(12, 64), jnp.float32)
    taps = jax.jit(lambda x: mean_cells.stream_taps(mean_cells.arrange(x)))(windows)
    train = jax.jit(lambda key: mean_cells.train_maps(weights, taps, jnp.ones(64, bool), key)[0])
    whole, dropped = train(None), train(jax.random.key(0))
    gone = np.asarray(dropped == 0).mean()
    assert gone == pytest.approx(0.3, abs=0.003)
    kept = np.asarray(dropped != 0)
    np.testing.assert_allclose(np.asarray(dropped)[kept], np.asarray(whole / 0.7)[kept], rtol=1e-5)
