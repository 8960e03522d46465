"""Qwen2.5-VL's pixels: what Hugging Face's PIL processors make, bit for bit, and what is refused."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qwen_input_cases import PIXELS, made_frames

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.pixels import PixelSettings, image_patches, smart_resize, video_patches

GOLDEN = Path(__file__).parents[1] / "golden" / "qwen_inputs"
SETTINGS = PixelSettings(56 * 56, 1280 * 28 * 28)


def patches_of(case):
    frames, height, width, least, most = case
    made = made_frames(frames, height, width)
    settings = PixelSettings(least, most)
    return video_patches(made, settings) if frames else image_patches(made[0], settings)


@pytest.mark.smoke
@pytest.mark.parametrize(("version", "count"), [("4.57.6", len(PIXELS)), ("5.23.0", sum(not c[0] for c in PIXELS))])
def test_bit_for_bit_as_hugging_face(version, count):
    golden = json.loads((GOLDEN / f"transformers-{version}.json").read_text(encoding="utf-8"))["pixels"]
    checked = [(case, want) for case, want in zip(PIXELS, golden, strict=True) if want]
    assert len(checked) == count
    for case, want in checked:
        patches = patches_of(case)
        assert list(patches.grid) == want["grid"], case
        np.testing.assert_array_equal(patches.values.ravel()[::997], np.array(want["every_997th"], np.float32))
        assert hashlib.sha256(patches.values.astype("<f4").tobytes()).hexdigest() == want["sha256"], case


def test_one_patch_by_hand():
    picture = np.zeros((28, 28, 3), np.uint8)
    picture[0, 15] = (255, 0, 0)  # row 0, column 1 of the second patch
    patches = image_patches(picture, PixelSettings(1, 10**6))
    assert patches.grid == (1, 2, 2)
    cells = patches.values.reshape(4, 3, 2, 14, 14)
    black, white = -0.48145466 / 0.26862954, (1 - 0.48145466) / 0.26862954
    np.testing.assert_allclose(cells[1, 0, :, 0, 1], white, rtol=1e-6)
    np.testing.assert_allclose(cells[0, 0], black, rtol=1e-6)
    assert (cells[1, 0] > 1).sum() == 2


def test_tokens_are_squares_of_four_patches():
    picture = np.zeros((56, 56, 3), np.uint8)
    picture[14:28, 28:42] = 255  # patch row 1, column 2: third patch of the second token
    bright = image_patches(picture, PixelSettings(1, 10**6)).values.mean(1) > 0
    assert np.flatnonzero(bright).tolist() == [4 + 2]


@given(st.integers(1, 4), st.integers(14, 60), st.integers(14, 60))
def test_a_picture_is_a_video_of_one_frame_and_odd_frames_repeat_the_last(count, height, width):
    frames = made_frames(count, height, width)
    whole = video_patches(frames, SETTINGS)
    padded = np.concatenate([frames, frames[-1:]]) if count % 2 else frames
    np.testing.assert_array_equal(whole.values, video_patches(padded, SETTINGS).values)
    if count == 1:
        np.testing.assert_array_equal(whole.values, image_patches(frames[0], SETTINGS).values)
    assert np.prod(whole.grid) == len(whole.values)
    assert whole.values.dtype == np.float32


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 64), st.integers(64, 2000))
def test_sizes_are_whole_tokens_within_the_limit(height, width, least, most):
    settings = PixelSettings(least * 784, most * 784)
    if max(height, width) > 200 * min(height, width):
        with pytest.raises(MebenchError, match="200 times"):
            smart_resize(height, width, settings)
        return
    resized = smart_resize(height, width, settings)
    assert all(side >= 28 and side % 28 == 0 for side in resized)
    area, rounded = resized[0] * resized[1], round(height / 28) * round(width / 28) * 784
    if rounded > settings.max_pixels:
        assert area <= settings.max_pixels or 28 in resized  # a side cannot be less than one token
    else:
        assert area >= settings.min_pixels
        assert rounded < settings.min_pixels or area == rounded


@pytest.mark.parametrize("wrong", [(1, 783), (0, 10**6), (10**6, 5 * 10**5)])
def test_settings_that_cannot_be(wrong):
    with pytest.raises(MebenchError, match="min_pixels"):
        PixelSettings(*wrong)
    with pytest.raises(MebenchError, match="patch 0"):
        PixelSettings(1, 10**6, patch=0)


def test_empty_pictures_are_refused():
    with pytest.raises(MebenchError, match="without frames"):
        video_patches(np.zeros((0, 28, 28, 3), np.uint8), SETTINGS)
    with pytest.raises(MebenchError, match="0x28 px"):
        image_patches(np.zeros((28, 0, 3), np.uint8), SETTINGS)
