"""The motion of the head is what the nose does: known shifts and rolls by hand, the drawn head, frames without one."""

import cv2
import numpy as np
import pytest
from fixtures.drawn_clips import drawn_clips

from mebench.features.face.crop import crop_frames, find_face
from mebench.features.face.nose import facial_flow, motion_field, nose_motion
from mebench.features.flow.opencv_dis import flow
from tfds_builders.synth_me import clip


@pytest.fixture(scope="module")
def face_crop(face_picture):
    face = find_face(face_picture, 128, "v")
    return face, crop_frames(cv2.cvtColor(face_picture, cv2.COLOR_BGR2GRAY)[None], face)[0]


def moved(picture, matrix):
    size = picture.shape[::-1]
    return cv2.warpAffine(picture, np.float32(matrix), size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.smoke
def test_field_of_a_motion_by_hand():
    quarter = np.float32([[[0, -1, 3], [1, 0, 0]]])
    field = motion_field(quarter, 2, 3)[0]
    np.testing.assert_array_equal(field[0, 0], [3, 0])
    np.testing.assert_array_equal(field[1, 2], [-1 + 3 - 2, 2 - 1])
    assert not motion_field(np.eye(2, 3, dtype=np.float32)[None], 4, 5).any()


@pytest.mark.smoke
@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.8, -0.4), (-2.5, 1.5), (6.0, 3.0)])
def test_known_shift(face_crop, shift):
    face, crop = face_crop
    motion = nose_motion(crop, moved(crop, [[1, 0, shift[0]], [0, 1, shift[1]]])[None], face.landmarks)[0]
    np.testing.assert_allclose(motion @ [64, 64, 1] - [64, 64], shift, atol=0.06)


def test_known_roll(face_crop):
    face, crop = face_crop
    matrix = cv2.getRotationMatrix2D((60.0, 90.0), 1.5, 1.0)
    motion = nose_motion(crop, moved(crop, matrix)[None], face.landmarks)[0]
    np.testing.assert_allclose(motion[:, :2], matrix[:, :2], atol=0.004)


def test_zoom_is_no_head_motion(face_crop):
    face, crop = face_crop
    matrix = cv2.getRotationMatrix2D((64.0, 64.0), 0.0, 1.03)
    motion = nose_motion(crop, moved(crop, matrix)[None], face.landmarks)[0]
    assert np.linalg.det(motion[:, :2]) == pytest.approx(1, abs=1e-5)


def test_frames_do_not_depend_on_each_other(face_crop):
    face, crop = face_crop
    frames = np.stack([moved(crop, [[1, 0, x], [0, 1, 0]]) for x in (0.5, 1.0, 2.0)])
    together = nose_motion(crop, frames, face.landmarks)
    alone = np.concatenate([nose_motion(crop, frame[None], face.landmarks) for frame in frames])
    assert together.tobytes() == alone.tobytes()
    assert nose_motion(crop, frames[:0], face.landmarks).shape == (0, 2, 3)


def test_a_lost_nose_is_nan(face_crop):
    face, crop = face_crop
    far = np.roll(crop, 200, axis=1)[:, ::-1]
    motion = nose_motion(np.zeros_like(crop), np.stack([crop, far]), face.landmarks)
    assert np.isnan(motion).all()


def test_facial_flow_of_a_shifted_head_is_nothing(face_crop):
    face, crop = face_crop
    following = moved(crop, [[1, 0, 1.7], [0, 1, -0.9]])[None]
    raw = flow(crop[None], following)[0, 16:112, 16:112]
    rest = facial_flow(crop, following, face.landmarks, flow)[0, 16:112, 16:112]
    assert np.linalg.norm(raw, axis=-1).mean() > 1.5
    assert np.linalg.norm(rest, axis=-1).mean() < 0.15


def test_drawn_heads_are_followed_while_the_face_moves():
    """Mean error over the face against the true motion of the head: 0.05 px of 0.21 px, at the apex."""
    errors, motions = [], []
    for drawn in drawn_clips("tiny"):
        onset, apex = drawn.expression.onset, drawn.expression.apex
        face = find_face(drawn.frames.read(onset, onset + 1)[0], 128, drawn.video_id)
        first, second = (crop_frames(drawn.frames.read_gray(i, i + 1), face) for i in (onset, apex))
        found = motion_field(nose_motion(first[0], second, face.landmarks), 128, 128)[0]
        truth = true_head_motion(drawn.frames, onset, apex, face)
        errors.append(np.linalg.norm(found - truth, axis=-1)[16:112, 16:112].mean())
        motions.append(np.linalg.norm(truth, axis=-1)[16:112, 16:112].mean())
    assert np.mean(errors) < 0.4 * np.mean(motions)
    assert max(errors) < 0.16


def true_head_motion(frames, onset, apex, face):
    """Of the same head with a face at rest, in px of the crop."""
    truth = clip.flow_between(frames.at_rest().scene, onset, apex)
    rows, columns = np.mgrid[:128, :128].astype(np.float32) * np.float32(face.side / 128)
    return cv2.remap(truth, columns + face.left, rows + face.top, cv2.INTER_LINEAR) * np.float32(128 / face.side)
