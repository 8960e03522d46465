"""MEAN: parameter counts, a plain numpy forward pass as oracle, training mode."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy.signal import correlate

from mebench.models.mean import Mean, parameter_count
from mebench.models.tiled_conv import tiles_by_convolution, tiles_by_product


def random_model(num_classes=3, seed=0) -> Mean:
    """A network whose every parameter and statistic is random, so that none can be left out unseen."""
    model = Mean(num_classes, rngs=nnx.Rngs(seed))
    random = np.random.default_rng(seed)
    state = nnx.state(model, (nnx.Param, nnx.BatchStat))
    nnx.update(model, jax.tree.map(lambda a: jnp.asarray(random.uniform(0.1, 0.6, a.shape), jnp.float32), state))
    return model


def oracle_conv(x, conv):
    """Input (h, w, c) correlated with the kernel, 'same', plus bias, ReLU."""
    kernel, bias = np.asarray(conv.kernel[...], np.float64), np.asarray(conv.bias[...])
    maps = [
        sum(correlate(np.pad(x[..., c], 2), kernel[..., c, d], "valid") for c in range(x.shape[-1]))
        for d in range(kernel.shape[-1])
    ]
    return np.maximum(np.stack(maps, -1) + bias, 0)


def oracle_pool(x, k):
    n = x.shape[0] // k
    return x.reshape(n, k, n, k, -1).max((1, 3))


def oracle_maps(model, window):
    parts = []
    for i, stream in enumerate((model.u, model.v, model.strain)):
        y, norm = oracle_conv(window[..., i : i + 1], stream.conv), stream.norm
        y = (y - norm.mean[...]) / np.sqrt(norm.var[...] + 1e-3) * norm.scale[...] + norm.bias[...]
        parts.append(oracle_pool(np.asarray(y), 3))
    return np.concatenate(parts, -1)


def oracle_head(head, maps):
    flat = oracle_pool(oracle_conv(maps, head.conv), 2).reshape(-1)
    return flat @ np.asarray(head.dense.kernel[...], np.float64) + np.asarray(head.dense.bias[...])


def test_parameter_counts_of_the_paper():
    model = Mean(3, rngs=nnx.Rngs(0))
    assert parameter_count(model) == 7608
    assert parameter_count(model) - parameter_count(model.recognition) == 3621
    assert sum(leaf.size for leaf in jax.tree.leaves(nnx.state(model, nnx.BatchStat))) == 28


@pytest.mark.smoke
def test_outputs_equal_a_plain_numpy_pass():
    model = random_model()
    x = np.random.default_rng(1).random((3, 42, 42, 3))
    spot, recognised = model.spot(jnp.asarray(x)), model.recognise(jnp.asarray(x))
    for i, window in enumerate(x):
        maps = oracle_maps(model, window)
        np.testing.assert_allclose(spot[i], oracle_head(model.spotting, maps)[0], rtol=1e-5)
        logits = oracle_head(model.recognition, maps)
        np.testing.assert_allclose(
            recognised[i], np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum(), atol=1e-5
        )


@pytest.mark.parametrize(("side", "inputs", "tile"), [(42, 1, 3), (14, 14, 2), (11, 2, 3)])
def test_both_forms_of_the_convolution_and_their_gradients_agree(side, inputs, tile):
    random = np.random.default_rng(2)
    x = jnp.asarray(random.standard_normal((2, side, side, inputs)), jnp.float32)
    kernel = jnp.asarray(random.standard_normal((5, 5, inputs, 8)), jnp.float32)
    results = []
    for form in (tiles_by_product, tiles_by_convolution):
        grad = jax.grad(lambda x, k, form=form: (form(x, k, tile) ** 2).mean(), (0, 1))(x, kernel)
        results.append((form(x, kernel, tile), *grad))
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_training_mode_uses_masked_batch_statistics_and_updates_the_running_ones():
    model = random_model()
    x = jnp.asarray(np.random.default_rng(3).random((4, 42, 42, 3)), jnp.float32)
    mask = jnp.array([True, True, False, False])
    key = jax.random.key(0)
    other = random_model()
    full = model.maps(x, key, mask)
    changed = other.maps(x.at[2:].set(0.0), key, mask)
    np.testing.assert_array_equal(full[:2], changed[:2])
    np.testing.assert_array_equal(model.u.norm.mean[...], other.u.norm.mean[...])
    assert not np.array_equal(model.u.norm.mean[...], random_model().u.norm.mean[...])


def test_a_window_does_not_depend_on_its_neighbours():
    model = random_model()
    x = jnp.asarray(np.random.default_rng(4).random((8, 42, 42, 3)), jnp.float32)
    np.testing.assert_array_equal(model.spot(x)[:4], model.spot(x.at[4:].set(0.5))[:4])
