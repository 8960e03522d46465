"""Linear taps against cv2.resize."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.features.windows.interpolation import linear_taps


def _apply(line, taps):
    return line[taps.low] + taps.weight * (line[taps.high] - line[taps.low])


@pytest.mark.smoke
def test_by_hand():
    taps = linear_taps(4, 2)
    assert taps.low.tolist() == [0, 2]
    assert taps.weight.tolist() == [0.5, 0.5]
    assert _apply(np.array([7.0]), linear_taps(1, 3)).tolist() == [7, 7, 7]


@settings(max_examples=share(50), deadline=None)
@given(length=st.integers(1, 90), size=st.integers(1, 90))
def test_equals_cv2(length, size):
    line = np.random.default_rng(length).uniform(0, 1, length).astype(np.float32)
    expected = cv2.resize(np.tile(line, (2, 1)), (size, 2), interpolation=cv2.INTER_LINEAR)[0]
    np.testing.assert_allclose(_apply(line, linear_taps(length, size)), expected, atol=1e-5)


@pytest.mark.parametrize("length", [128, 102, 82, 66])
def test_scale_as_opencv_takes_it_with_a_factor(length):
    line = np.random.default_rng(0).uniform(0, 1, (2, length)).astype(np.float32)
    expected = cv2.resize(line, None, fx=0.8, fy=1, interpolation=cv2.INTER_LINEAR)[0]
    taps = linear_taps(length, len(expected), 1 / 0.8)
    np.testing.assert_allclose(_apply(line[0], taps), expected, atol=1e-5)
