"""The still face of synth_me: it is a face, the same one each time, and its face units move what they name."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.errors import MebenchError
from mebench.features.face.crop import find_face
from mebench.features.face.detect import detect_faces
from tfds_builders.synth_me.camera import Camera, face_camera, rasterise
from tfds_builders.synth_me.head import LEFT_EYE, RIGHT_EYE, Sparse, load_head
from tfds_builders.synth_me.identity import draw_identity
from tfds_builders.synth_me.render import render_face
from tfds_builders.synth_me.skin import fractal_noise

SEEDS = range(20)


@pytest.fixture(scope="module")
def head():
    return load_head()


@pytest.fixture(scope="module")
def faces(head):
    return [render_face(head, seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def face(head):
    return render_face(head, seed=3)


def _picture(face):
    return cv2.cvtColor(face.image, cv2.COLOR_GRAY2BGR)


def _landmarks(face):
    """Return the 68 landmarks in px of the picture."""
    crop = find_face(_picture(face), size=256, label="test")
    return (crop.landmarks + 0.5) * (crop.side / crop.size) - 0.5 + [crop.left, crop.top]


def _eye_in_view(face, eye):
    """Return the centre (x, y) of what the picture shows of an eyeball."""
    seen = face.head.groups[face.raster.triangles] == eye
    return np.array([face.raster.columns[seen].mean(), face.raster.rows[seen].mean()])


@pytest.mark.smoke
def test_head_holds_its_parts(head):
    assert len(head.face_units) == 52
    assert len(head.targets) == 222
    assert head.faces.max() < len(head.vertices)
    for sparse in (*head.targets.values(), *head.face_units.values()):
        assert not sparse.index.size or sparse.index.max() < len(head.vertices)
    with pytest.raises(ValueError, match="read-only"):
        head.vertices[0] = 0


def test_sparse_offsets_are_thousandths():
    vertices = np.zeros((3, 3), np.float32)
    Sparse(np.array([2], np.uint16), np.array([[1000, 0, -500]], np.int16)).add_to(vertices, 0.5)
    assert vertices.tolist() == [[0, 0, 0], [0, 0, 0], [0.5, 0, -0.25]]


def test_camera_by_hand():
    camera = Camera(np.array([1, 2, 0], np.float32), scale=10.0, distance=4.0, size=101)
    points = np.array([[1, 2, 0], [2, 3, 0], [2, 3, 2]], np.float32)
    np.testing.assert_allclose(camera.project(points), [[50, 50], [60, 40], [70, 30]], rtol=1e-6)


def test_eyes_stand_level_at_one_place(head):
    for seed in range(5):
        vertices = draw_identity(head, np.random.default_rng(seed)).vertices
        xy = face_camera(head, vertices, 200).project(vertices)
        right, left = (xy[head.eye_vertices(eye)].mean(axis=0) for eye in (RIGHT_EYE, LEFT_EYE))
        assert left[0] - right[0] == pytest.approx(0.27 * 200, rel=0.03)
        assert left[1] == pytest.approx(right[1], abs=1)


def test_raster_shows_the_nearer_triangle_and_leaves_out_backs():
    xy = np.array([[0, 0], [0, 20], [20, 0], [0, 0], [0, 8], [8, 0]], np.float32)
    depth = np.array([0, 0, 0, 1, 1, 1], np.float32)
    faces = np.array([[3, 4, 5], [0, 1, 2], [0, 2, 1]], np.int32)
    raster = rasterise(xy, depth, faces, size=24)
    seen = {(y, x): t for y, x, t in zip(raster.rows, raster.columns, raster.triangles, strict=True)}
    assert seen[2, 2] == 0
    assert seen[7, 7] == 1
    assert (20, 20) not in seen
    assert set(seen.values()) == {0, 1}


@pytest.mark.parametrize("samples", [1, 2, 3])
def test_interpolated_positions_are_the_pixels(samples):
    xy = np.array([[1.3, 2.1], [3.2, 18.4], [17.6, 4.9]], np.float32)
    faces = np.array([[0, 1, 2]], np.int32)
    raster = rasterise(xy, np.zeros(3, np.float32), faces, 20, samples)
    expected = (np.stack([raster.columns, raster.rows], axis=1) + 0.5) / samples - 0.5
    error = np.abs(raster.interpolate(xy, faces) - expected).max(axis=1)
    assert error.max() < 1.0  # rounding paints pixels at most one beyond the edge
    assert np.median(error) < 1e-4


@settings(max_examples=share(20), deadline=None)
@given(seed=st.integers(0, 2**32), dimensions=st.sampled_from([2, 3]))
def test_noise_is_seeded_smooth_and_repeats(seed, dimensions):
    points = np.random.default_rng(seed).uniform(-3, 3, (50, dimensions)).astype(np.float32)
    values = [
        fractal_noise(p, np.random.default_rng(seed), 2, 1.0) for p in (points, points, points + 1e-3, points + 32)
    ]
    np.testing.assert_array_equal(values[0], values[1])
    np.testing.assert_allclose(values[0], values[2], atol=0.05)
    np.testing.assert_allclose(values[0], values[3], atol=1e-2)


def test_person_is_drawn_by_the_seed_alone(head):
    one, same, other = (draw_identity(head, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.vertices, same.vertices)
    assert one.light == same.light
    assert np.linalg.norm(one.light) == pytest.approx(1)
    assert np.abs(one.vertices - other.vertices).max() > 0.02
    assert not np.shares_memory(one.vertices, head.vertices)


@pytest.mark.smoke
def test_same_seed_same_bytes(head, face):
    again = render_face(head, seed=3)
    assert again.fine.tobytes() == face.fine.tobytes()
    assert render_face(head, seed=4).image.tobytes() != face.image.tobytes()


def test_picture_is_grey_with_contrast(face):
    assert face.image.shape == (256, 256)
    assert face.image.dtype == face.fine.dtype == np.uint8
    assert face.fine.shape == (512, 512)
    assert np.ptp(np.percentile(face.image, [1, 99])) > 80


def test_wall_has_texture(face):
    corner = face.image[80:140, :25]
    assert corner.std() > 2


@pytest.mark.parametrize("size", [128, 320])
def test_other_sizes(head, face, size):
    other = render_face(head, seed=3, size=size)
    assert other.displacement({"jawOpen": 1.0}).shape == (size, size, 2)
    shrunk = [cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA) for picture in (face.image, other.image)]
    assert np.abs(shrunk[0].astype(int) - shrunk[1]).mean() < 4


def test_every_face_is_found_with_eyes_and_closed_mouth(faces):
    for seed, face in zip(SEEDS, faces, strict=True):
        assert len(detect_faces(_picture(face))) == 1, seed
        points = _landmarks(face)
        for part, eye in ((points[36:42], RIGHT_EYE), (points[42:48], LEFT_EYE)):
            assert np.linalg.norm(part.mean(axis=0) - _eye_in_view(face, eye)) < 0.02 * 256, seed
        lips = face.camera.project(face.vertices)[face.head.lips > 200].mean(axis=0)
        assert np.linalg.norm(points[[48, 54]].mean(axis=0) - lips) < 0.04 * 256, seed
        assert np.abs(points[62, 1] - points[66, 1]) < 0.024 * 256, seed
        assert (face.head.groups[face.raster.triangles] > RIGHT_EYE).sum() < 8, f"teeth of {seed}"


@pytest.mark.parametrize(
    ("unit", "part", "axis", "sign"),
    [
        ("browInnerUp", slice(21, 23), 1, -1),
        ("browDownLeft", slice(22, 25), 1, 1),
        ("mouthSmileLeft", slice(54, 55), 1, -1),
        ("mouthFrownRight", slice(48, 49), 1, 1),
        ("jawOpen", slice(8, 9), 1, 1),
        ("mouthStretchLeft", slice(54, 55), 0, 1),
    ],
)
def test_unit_moves_its_part(face, unit, part, axis, sign):
    field = face.displacement({unit: 1.0})
    x, y = np.rint(_landmarks(face)[part].mean(axis=0)).astype(int)
    moved = sign * field[y - 3 : y + 4, x - 3 : x + 4, axis]
    assert moved.mean() > 0.5
    assert moved.mean() > 0.15 * np.abs(field[..., axis]).max()


def test_sides_are_the_subjects(face):
    """The subject's left is right in the picture."""
    middle = face.image.shape[1] // 2
    for name in ("mouthSmile", "browOuterUp", "noseSneer", "eyeBlink"):
        left, right = (np.abs(face.displacement({name + side: 1.0})).sum(axis=(0, 2)) for side in ("Left", "Right"))
        assert left[middle:].sum() > 5 * left[:middle].sum()
        assert right[:middle].sum() > 5 * right[middle:].sum()


