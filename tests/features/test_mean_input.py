"""MEAN's input against a plain restatement with cv2 and loops."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.errors import MebenchError
from mebench.features.windows.mean_input import Strip, mean_input, region_magnitude, resize_strip, strips
from mebench.features.windows.strain import optical_strain


def _landmarks(**points):
    landmarks = np.full((68, 2), 64, np.float32)
    places = {17: (20, 40), 19: (35, 31), 24: (93, 30), 26: (108, 40), 41: (44, 52), 46: (84, 53)}
    places |= {50: (58, 90), 57: (64, 104), 60: (46, 96), 64: (82, 96)}
    for index, place in (places | {int(name[1:]): place for name, place in points.items()}).items():
        landmarks[index] = place
    return landmarks


def _flow(seed, count=3, size=128):
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 4, (count, size, size, 2)).astype(np.float32)
    return np.stack([cv2.GaussianBlur(field, (0, 0), 3) for field in noise])


def _restated(flow, landmarks):
    """The published order, sample by sample: normalise the whole field, crop, resize, stack."""
    samples = []
    for field in flow:
        channels = [field[..., 0], field[..., 1], optical_strain(field[None])[0]]
        channels = [cv2.normalize(np.ascontiguousarray(c), None, 0, 1, cv2.NORM_MINMAX) for c in channels]
        image = np.stack(channels, axis=-1)
        y, x = landmarks[:, 1].astype(int), landmarks[:, 0].astype(int)
        eyes = image[max(0, min(y[19], y[24]) - 12) : max(y[41], y[46]) + 12, max(0, x[17] - 12) : x[26] + 12]
        mouth = image[max(0, y[50] - 12) : y[57] + 12, max(0, x[60] - 12) : x[64] + 12]
        samples.append(np.concatenate([cv2.resize(part, (42, 21)) for part in (eyes, mouth)]))
    return np.stack(samples)


@pytest.mark.smoke
def test_strips_by_hand():
    assert strips(_landmarks(), 128, 128) == (Strip(18, 65, 8, 120), Strip(78, 116, 34, 94))


def test_strips_are_clipped_to_the_crop():
    eyes, mouth = strips(_landmarks(p17=(5, 40), p26=(126, 40), p19=(30, 3), p57=(64, 125)), 128, 128)
    assert eyes == Strip(0, 65, 0, 128)
    assert mouth == Strip(78, 128, 34, 94)


def test_margin_follows_the_size_of_the_crop():
    assert strips(_landmarks() * 2, 256, 256) == (Strip(36, 130, 16, 240), Strip(156, 232, 68, 188))


def test_landmarks_outside_are_one_sentence():
    with pytest.raises(MebenchError, match="empty strip"):
        strips(_landmarks(p60=(190, 90), p64=(200, 90)), 128, 128)


@pytest.mark.smoke
@pytest.mark.parametrize("landmarks", [_landmarks(), _landmarks(p17=(5, 40), p26=(126, 40), p19=(30, 3))])
def test_equals_the_published_order(landmarks):
    flow = _flow(0)
    result = mean_input(flow, landmarks)
    assert result.dtype == np.float16
    np.testing.assert_allclose(result, _restated(flow, landmarks), atol=2**-11 + 1e-5)  # half a step of float16


@settings(max_examples=share(60), deadline=None)
@given(top=st.integers(0, 100), left=st.integers(0, 100), rows=st.integers(1, 60), columns=st.integers(1, 60))
def test_resize_equals_cv2(top, left, rows, columns):
    field = np.random.default_rng(top + 101 * left).uniform(0, 1, (2, 128, 128)).astype(np.float32)
    strip = Strip(top, min(128, top + rows), left, min(128, left + columns))
    expected = [cv2.resize(f[strip.top : strip.bottom, strip.left : strip.right], (42, 21)) for f in field]
    np.testing.assert_allclose(resize_strip(field, strip), expected, atol=1e-5)


def test_constant_flow_is_zero_and_not_nan():
    assert not mean_input(np.full((2, 128, 128, 2), 3, np.float32), _landmarks()).any()


def test_a_sample_does_not_depend_on_its_batch():
    flow = _flow(1, count=5)
    together = mean_input(flow, _landmarks())
    alone = np.concatenate([mean_input(flow[i : i + 1], _landmarks()) for i in range(5)])
    assert together.tobytes() == alone.tobytes()
    magnitudes = [region_magnitude(flow[i : i + 1], _landmarks()) for i in range(5)]
    assert region_magnitude(flow, _landmarks()).tobytes() == np.concatenate(magnitudes).tobytes()


def test_no_windows_give_no_windows():
    assert mean_input(np.zeros((0, 128, 128, 2), np.float32), _landmarks()).shape == (0, 42, 42, 3)


def test_magnitude_by_hand_counts_the_strips_only():
    flow = np.full((1, 128, 128, 2), 99, np.float32)
    eyes, mouth = strips(_landmarks(), 128, 128)
    flow[:, eyes.top : eyes.bottom, eyes.left : eyes.right] = (3, 4)
    flow[:, mouth.top : mouth.bottom, mouth.left : mouth.right] = (0, 1)
    pixels = 47 * 112, 38 * 60
    expected = (5 * pixels[0] + 1 * pixels[1]) / sum(pixels)
    np.testing.assert_allclose(region_magnitude(flow, _landmarks()), [expected], rtol=1e-6)
