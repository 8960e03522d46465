"""The shipped networks are the ones that the script extracts."""

import hashlib
import subprocess
import sys
import zipfile
from importlib import resources

import pytest

from mebench.assets.extract_faces import ASSETS, Asset, extract
from mebench.errors import MebenchError


def _wheel(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def _asset(member, data):
    return Asset(member, hashlib.sha256(data).hexdigest())


@pytest.mark.smoke
@pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset.name)
def test_shipped_file_has_its_hash(asset):
    data = (resources.files("mebench.assets") / "faces" / asset.name).read_bytes()
    assert hashlib.sha256(data).hexdigest() == asset.sha256


def test_extracts_every_file(tmp_path):
    wheel = _wheel(tmp_path / "w.whl", {"m/a.tflite": b"one", "m/b.tflite": b"two", "m/c": b"more"})
    paths = extract(wheel, tmp_path / "out", (_asset("m/a.tflite", b"one"), _asset("m/b.tflite", b"two")))
    assert [(path.name, path.read_bytes()) for path in paths] == [("a.tflite", b"one"), ("b.tflite", b"two")]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.tflite", "b.tflite"]


def test_wrong_bytes_write_nothing(tmp_path):
    wheel = _wheel(tmp_path / "w.whl", {"m/a": b"one", "m/b": b"changed"})
    with pytest.raises(MebenchError, match=r"m/b in .* has sha256 .* give the wheel of mediapipe 0\.10\.21"):
        extract(wheel, tmp_path / "out", (_asset("m/a", b"one"), _asset("m/b", b"two")))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("content", "message"), [(b"no zip", "cannot read"), (None, "cannot read")])
def test_unreadable_wheel_is_one_sentence(tmp_path, content, message):
    if content is not None:
        (tmp_path / "w.whl").write_bytes(content)
    with pytest.raises(MebenchError, match=message):
        extract(tmp_path / "w.whl", tmp_path / "out")


def test_wheel_without_the_file_is_one_sentence(tmp_path):
    with pytest.raises(MebenchError, match="holds no mediapipe/modules/face_detection"):
        extract(_wheel(tmp_path / "w.whl", {"other": b""}), tmp_path / "out")


def test_command_line_says_what_is_wrong_and_fails(tmp_path):
    command = [sys.executable, "-m", "mebench.assets.extract_faces", str(tmp_path / "none.whl")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot read" in done.stderr
    assert "Traceback" not in done.stderr
