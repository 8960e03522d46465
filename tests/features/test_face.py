"""Detection, landmarks and crop on a rendering whose geometry is known."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.errors import MebenchError
from mebench.features.face.crop import FaceCrop, crop_frames, detect_face, find_face
from mebench.features.face.detect import detect_faces
from mebench.features.face.landmarks import IBUG_68, landmarks_68

EYES = np.array([[87.4, 78.0], [168.6, 78.0]])
"""Projected centres of the eyeballs of the picture (tests/golden/faces/README.md)."""


def _eyes(landmarks):
    return np.stack([landmarks[36:42].mean(axis=0), landmarks[42:48].mean(axis=0)])


@pytest.mark.smoke
def test_one_face_where_it_is(face_picture):
    (face,) = detect_faces(face_picture)
    assert face.score > 0.8
    np.testing.assert_allclose(face.eyes, EYES, atol=4)
    assert face.left < EYES[0, 0] < EYES[1, 0] < face.left + face.width
    assert face.top < EYES[0, 1] < face.top + face.height


@pytest.mark.smoke
def test_landmarks_lie_on_the_eyes_and_in_ibug_order(face_picture):
    points, score = landmarks_68(face_picture, detect_face(face_picture, "v"))
    assert score > 0.9
    np.testing.assert_allclose(_eyes(points), EYES, atol=4)
    x, y = points.T
    assert (np.diff(x[:17]) > -2).all()  # jaw from left to right of the picture
    assert (np.diff(x[17:27]) > 0).all()  # brows too
    assert (np.diff(y[27:31]) > 0).all()  # bridge of the nose downwards
    assert y[17:27].max() < y[36:48].min() < y[30] < y[51] < y[62] < y[57] < y[8]
    assert x[48] < x[60] < x[64] < x[54]
    middle = x[[8, 27, 28, 29, 30, 33, 51, 57, 62, 66]]
    assert np.ptp(middle) < 6


def test_table_names_68_points_of_the_mesh():
    assert len(set(IBUG_68)) == 68
    assert all(0 <= index < 468 for index in IBUG_68)


def test_two_faces_largest_first(face_picture):
    small = cv2.resize(face_picture, (160, 160), interpolation=cv2.INTER_AREA)
    both = np.full((256, 440, 3), 90, np.uint8)
    both[:, 180:436] = face_picture
    both[40:200, 10:170] = small
    first, second = detect_faces(both)
    assert first.width > 1.3 * second.width
    assert first.left > 170 > second.left


@pytest.mark.parametrize("shape", [(256, 512), (700, 300)])
def test_any_frame_shape(face_picture, shape):
    frame = np.full((*shape, 3), 100, np.uint8)
    top, left = shape[0] - 256, (shape[1] - 256) // 2
    frame[top : top + 256, left : left + 256] = face_picture
    points, _ = landmarks_68(frame, detect_face(frame, "v"))
    np.testing.assert_allclose(_eyes(points), EYES + np.array([left, top]), atol=4)


def test_tilted_head(face_picture):
    turn = cv2.getRotationMatrix2D((128, 128), 15, 1)
    frame = cv2.warpAffine(face_picture, turn, (256, 256), borderMode=cv2.BORDER_REPLICATE)
    points, _ = landmarks_68(frame, detect_face(frame, "v"))
    np.testing.assert_allclose(_eyes(points), EYES @ turn[:, :2].T + turn[:, 2], atol=5)


@pytest.mark.smoke
def test_no_face_is_one_sentence_that_names_the_video():
    noise = np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    with pytest.raises(MebenchError, match=r"^synth_me 003_2: no face was found .*160x120.* leave the video out"):
        find_face(noise, 128, "synth_me 003_2")


def test_crop_holds_all_landmarks_with_room(face_picture):
    crop = find_face(face_picture, 128, "v")
    assert crop.landmarks.min() > 6
    assert crop.landmarks.max() < 122
    eyes = (EYES - np.array([crop.left, crop.top]) + 0.5) * 128 / crop.side - 0.5
    np.testing.assert_allclose(_eyes(crop.landmarks), eyes, atol=2)


def test_result_is_the_same_every_time_and_with_any_number_of_threads(face_picture):
    crops = []
    before = cv2.getNumThreads()
    for threads in (1, 2, 3, before):
        cv2.setNumThreads(threads)
        crops.append(find_face(face_picture, 128, "v"))
    assert len({crop.landmarks.tobytes() for crop in crops}) == 1


@settings(max_examples=share(20), deadline=None)
@given(left=st.integers(-30, 90), top=st.integers(-30, 60), side=st.integers(16, 80))
def test_crop_is_the_padded_square_resized(left, top, side):
    frames = np.random.default_rng(0).integers(0, 255, (2, 90, 120), dtype=np.uint8)
    face = FaceCrop(left, top, side, 32, np.zeros((68, 2), np.float32))
    padded = np.pad(frames, ((0, 0), (100, 100), (100, 100)), mode="edge")
    square = padded[:, top + 100 : top + 100 + side, left + 100 : left + 100 + side]
    method = cv2.INTER_AREA if side > 32 else cv2.INTER_LINEAR
    expected = [cv2.resize(np.ascontiguousarray(frame), (32, 32), interpolation=method) for frame in square]
    np.testing.assert_array_equal(crop_frames(frames, face), expected)