def test_nothing_moves_off_the_face_or_without_units(face):
    assert not face.displacement({}).any()
    assert not face.displacement({"jawOpen": 0.0}).any()
    field = face.displacement({"mouthSmileLeft": 1.0, "browInnerUp": 1.0})
    assert not field[:, :20].any()
    assert not field[:, -20:].any()


def test_small_displacements_add_and_scale(face):
    one, other = {"mouthSmileLeft": 0.1}, {"browInnerUp": 0.1}
    both = face.displacement(one | other)
    np.testing.assert_allclose(both, face.displacement(one) + face.displacement(other), atol=0.01)
    np.testing.assert_allclose(face.displacement({"mouthSmileLeft": 0.2}), 2 * face.displacement(one), atol=0.02)


def test_displacement_is_that_of_the_mesh(face):
    """Oracle: the shift of a vertex in view, away from edges, is the field's value at it."""
    moved = face.vertices.copy()
    face.head.face_units["mouthSmileLeft"].add_to(moved, 1.0)
    xy = face.camera.project(face.vertices)
    shift = face.camera.project(moved) - xy
    field = face.displacement({"mouthSmileLeft": 1.0})
    seen = np.unique(face.head.faces[face.raster.triangles])
    cheek = [v for v in seen if 160 < xy[v, 0] < 185 and 125 < xy[v, 1] < 170]
    at = cv2.remap(field, xy[cheek][None, :, 0], xy[cheek][None, :, 1], cv2.INTER_LINEAR)[0]
    assert len(cheek) > 10
    assert np.median(np.linalg.norm(at - shift[cheek], axis=1)) < 0.15
    assert np.linalg.norm(shift[cheek], axis=1).max() > 3


def test_gaze_moves_the_iris_and_a_blink_carries_the_eye(face):
    x, y = np.rint(_eye_in_view(face, LEFT_EYE)).astype(int)
    gaze = face.displacement({"eyeLookOutLeft": 1.0})[y, x]
    assert gaze[0] > 1
    assert abs(gaze[1]) < gaze[0] / 2
    assert face.displacement({"eyeBlinkLeft": 1.0})[y, x, 1] > 1


def test_unknown_unit_is_one_sentence(face):
    with pytest.raises(MebenchError, match="unknown face unit 'jawopen'; did you mean 'jawOpen'"):
        face.displacement({"jawopen": 1.0})
