"""Motion of regions: known fields by hand, the head taken off, nothing where nothing moves."""

import cv2
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mebench.features.face.crop import crop_frames
from mebench.features.flow.registry import device_flow, flow_function
from mebench.features.roi.anchor import anchor_of
from mebench.features.roi.motion import motion
from mebench.features.roi.point_motion import main_direction, point_motion
from mebench.features.roi.point_regions import POINTS, point_geometry
from mebench.features.roi.regions import HEAD, REGIONS, SMALL, WIDE, geometry_of, shape_in

SIZE = 160
NAMES = [one.name for one in REGIONS]


@pytest.fixture(scope="session")
def face(face_picture):
    return anchor_of(face_picture, SIZE, "v")


@pytest.fixture(scope="session")
def crop(face_picture, face):
    return crop_frames(cv2.cvtColor(face_picture, cv2.COLOR_BGR2GRAY)[None], face)[0]


def fields(small=(0.0, 0.0), wide=(0.0, 0.0), head=(0.0, 0.0)):
    """Return a method of flow that gives every pixel of a patch the vector of its shape."""
    given = {shape_in(SMALL, SIZE): small, shape_in(WIDE, SIZE): wide, shape_in(HEAD.shape, SIZE): head}
    return lambda previous, following: np.broadcast_to(
        np.float32(given[previous.shape[1:]]), (*previous.shape, 2)
    ).copy()


def test_known_fields_by_hand(face, crop):
    flow = fields(small=(0.5, -1.0), wide=(2.0, 0.25), head=(0.25, 0.5))
    values = motion(flow, SIZE, crop, np.stack([crop, crop]), geometry_of(face.landmarks, SIZE))
    assert values.shape == (2, 18, 2)
    for number, region in enumerate(REGIONS):
        expected = (1.75, -0.25) if region.patch in (2, 3) else (0.25, -1.5)
        np.testing.assert_allclose(values[:, number], np.tile(np.array(expected) * 2, (2, 1)), atol=1e-5)


def test_the_strongest_of_a_region_count(face, crop):
    geometry = geometry_of(face.landmarks, SIZE)
    top, bottom, left, right = geometry.regions[NAMES.index("mouth, left corner")]

    def flow(previous, following):
        found = np.zeros((*previous.shape, 2), np.float32)
        if previous.shape[1:] == shape_in(WIDE, SIZE):
            found[0, top:bottom, left:right, 0] = np.arange((bottom - top) * (right - left)).reshape(bottom - top, -1)
        return found

    value = motion(flow, SIZE, crop, crop[None], geometry)[0, NAMES.index("mouth, left corner")]
    number = (bottom - top) * (right - left)
    kept = np.arange(number)[-int(number * 0.2) :]
    np.testing.assert_allclose(value, [2 * kept.mean(), 0], rtol=1e-5)


def test_patches_follow_the_head(face, crop):
    """Flow that tells the shift of the picture it is given: after one step nothing is left."""
    frames = np.stack([np.roll(crop, (3, -5), (0, 1)), crop])
    seen = []

    def flow(previous, following):
        seen.append(previous.shape)
        found = np.zeros((*previous.shape, 2), np.float32)
        for pair, (one, other) in enumerate(zip(previous, following, strict=True)):
            found[pair] = 0 if (one == other).all() else (-5, 3)
        return found

    values = motion(flow, SIZE, crop, frames, geometry_of(face.landmarks, SIZE))
    np.testing.assert_array_equal(values, 0)
    assert [shape[1:] for shape in seen] == [shape_in(HEAD.shape, SIZE)] * 2 + [
        shape_in(SMALL, SIZE),
        shape_in(WIDE, SIZE),
    ]


def test_a_still_face_is_zero(face, crop):
    name = "jax_lucas_kanade"
    frames = np.repeat(crop[None], 3, axis=0)
    assert (motion(device_flow(name), SIZE, crop, frames, geometry_of(face.landmarks, SIZE)) == 0).all()
    assert (point_motion(device_flow(name), SIZE, frames, point_geometry(face.landmarks, SIZE)) == 0).all()


@settings(max_examples=8)
@given(st.floats(-3, 3), st.floats(-3, 3))
def test_a_head_that_moves_moves_no_region(face, crop, right, down):
    shift = np.array([[1, 0, right], [0, 1, down]], np.float32)
    moved = cv2.warpAffine(crop, shift, crop.shape[::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    frames = np.stack([crop, moved, crop])
    values = motion(device_flow("jax_lucas_kanade"), SIZE, crop, frames, geometry_of(face.landmarks, SIZE))
    assert np.linalg.norm(values, axis=2).mean() < 0.15  # of 6 px and less, in px of a 320 px crop


def test_host_and_device_give_the_same(face, crop, face_picture):
    moved = cv2.warpAffine(crop, np.array([[1.01, 0, 1.3], [0, 0.99, 0.4]], np.float32), crop.shape[::-1])
    frames, geometry = np.stack([moved, crop, moved]), geometry_of(face.landmarks, SIZE)
    name = "jax_lucas_kanade"
    both = [motion(flow, SIZE, crop, frames, geometry) for flow in (device_flow(name), flow_function(name))]
    np.testing.assert_allclose(*both, atol=2e-3)


def test_points_go_the_way_most_of_their_pixels_go(face, crop):
    def flow(previous, following):
        found = np.zeros((*previous.shape, 2), np.float32)
        found[:] = (0.5, 0.0) if previous.shape[1:] == shape_in(HEAD.shape, SIZE) else (0.5, 2.0)
        return found

    values = point_motion(flow, SIZE, np.stack([crop, crop]), point_geometry(face.landmarks, SIZE))
    assert values.shape == (1, 12, 2)
    for (_, patch), value in zip(POINTS, values[0], strict=True):
        np.testing.assert_allclose(value, (0, 0) if patch == 3 else (0, 4), atol=1e-4)


@pytest.mark.parametrize(
    ("angles", "half", "expected"),
    [
        ((0, 10, 20, 90), 30.0, (1, 1, 1, 0)),
        ((0, 35, 50, 90), 30.0, (0, 1, 1, 1)),
        ((0, 35, 50, 90), 45.0, (0, 0, 1, 1)),
        ((180, 170, -170, -90), 30.0, (1, 1, 1, 0)),
        ((-60, -80, -140, 180), 30.0, (1, 1, 1, 0)),
    ],
)
def test_main_direction(angles, half, expected):
    radians = np.radians(angles)
    vectors = np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)
    found = main_direction(jnp.asarray(vectors), jnp.ones(4, bool), half)
    assert tuple(np.asarray(found).astype(int)) == expected
