"""Peaks, intervals and votes: by hand, at the edges, and against numpy and a plain reading of the definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from support.examples import share

from mebench.data.interval import Interval
from mebench.tasks.decode import decode_highest, decode_spots, smooth, vote_emotions


def bumps(n, centres, width=4.0):
    i = np.arange(n)
    return sum(height * np.exp(-(((i - centre) / width) ** 2)) for centre, height in centres)


def test_decoding_by_hand():
    # k_p = 1: s[i] = (x[i - 1] + x[i]) / 2 -> 0 0 1 2 1 0; mean 4/6, T = 4/6 + .5 * (2 - 4/6) = 4/3.
    spots = decode_spots(np.array([0.0, 0, 2, 2, 0, 0]), 1, 0.5, 7, clip=True)
    assert spots.smoothed.tolist() == [0, 0, 1, 2, 1, 0]
    assert spots.threshold == pytest.approx(4 / 3)
    assert spots.peaks.tolist() == [3]
    assert spots.peak_scores == (2.0,)
    assert spots.intervals == (Interval(2, 4),)


def test_intervals_end_with_the_video_unless_faithful():
    scores = np.zeros(100)
    scores[[1, 5, 60, 62, 94, 98]] = 1.0
    clipped = decode_spots(scores, 4, 0.4, 100, clip=True)
    faithful = decode_spots(scores, 4, 0.4, 100, clip=False)
    peaks = clipped.peaks.tolist()
    assert peaks == faithful.peaks.tolist()
    assert faithful.intervals == tuple(Interval(peak - 4, peak + 4) for peak in peaks)
    assert clipped.intervals == tuple(Interval(max(0, peak - 4), min(99, peak + 4)) for peak in peaks)
    assert faithful.intervals[0].onset < 0
    assert faithful.intervals[-1].offset > 99


def test_peaks_are_at_least_half_a_length_apart():
    scores = np.random.default_rng(3).random(500)
    spots = decode_spots(scores, 12, 0.0, 501, clip=True)
    assert len(spots.peaks) > 5
    assert np.diff(spots.peaks).min() >= 12
    assert (spots.smoothed[spots.peaks] >= spots.threshold).all()


@pytest.mark.parametrize("scores", [np.zeros(0), np.zeros(1), np.full(40, 0.7), np.full(3, -2.0)])
def test_empty_and_constant_scores(scores):
    assert decode_spots(scores, 6, 0.55, 50, clip=True).smoothed.shape == scores.shape
    flat = decode_spots(np.full(5, 1.0), 1, 0.55, 6, clip=True)
    assert flat.peaks.shape == (0,)
    assert flat.intervals == ()


def test_empty_scores_have_no_peak():
    spots = decode_spots(np.zeros(0), 6, 0.55, 0, clip=True)
    assert (spots.threshold, spots.peaks.shape, spots.intervals) == (0.0, (0,), ())
    assert decode_highest(np.zeros(0), 6, 0, clip=True).peaks.shape == (0,)


def test_the_highest_score_of_a_short_clip():
    scores = bumps(60, [(20, 0.5), (40, 0.8)])
    spots = decode_highest(scores, 5, 61, clip=True)
    assert spots.peaks.tolist() == [int(smooth(scores, 10).argmax())]
    assert spots.threshold == spots.peak_scores[0]
    rising = decode_highest(np.array([9.0, 0, 0]), 1, 4, clip=True)
    assert rising.peaks.tolist() == [0]
    assert rising.intervals == (Interval(0, 1),)


@settings(deadline=None, max_examples=share(60))
@given(arrays(np.float64, st.integers(1, 80), elements=st.floats(-5, 5)), st.integers(1, 20))
def test_smoothing_is_numpys_same(scores, half):
    long = np.concatenate([scores, np.zeros(2 * half)])  # numpy's result is as long as the longer of the two
    whole = np.convolve(long, np.ones(2 * half) / (2 * half), "same")
    np.testing.assert_allclose(smooth(scores, 2 * half), whole[: len(scores)], atol=1e-12)
    if len(scores) >= 2 * half:
        own = np.convolve(scores, np.ones(2 * half) / (2 * half), "same")
        np.testing.assert_allclose(smooth(scores, 2 * half), own, atol=1e-12)


def test_votes_by_hand():
    best = np.array([2, 0, 0, 1, 1, 2, 2])
    probabilities = np.eye(3)[best]
    # peak 0: itself; 3: windows 0..2; 5: windows 1..4, two against two, the lower class wins; 2: windows 0, 1.
    assert vote_emotions(probabilities, np.array([0, 3]), 4).tolist() == [2, 0]
    assert vote_emotions(probabilities, np.array([5]), 4).tolist() == [0]
    assert vote_emotions(probabilities, np.array([2]), 2).tolist() == [0]
    assert vote_emotions(probabilities, np.zeros(0, np.int64), 4).shape == (0,)


@settings(deadline=None, max_examples=share(40))
@given(arrays(np.float64, (30, 3), elements=st.floats(0, 1)), st.integers(0, 29), st.integers(1, 9))
def test_votes_are_the_mode(probabilities, peak, half):
    window = range(max(0, peak - half), peak) if peak else [0]
    seen = [int(np.argmax(probabilities[i])) for i in window]
    best = min(set(seen), key=lambda c: (-seen.count(c), c))
    assert vote_emotions(probabilities, np.array([peak]), half).tolist() == [best]
