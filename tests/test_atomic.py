"""Atomic writes: whole or not at all, and nothing left behind."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from mebench.atomic import write_bytes, write_text
from mebench.errors import MebenchError


def test_text_lands_and_replaces(tmp_path):
    path = tmp_path / "deep" / "a.json"
    write_text(path, "one\r\nä\n")
    assert path.read_bytes() == "one\r\nä\n".encode()
    write_bytes(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["a.json"]


def test_permissions_are_the_usual_ones(tmp_path):
    new, usual = tmp_path / "new", tmp_path / "usual"
    usual.write_text("x")
    write_text(new, "x")
    assert new.stat().st_mode == usual.stat().st_mode
    new.chmod(0o600)
    write_text(new, "y")
    assert new.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_is_one_sentence_and_keeps_the_old_file(tmp_path, monkeypatch, number):
    path = tmp_path / "a"
    path.write_text("old")

    def full(_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MebenchError, match=r"disk full while writing .*make room"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.smoke
def test_folder_in_the_way_is_one_sentence(tmp_path):
    with pytest.raises(MebenchError, match=r"cannot write .*directory"):
        write_text(tmp_path, "x")
    assert list(tmp_path.parent.glob(".*.tmp")) == []


def test_file_in_place_of_the_folder_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(MebenchError, match="cannot write"):
        write_text(tmp_path / "file" / "a", "x")


def test_kill_at_any_moment_leaves_old_or_new(tmp_path):
    path = tmp_path / "a"
    code = (
        "import sys\nfrom mebench.atomic import write_bytes\n"
        "while True:\n    for c in b'ab':\n        write_bytes(sys.argv[1], bytes([c]) * 2_000_000)\n"
    )
    write_bytes(path, b"a" * 2_000_000)
    for delay in (0.25, 0.3, 0.37):
        process = subprocess.Popen([sys.executable, "-c", code, str(path)])
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert path.read_bytes() in (b"a" * 2_000_000, b"b" * 2_000_000)
