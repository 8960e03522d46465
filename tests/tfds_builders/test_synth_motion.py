"""Courses of time of synth_me."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tfds_builders.synth_me.motion import band_noise, profile


def test_profile_by_hand():
    got = profile(np.array([0.0, 1.0, 1.5, 2.0, 4.0, 6.0, 9.0]), 1.0, 2.0, 6.0)
    np.testing.assert_allclose(got, [0, 0, 0.5, 1, 0.5, 0, 0], atol=1e-12)


@given(st.floats(-3, 3), st.floats(0.05, 2), st.floats(0.05, 2))
def test_profile_stays_in_range_and_peaks_at_the_apex(onset, rise, fall):
    times = np.linspace(-5, 10, 601)
    got = profile(times, onset, onset + rise, onset + rise + fall)
    assert got.min() >= 0
    assert got.max() <= 1
    assert profile(np.array([onset + rise]), onset, onset + rise, onset + rise + fall)[0] > 1 - 1e-9


def test_noise_has_its_deviation_and_band():
    times = np.arange(0, 400, 0.01)
    noise = np.mean([band_noise(np.random.default_rng(k), 0.5, 2.0)(times).var() for k in range(5)])
    assert abs(np.sqrt(noise) - 2.0) < 0.2
    power = np.abs(np.fft.rfft(band_noise(np.random.default_rng(0), 0.5, 2.0)(times))) ** 2
    assert power[np.fft.rfftfreq(len(times), 0.01) > 2.5].sum() < 0.01 * power.sum()


def test_noise_is_the_same_course_at_every_rate():
    noise = band_noise(np.random.default_rng(3), 6.0, 1.0)
    np.testing.assert_allclose(noise(np.arange(0, 3, 1 / 200))[::10], noise(np.arange(0, 3, 1 / 20)), atol=1e-9)
