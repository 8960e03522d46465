"""Colours by hand: the hue is the direction, the brightness the length; the documented legend is the drawn one."""

import colorsys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mebench.features
from mebench.features.clips.flow_picture import FULL, LEGEND, flow_picture, legend_picture, main

STORED = Path(mebench.features.__file__).parent / "flow_legend.png"


def colour(u, v, full=1.0):
    return tuple(flow_picture(np.full((1, 1, 2), (u, v), np.float32), full)[0, 0].tolist())


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("vector", "expected"),
    [
        ((1, 0), (255, 0, 0)),  # right: red
        ((0, 1), (128, 255, 0)),  # down: yellow-green, 90 degrees
        ((-1, 0), (0, 255, 255)),  # left: cyan
        ((0, -1), (128, 0, 255)),  # up: violet, 270 degrees
        ((0.5, 0.8660254), (255, 255, 0)),  # 60 degrees: yellow
        ((0, 0), (0, 0, 0)),
        ((0.2, 0), (51, 0, 0)),
        ((-0.6, 0), (0, 153, 153)),
        ((3, 0), (255, 0, 0)),  # no brighter than full
        ((0, -40), (128, 0, 255)),
    ],
)
def test_by_hand(vector, expected):
    assert np.abs(np.subtract(colour(*vector), expected)).max() <= 1


def test_full_is_the_length_at_full_brightness():
    assert colour(2, 0, full=4.0) == (128, 0, 0)
    assert colour(4, 0, full=4.0) == (255, 0, 0)


@given(st.floats(-5, 5, width=32), st.floats(-5, 5, width=32), st.floats(0.125, 8, width=32))
def test_agrees_with_the_colours_of_the_standard_library(u, v, full):
    hue, value = np.arctan2(v, u) / (2 * np.pi) % 1, min(1, np.hypot(u, v) / full)
    expected = np.multiply(colorsys.hsv_to_rgb(hue, 1, value), 255)
    assert np.abs(expected - colour(u, v, full)).max() <= 1


def test_a_shifted_picture_has_the_colour_of_its_direction():
    from mebench.features.flow.opencv_dis import flow
    from mebench.features.flow.synthetic import texture

    base = texture(np.random.default_rng(3), 96)
    for shift, channel in (((1.2, 0.0), 0), ((-0.6, 1.04), 1), ((-0.6, -1.04), 2)):  # 0, 120 and 240 degrees
        matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
        following = cv2.warpAffine(base, matrix, (96, 96), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        field = flow(base.astype(np.uint8)[None], np.clip(following, 0, 255).astype(np.uint8)[None])[0]
        mean = flow_picture(field, 1.2)[16:80, 16:80].mean(axis=(0, 1))
        assert mean[channel] > 235
        assert np.delete(mean, channel).max() < 40


@pytest.mark.smoke
def test_legend_shows_what_the_sentence_says():
    legend = legend_picture(240)
    names = {"red": (255, 0, 0), "yellow-green": (128, 255, 0), "cyan": (0, 255, 255), "violet": (128, 0, 255)}
    places = {"right": (120, 190), "down": (190, 120), "left": (120, 49), "up": (49, 120)}
    for name, direction in zip(names, places, strict=True):
        assert f"{name}: {direction}" in LEGEND
        seen = legend[places[direction]] / legend[places[direction]].max()
        np.testing.assert_allclose(seen, np.divide(names[name], 255), atol=0.02)
    assert legend[120, 120].max() < 10
    assert f"{FULL:.0%}".replace("%", " %") in LEGEND


def test_the_documented_legend_is_the_drawn_one(tmp_path):
    main(str(tmp_path / "legend.png"))
    drawn, stored = (cv2.imread(str(path)).astype(int) for path in (tmp_path / "legend.png", STORED))
    assert (np.abs(drawn - stored) > 2).mean() < 0.02  # another OpenCV may draw letters a little differently
