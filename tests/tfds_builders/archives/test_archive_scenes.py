"""Frames of fixture archives: faces to the detector, drawn once, other pictures for other numbers."""

import cv2
import numpy as np
import pytest
from fixtures.archives.scenes import as_bmp, as_grey, scene, tiny_depth, tiny_image

from mebench.features.face.detect import detect_faces


def decoded(data, flag=cv2.IMREAD_UNCHANGED):
    return cv2.imdecode(np.frombuffer(data, np.uint8), flag)


@pytest.mark.parametrize(("subject", "size"), [(0, 256), (3, 256), (1, 128)])
def test_faces_are_found_in_grey_frames(subject, size):
    drawn = scene(subject, 0, fps=30.0, seconds=5.0, size=size)
    frames = drawn.frames()
    assert len(frames) == 150
    for jpeg in (frames[0], frames[-1], frames[drawn.expressions[0].apex]):
        assert decoded(as_grey(jpeg)).shape == (size, size)
        (face,) = detect_faces(decoded(as_grey(jpeg), cv2.IMREAD_COLOR))
        assert face.score > 0.7
        assert 0.2 * size < face.width < size


def test_expressions_lie_in_the_video_and_frames_are_drawn_once():
    drawn = scene(1, 0, fps=30.0, seconds=5.0, size=128)
    assert [e.kind for e in drawn.expressions].count("micro") == 2
    assert all(0 <= e.onset < e.apex < e.offset < 150 for e in drawn.expressions)
    assert scene(1, 0, fps=30.0, seconds=5.0, size=128).frames() is drawn.frames()


def test_as_bmp_keeps_the_pixels():
    jpeg = scene(1, 0, fps=30.0, seconds=5.0, size=128).frames()[0]
    bmp = as_bmp(jpeg)
    assert bmp[:2] == b"BM"
    np.testing.assert_array_equal(decoded(bmp), decoded(jpeg, cv2.IMREAD_COLOR))


def test_tiny_images_differ_by_number():
    for draw in (tiny_image, tiny_depth):
        assert len({draw(number) for number in range(200)}) == 200
    assert decoded(tiny_image(5, grey=False)).shape == (24, 32, 3)
    assert decoded(tiny_image(5, ".png", width=8, height=6)).shape == (6, 8)
    assert decoded(tiny_depth(5)).dtype == np.uint16
