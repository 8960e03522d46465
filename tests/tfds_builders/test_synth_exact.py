"""Exact arithmetic and draws of synth_me against the library functions that they stand for."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfds_builders.synth_me.draws import arrivals, normals, one_of, spread, uniform
from tfds_builders.synth_me.exact import blurred, cosine, sampled, sine, widely_blurred


def test_sine_by_hand():
    turns = np.array([0.0, 0.25, 0.5, 0.75, 1.0, -0.25, 1 / 12])
    np.testing.assert_allclose(sine(turns), [0, 1, 0, -1, 0, -1, 0.5], atol=1e-15)
    np.testing.assert_allclose(cosine(turns[:4]), [1, 0, -1, 0], atol=1e-15)


@given(st.floats(-1e3, 1e3))
def test_sine_is_numpys_and_stays_in_range(turns):
    got = sine(np.array([turns]))[0]
    assert abs(got) <= 1
    np.testing.assert_allclose(got, np.sin(2 * np.pi * turns), atol=1e-11)  # of the angle's own rounding


def test_blur_of_a_point_is_nearly_gaussian():
    point = np.zeros((31, 31), np.float32)
    point[15, 15] = 1
    got, gaussian = blurred(point, 1.0), cv2.GaussianBlur(point, (0, 0), 1.0)
    assert got.sum() == 1
    assert np.abs(got - gaussian).max() < 0.02
    np.testing.assert_array_equal(got, got.T)


def test_wide_blur_has_its_deviation():
    point = np.zeros((201, 201), np.float32)
    point[100, 100] = 1
    got = widely_blurred(point, 18.0).astype(np.float64)
    place = np.arange(201) - 100
    assert got.sum() == pytest.approx(1, abs=1e-5)
    assert np.sqrt((got.sum(axis=0) * place**2).sum()) == pytest.approx(18, abs=0.5)


@pytest.mark.parametrize("blur", [blurred, widely_blurred])
def test_blur_leaves_a_flat_field_alone(blur):
    np.testing.assert_allclose(blur(np.full((12, 9), 3.5, np.float32), 2.0), 3.5, rtol=1e-6)


def test_sampling_is_opencvs_up_to_its_steps():
    rng = np.random.default_rng(0)
    planes = cv2.GaussianBlur(rng.normal(size=(40, 30, 2)).astype(np.float32), (0, 0), 2)
    x, y = (rng.uniform(-3, size + 2, (50, 20)).astype(np.float32) for size in (30, 40))
    expected = cv2.remap(planes, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(np.stack(sampled(np.moveaxis(planes, -1, 0), x, y), -1), expected, atol=0.02)


def test_normals_look_normal():
    drawn = normals(np.random.default_rng(0), 1000, 1000).astype(np.float64)
    assert abs(drawn.mean()) < 0.005
    assert abs(drawn.var() - 1) < 0.005
    assert abs((drawn**4).mean() - 3) < 0.06
    for level, share in ((1, 0.1587), (2, 0.0228), (3, 0.00135)):
        assert (drawn > level).mean() == pytest.approx(share, rel=0.08)


def test_spread_is_flat_with_unit_variance():
    drawn = spread(np.random.default_rng(0), 100_000).astype(np.float64)
    assert abs(drawn.var() - 1) < 0.01
    assert np.abs(drawn).max() <= np.float32(np.sqrt(3))


def test_arrivals_come_at_their_rate():
    counts = [arrivals(np.random.default_rng(seed), 0.2, 60.0) for seed in range(300)]
    assert np.mean(counts) == pytest.approx(12, abs=0.7)
    assert np.var(counts) == pytest.approx(12, rel=0.3)
    assert arrivals(np.random.default_rng(0), 0.0, 60.0) == 0


def test_names_come_by_their_odds_and_numbers_between_their_ends():
    rng = np.random.default_rng(0)
    drawn = [one_of(rng, {"a": 0.7, "b": 0.0, "c": 0.3}) for _ in range(2000)]
    assert drawn.count("a") == pytest.approx(1400, abs=80)
    assert "b" not in drawn
    assert all(2.0 <= uniform(rng, 2.0, 3.0) < 3.0 for _ in range(100))
