"""Where patches and regions lie: the published boxes by hand, within patches of one shape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebench.features.roi.anchor import anchor_of, placed
from mebench.features.roi.motion import AROUND
from mebench.features.roi.point_regions import AROUND as AROUND_POINT
from mebench.features.roi.point_regions import POINTS, point_geometry
from mebench.features.roi.regions import HEAD, PATCHES, REGIONS, Box, boxes_of, geometry_of, parts_of, shape_in

SIZE = 320


def landmarks(face_picture=None) -> np.ndarray:
    """Landmarks of a plain face in a crop of 320 px with its margin of 24 px."""
    points = np.full((68, 2), 160.0, np.float32)
    points[17:22] = [(60, 80), (80, 72), (100, 70), (115, 74), (130, 82)]
    points[22:27] = [(190, 82), (205, 74), (220, 70), (240, 72), (260, 80)]
    points[28], points[29], points[30] = (160, 165), (160, 180), (160, 200)
    points[31:36] = [(130, 215), (145, 218), (160, 220), (175, 218), (190, 215)]
    points[36:42] = [(80, 120), (90, 114), (110, 114), (124, 122), (110, 126), (90, 126)]
    points[42:48] = [(196, 122), (210, 114), (230, 114), (240, 120), (230, 126), (210, 126)]
    points[48:67, 0], points[48:67, 1] = np.linspace(110, 210, 19), 270
    points[51], points[57], points[62] = (160, 260), (160, 290), (160, 268)
    return points + 24


def test_boxes_are_those_of_the_table():
    boxes = boxes_of(landmarks() - 24, SIZE)
    assert boxes[:4] == [
        Box(70 - 15, 82 + 5, 60 - 5, 130),
        Box(70 - 15, 82 + 5, 190, 260 + 5),
        Box(260 - 15, 290 + 10, 110 - 20, 210 + 20),
        Box(200 - 20, 220 + 5, 130 - 30, 190 + 30),
    ]
    assert boxes[4] == Box(120 + 11, 120 + 33, 80, 124)  # width 44, middle 120
    assert boxes[6] == Box(180 - 13, 200 + 13, 160 - 13, 160 + 13)


def test_regions_are_parts_of_their_boxes():
    boxes = boxes_of(landmarks() - 24, SIZE)
    parts = dict(zip([one.name for one in REGIONS] + ["head"], parts_of(boxes, landmarks() - 24, SIZE), strict=True))
    assert len(parts) == 19
    assert parts["brow left"] == Box(55 + 10, 87 - 10, 55 + 10, 130 - 10)
    assert parts["brow left, inner"] == Box(74 - 10, 74 + 10, 115 - 10, 115 + 10)
    assert parts["brow left, outer"] == Box(72 - 10, 72 + 10, 80 - 10, 80 + 10)
    assert parts["mouth, left corner"] == Box(270 - 10, 270 + 10, 110 - 10, 110 + 20)
    assert parts["nose wing right"] == Box(218 - 20 - 3, 218 + 5 - 3, 190 - 10, 190 + 20)
    assert parts["lid left"] == Box(131 + 5, 153 - 5, 80 + 5, 124 - 5)
    assert parts["head"] == Box(167 + 15, 213 - 10, 147 + 5, 173 - 5)


@pytest.mark.parametrize("size", [80, 160, 320])
def test_every_face_has_arrays_of_one_shape(size):
    found = geometry_of(landmarks() * size / SIZE, size)
    assert (found.patches.shape, found.regions.shape) == ((7, 2), (19, 4))
    for box, region in zip(found.regions[:-1], REGIONS, strict=True):
        height, width = shape_in(PATCHES[region.patch].shape, size)
        assert 0 <= box[0] < box[1] <= height
        assert 0 <= box[2] < box[3] <= width


@given(st.integers(0, 2**32 - 1), st.sampled_from([80, 120, 160, 200, 320]))
def test_windows_hold_every_region_around_a_point(seed, size):
    shift = np.random.default_rng(seed).uniform(-4, 4, (68, 2))
    points = ((landmarks() + shift) * size / SIZE).astype(np.float32)
    boxes = geometry_of(points, size).regions[[n for n, one in enumerate(REGIONS) if one.point is not None]]
    sides = np.stack([boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]], axis=1)
    assert (sides <= shape_in(AROUND, size)).all()
    boxes = point_geometry(points, size).boxes[:-1]
    sides = np.stack([boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]], axis=1)
    assert (sides <= shape_in(AROUND_POINT, size)).all()


@given(st.integers(0, 2**32 - 1))
def test_odd_faces_stay_within_their_patches(seed):
    points = np.random.default_rng(seed).uniform(-200, 500, (68, 2)).astype(np.float32)
    found, points12 = geometry_of(points, 160), point_geometry(points, 160)
    shapes = [shape_in(PATCHES[region.patch].shape, 160) for region in REGIONS] + [shape_in(HEAD.shape, 160)]
    for (top, bottom, left, right), (height, width) in zip(found.regions, shapes, strict=True):
        assert 0 <= top < bottom <= height
        assert 0 <= left < right <= width
    crop = 160 + 24  # with its margin of 12 px
    for (top, left), shape in zip(found.patches, [*(shape_in(p.shape, 160) for p in (*PATCHES, HEAD))], strict=True):
        assert 12 <= top <= crop - 12 - shape[0]
        assert 12 <= left <= crop - 12 - shape[1]
    assert (points12.boxes[:, [0, 2]] >= 0).all()
    assert (points12.boxes[:, [1, 3]] > points12.boxes[:, [0, 2]]).all()


def test_a_point_of_the_twelve_has_eleven_pixels_a_side():
    found = point_geometry(landmarks(), SIZE)
    assert found.boxes.shape == (len(POINTS) + 1, 4)
    height, width = found.boxes[:-1, 1] - found.boxes[:-1, 0], found.boxes[:-1, 3] - found.boxes[:-1, 2]
    assert set(height) == set(width) == {11}
    assert tuple(found.boxes[-1, [1, 3]] - found.boxes[-1, [0, 2]]) == (20 + 25, 25)


def test_the_square_is_nine_units_around_the_inner_corners():
    points = np.zeros((68, 2), np.float32)
    points[39], points[42] = (100, 60), (141, 62)
    face = placed(points, SIZE)  # unit 20, middle (120.5, 61), margin 180 * 24 / 320 = 13.5
    assert (face.left, face.top, face.side, face.size) == (17, -22, 207, 368)
    x, y = face.landmarks[39]
    assert (x, y) == pytest.approx(((100 - 17 + 0.5) * 368 / 207 - 0.5, (60 + 22 + 0.5) * 368 / 207 - 0.5))
    assert placed(np.zeros((68, 2), np.float32), SIZE) is None


def test_a_picture_of_nothing_has_no_square(face_picture):
    assert anchor_of(np.zeros((64, 64, 3), np.uint8), 160, "v") is None
    face = anchor_of(face_picture, 160, "v")
    assert face.size == 184
    assert 12 + 80 - 6 < face.landmarks[[39, 42], 0].mean() < 12 + 80 + 6
