"""What holds for every method, and how near each comes to known flow."""

import cv2
import numpy as np
import pytest

from mebench.features.flow import opencv_dis, opencv_farneback
from mebench.features.flow.batches import in_batches
from mebench.features.flow.pool import map_pairs
from mebench.features.flow.registry import flow_function
from mebench.features.flow.synthetic import end_point_error, known_pair

LIMITS = {"opencv_dis": 0.15, "opencv_farneback": 0.2, "jax_clg": 0.15, "jax_lucas_kanade": 0.15}
"""Mean end-point error over mean length on the pairs below; TV-L1 has its own tests."""


@pytest.fixture(scope="module")
def pairs():
    made = [known_pair(seed, 128, amplitude) for seed, amplitude in enumerate((0.5, 1.0, 1.0, 2.0, 3.0))]
    return tuple(np.stack([getattr(pair, name) for pair in made]) for name in ("previous", "following", "flow"))


@pytest.mark.smoke
@pytest.mark.parametrize("name", sorted(LIMITS))
def test_near_the_known_flow(pairs, name):
    previous, following, truth = pairs
    found = flow_function(name)(previous, following)
    assert found.dtype == np.float32
    relative = end_point_error(found, truth).mean() / np.sqrt(np.square(truth).sum(axis=-1)).mean()
    assert relative < LIMITS[name]


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_same_bytes_whatever_the_batch(pairs, name):
    previous, following, _ = pairs
    flow = flow_function(name)
    together = flow(previous, following)
    assert flow(previous, following).tobytes() == together.tobytes()
    alone = np.concatenate([flow(previous[i : i + 1], following[i : i + 1]) for i in range(len(previous))])
    assert alone.tobytes() == together.tobytes()


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_still_pictures_have_no_flow(pairs, name):
    found = flow_function(name)(pairs[0][:1], pairs[0][:1])
    assert np.abs(found).mean() < 2e-3  # px; Farneback drifts up to 0.1 px at the edge


def test_fast_tvl1_is_nearer_to_small_motions_than_the_papers(pairs):
    previous, following, truth = (field[:2] for field in pairs)
    errors = [
        end_point_error(flow_function(name)(previous, following), truth) for name in ("jax_tvl1_fast", "jax_tvl1")
    ]
    assert errors[0].mean() < errors[1].mean()


@pytest.mark.parametrize("module", [opencv_dis, opencv_farneback])
def test_no_number_of_threads_changes_a_bit(pairs, module):
    previous, following, _ = pairs
    results, before = [], cv2.getNumThreads()
    try:
        for inside in (1, 2, 3):
            cv2.setNumThreads(inside)
            results += [map_pairs(module.one, previous, following, workers) for workers in (1, 2, 5)]
    finally:
        cv2.setNumThreads(before)
    assert len({result.tobytes() for result in results}) == 1


def test_no_pairs_give_no_flow():
    none = np.zeros((0, 128, 128), np.uint8)
    assert opencv_dis.flow(none, none).shape == (0, 128, 128, 2)
    assert in_batches(lambda a, b: 1 / 0, none, none, 4).shape == (0, 128, 128, 2)


@pytest.mark.parametrize("count", [1, 3, 4, 5])
def test_batches_have_one_shape(count):
    shapes = []

    def function(previous, following):
        shapes.append(previous.shape)
        return np.stack([previous, following], axis=-1).astype(np.float32)

    previous = np.arange(count * 6, dtype=np.uint8).reshape(count, 2, 3)
    result = in_batches(function, previous, previous + 1, 4)
    np.testing.assert_array_equal(result, np.stack([previous, previous + 1], axis=-1))
    assert set(shapes) == {(4, 2, 3)}
