"""MEAN's input on a fixed scale, against numbers worked out by hand."""

import numpy as np
import pytest

from mebench.errors import MebenchError
from mebench.features.windows.fixed_input import FLOW_LIMIT, STRAIN_LIMIT, fixed_input, nose_box
from mebench.features.windows.mean_input import Strip, mean_input, strips


def _landmarks(size=128):
    landmarks = np.full((68, 2), 64, np.float32)
    places = {17: (20, 40), 19: (35, 31), 24: (93, 30), 26: (108, 40), 41: (44, 52), 46: (84, 53)}
    places |= {50: (58, 90), 57: (64, 104), 60: (46, 96), 64: (82, 96)}
    places |= {27: (64, 48), 30: (64, 68), 31: (56.4, 72), 35: (71.6, 72)}
    for index, place in places.items():
        landmarks[index] = place
    return landmarks * np.float32(size / 128)


def _noise(seed, count=4):
    return np.random.default_rng(seed).normal(0, 0.1, (count, 128, 128, 2)).astype(np.float32)


@pytest.mark.smoke
def test_nose_box_by_hand():
    assert nose_box(_landmarks(), 128, 128) == Strip(44, 77, 52, 77)


def test_a_nose_outside_the_crop_is_one_sentence():
    with pytest.raises(MebenchError, match="look at the first frame"):
        nose_box(_landmarks() + 200, 128, 128)


@pytest.mark.smoke
@pytest.mark.parametrize("size", [128, 256])
def test_motion_is_counted_against_the_nose_in_parts_of_the_limit(size):
    flow = np.zeros((1, size, size, 2), np.float32)
    flow[..., 0], flow[..., 1] = 3, -2
    _, mouth = strips(_landmarks(size), size, size)
    flow[:, mouth.top : mouth.bottom, :, 0] += 0.25 * FLOW_LIMIT * size / 128
    flow[:, mouth.top : mouth.bottom, :, 1] -= 5 * FLOW_LIMIT * size / 128
    window = fixed_input(flow, _landmarks(size))[0]
    assert (window[:21, :, :2] == 0).all()
    assert (window[21:, :, 0] == 0.25).all()
    assert (window[21:, :, 1] == -1).all()


def test_strain_by_hand():
    flow = np.zeros((1, 128, 128, 2), np.float32)
    flow[..., 0] = 0.3 * STRAIN_LIMIT * np.arange(128)
    strain = fixed_input(flow, _landmarks())[0, ..., 2]
    np.testing.assert_allclose(strain, 0.3, atol=1e-3)


def test_half_the_motion_is_half_the_input_which_the_published_one_hides():
    flow = _noise(0)
    ours, half = fixed_input(flow, _landmarks()), fixed_input(flow / 2, _landmarks())
    small = abs(ours) < 1
    np.testing.assert_allclose(half[small], ours[small].astype(np.float32) / 2, atol=1e-3)
    np.testing.assert_allclose(mean_input(flow / 2, _landmarks()), mean_input(flow, _landmarks()), atol=1e-3)


def test_what_happens_at_the_edge_of_the_crop_changes_nothing():
    flow = _noise(1)
    wild = flow.copy()
    wild[:, :3] = 40
    assert fixed_input(wild, _landmarks()).tobytes() == fixed_input(flow, _landmarks()).tobytes()


def test_a_sample_does_not_depend_on_its_batch():
    flow = _noise(2)
    alone = [fixed_input(flow[i : i + 1], _landmarks()) for i in range(len(flow))]
    assert fixed_input(flow, _landmarks()).tobytes() == np.concatenate(alone).tobytes()


def test_no_windows_give_no_windows():
    assert fixed_input(_noise(0)[:0], _landmarks()).shape == (0, 42, 42, 3)
