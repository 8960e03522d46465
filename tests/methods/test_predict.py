"""Inference: equal to the definition, independent of the windows beside and of how many there are."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mebench.errors import MebenchError
from mebench.methods.mean.network import MeanWeights, model_of, new_weights
from mebench.methods.mean.predict import BUCKET, BUCKETS, Bucket, make_buckets, predict_folds, predict_windows

BATCH = BUCKET * BUCKETS["cpu"]


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


def test_buckets_hold_every_window_once_in_order():
    folds, lengths = [0, 0, 2, 2, 1], [BUCKET + 6, 0, 3, BUCKET, 2]
    buckets = list(make_buckets(folds, lengths))
    expected = [
        Bucket(0, ((0, 0, BUCKET),)),
        Bucket(0, ((0, BUCKET, BUCKET + 6),)),
        Bucket(2, ((2, 0, 3), (3, 0, BUCKET - 3))),
        Bucket(2, ((3, BUCKET - 3, BUCKET),)),
        Bucket(1, ((4, 0, 2),)),
    ]
    assert buckets == expected
    assert list(make_buckets([], [])) == []
    assert list(make_buckets([3], [0])) == []


def test_videos_of_many_folds_are_scored_as_each_alone(many):
    both = [new_weights(3, jax.random.key(seed)) for seed in (2, 5)]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *both)
    cuts = [(0, 0), (0, 70), (70, 75), (75, 290), (290, 300), (0, 0)]
    videos, folds = [many[start:stop] for start, stop in cuts], [0, 0, 1, 1, 0, 1]
    found = list(predict_folds(stacked, folds, videos))
    assert [len(scores) for scores, _ in found] == [len(video) for video in videos]
    for (scores, probabilities), video, fold in zip(found, videos, folds, strict=True):
        alone = predict_windows(both[fold], video)
        np.testing.assert_array_equal(scores, alone[0])
        np.testing.assert_array_equal(probabilities, alone[1])
