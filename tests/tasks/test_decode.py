"""Decoding: smoothing, threshold, peaks, intervals, vote."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mebench.data.interval import Interval
from mebench.tasks.decode import decode_spots, single_spot, smooth, vote


def test_two_bumps_by_hand():
    scores = np.zeros(60)
    scores[[20, 45]] = 4.0
    got = decode_spots(scores, half=2, level=0.55, num_frames=62, clip=True)
    np.testing.assert_array_equal(got.smoothed[18:23], [0, 1, 1, 1, 1])
    assert got.threshold == pytest.approx(8 / 60 + 0.55 * (1 - 8 / 60))
    assert got.intervals == (Interval(18, 22), Interval(43, 47))
    assert got.peaks.tolist() == [20, 45]
    assert got.peak_scores == (1.0, 1.0)


def test_clipped_and_faithful_intervals():
    scores = np.exp(-((np.arange(40) - 4.0) ** 2) / 8)
    assert min(i.onset for i in decode_spots(scores, 6, 0.5, 43, clip=False).intervals) < 0
    for interval in decode_spots(scores, 6, 0.5, 43, clip=True).intervals:
        assert 0 <= interval.onset <= interval.offset < 43


@pytest.mark.parametrize("scores", [np.zeros(0), np.zeros(30), np.zeros(3)])
def test_nothing_to_find(scores):
    assert decode_spots(scores, 4, 0.55, 40, clip=True).intervals == ()


@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(-2, 2)), st.integers(1, 9))
def test_smoothing_is_numpys_and_keeps_the_length(scores, half):
    got = smooth(scores, half)
    assert len(got) == len(scores)
    if len(scores) >= 2 * half:
        np.testing.assert_allclose(got, np.convolve(scores, np.ones(2 * half) / (2 * half), "same"), atol=1e-12)


@given(arrays(np.float64, st.integers(1, 80), elements=st.floats(0, 1)), st.integers(1, 9))
def test_peaks_are_high_and_apart(scores, half):
    got = decode_spots(scores, half, 0.55, 100, clip=True)
    assert (np.diff(got.peaks) >= half).all()
    assert (got.smoothed[got.peaks] >= got.threshold).all()


def test_single_spot_is_the_maximum():
    scores = np.sin(np.arange(50) / 8)
    got = single_spot(scores, 3, 53, clip=True)
    assert got.peaks[0] == got.smoothed.argmax()
    assert len(got.intervals) == 1


def test_vote():
    probabilities = np.eye(3)[[2, 2, 1, 1, 0, 0, 0]]
    assert vote(probabilities, 4, 4) == 1
    assert vote(probabilities, 3, 3) == 2
    assert vote(probabilities, 0, 3) == 2
    assert vote(probabilities, 6, 99) == 0
