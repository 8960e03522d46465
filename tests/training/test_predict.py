"""Inference: equal to the definition, independent of the windows beside and of how many there are."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mebench.errors import MebenchError
from mebench.models.mean import MeanWeights, model_of, new_weights
from mebench.training.predict import BATCH, predict_windows


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """300 windows in a memory-mapped file: a whole batch and a part."""
    path = tmp_path_factory.mktemp("windows") / "windows.npy"
    np.save(path, np.random.default_rng(1).random((BATCH + 44, 42, 42, 3)).astype(np.float16))
    return np.load(path, mmap_mode="r")


@pytest.fixture(scope="module")
def weights():
    return new_weights(3, jax.random.key(2))


def test_predictions_are_those_of_the_definition(weights, many):
    scores, probabilities = predict_windows(weights, many)
    assert scores.shape == (len(many),)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    expected = model_of(weights)(jnp.asarray(many[250:262]))
    np.testing.assert_allclose(scores[250:262], expected[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(probabilities[250:262], expected[1], rtol=1e-5)


def test_a_window_does_not_depend_on_those_beside_it(weights, many):
    whole, alone = predict_windows(weights, many), predict_windows(weights, np.asarray(many[:5]))
    np.testing.assert_array_equal(whole[0][:5], alone[0])
    np.testing.assert_array_equal(whole[1][:5], alone[1])
    other = np.asarray(many).copy()
    other[6:] = 1 - other[6:]
    np.testing.assert_array_equal(predict_windows(weights, other)[0][:6], whole[0][:6])


def test_no_window_gives_no_score(weights, many):
    scores, probabilities = predict_windows(weights, np.asarray(many[:0]))
    assert scores.shape == (0,)
    assert probabilities.shape == (0, 3)


def test_a_missing_head_is_named(weights, many):
    headless = {name: tree for name, tree in weights.params.items() if name != "recognition"}
    with pytest.raises(MebenchError, match="no recognition head"):
        predict_windows(MeanWeights(headless, weights.stats), many)
