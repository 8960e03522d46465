"""The cache: whole entries only, whatever happens."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache, Layout, cache_key

CONTENT = {"video": "a", "lag": 3}
KEY = cache_key(CONTENT)
ROWS = np.arange(24, dtype=np.float16).reshape(6, 4)


def _write(cache, rows=ROWS):
    with cache.write(KEY, {"x": Layout((6, 4), "<f2")}, CONTENT, {"fact": [1, 0.1]}) as writer:
        writer.append("x", rows[:2])
        writer.append("x", rows[2:])


def _files(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@pytest.mark.smoke
def test_what_is_written_is_read(tmp_path):
    cache = FeatureCache(tmp_path)
    assert cache.read(KEY) is None
    _write(cache)
    entry = cache.read(KEY)
    assert entry.facts == {"fact": [1, 0.1]}
    assert isinstance(entry.array("x"), np.memmap)
    assert not entry.array("x").flags.writeable
    np.testing.assert_array_equal(entry.array("x"), ROWS)
    np.testing.assert_array_equal(np.load(tmp_path / KEY[:2] / f"{KEY}.x.npy"), ROWS)
    assert _files(tmp_path) == [f"{KEY[:2]}/{KEY}.json", f"{KEY[:2]}/{KEY}.x.npy"]


def test_key_depends_on_every_value_and_on_no_order():
    assert cache_key({"lag": 3, "video": "a"}) == KEY
    assert len({KEY, cache_key(CONTENT | {"lag": 4}), cache_key(CONTENT | {"video": "b"})}) == 3


def test_same_content_same_bytes(tmp_path):
    _write(FeatureCache(tmp_path / "a"))
    _write(FeatureCache(tmp_path / "b"))
    for name in _files(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def _cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def _flip(path):
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(bytes(data))


def _header(path):
    """Another shape of as many numbers, which numpy would read without a word."""
    data = path.read_bytes()
    assert b"(6, 4)" in data
    path.write_bytes(data.replace(b"(6, 4)", b"(4, 6)"))


@pytest.mark.parametrize(
    "damage", [_cut, _flip, _header, lambda path: path.unlink(), lambda path: path.write_bytes(b"")]
)
def test_damaged_array_is_absent_and_can_be_written_again(tmp_path, damage):
    said = []
    cache = FeatureCache(tmp_path, say=said.append)
    _write(cache)
    damage(tmp_path / KEY[:2] / f"{KEY}.x.npy")
    assert cache.read(KEY) is None
    assert len(said) == 1
    assert said[0].startswith(f"{tmp_path / KEY[:2] / KEY}.x.npy is damaged")
    _write(cache)
    np.testing.assert_array_equal(cache.read(KEY).array("x"), ROWS)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"key": "other"}', '{"key": "KEY"}', '{"key": "KEY", "arrays": 3}']
)
def test_damaged_note_is_absent(tmp_path, text):
    said = []
    cache = FeatureCache(tmp_path, say=said.append)
    _write(cache)
    (tmp_path / KEY[:2] / f"{KEY}.json").write_text(text.replace("KEY", KEY))
    assert cache.read(KEY) is None
    assert said[0].startswith(f"{tmp_path / KEY[:2] / KEY}.json is damaged")


def test_facts_are_sealed_and_an_exchanged_entry_is_found(tmp_path):
    said = []
    cache = FeatureCache(tmp_path, say=said.append)
    _write(cache)
    note = tmp_path / KEY[:2] / f"{KEY}.json"
    whole = note.read_text()
    note.write_text(whole.replace("0.1", "0.2"))
    assert cache.read(KEY) is None
    other = KEY[:2] + "0" * 62
    (tmp_path / KEY[:2] / f"{other}.json").write_text(whole)
    (tmp_path / KEY[:2] / f"{other}.x.npy").write_bytes((tmp_path / KEY[:2] / f"{KEY}.x.npy").read_bytes())
    assert cache.read(other) is None
    assert ["its checksum does not fit" in said[0], "it belongs to" in said[1], len(said)] == [True, True, 2]


def test_entries_of_another_root_are_read_and_never_written(tmp_path):
    _write(FeatureCache(tmp_path / "lab"))
    own = FeatureCache(tmp_path / "own", (tmp_path / "lab",))
    np.testing.assert_array_equal(own.read(KEY).array("x"), ROWS)
    with own.write("ab" * 32, {"x": Layout((6, 4), "<f2")}, {}, {}) as writer:
        writer.append("x", ROWS)
    assert _files(tmp_path / "lab") == [f"{KEY[:2]}/{KEY}.json", f"{KEY[:2]}/{KEY}.x.npy"]
    assert _files(tmp_path / "own") == [f"ab/{'ab' * 32}.json", f"ab/{'ab' * 32}.x.npy"]


def test_a_failed_block_leaves_nothing(tmp_path):
    def fail():
        with FeatureCache(tmp_path).write(KEY, {"x": Layout((6, 4), "<f2")}, CONTENT, {}) as writer:
            writer.append("x", ROWS)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert _files(tmp_path) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [(ROWS[:5], "5 rows of 6"), (np.concatenate([ROWS, ROWS]), "more than"), (ROWS[:, :3], "do not fit")],
)
def test_wrong_rows_are_refused_and_leave_nothing(tmp_path, rows, message):
    with pytest.raises(ValueError, match=message):
        _write(FeatureCache(tmp_path), rows)
    assert _files(tmp_path) == []


def test_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MebenchError, match=r"disk full while writing features .*make room"):
        _write(FeatureCache(tmp_path))
    assert _files(tmp_path) == []


WRITER = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache, Layout
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
cache = FeatureCache(Path(sys.argv[1]))
try:
    with cache.write("ab" * 32, {"x": Layout((100, 1000), "<f4")}, {}, {}) as writer:
        for _ in range(100):
            writer.append("x", np.zeros((1, 1000), np.float32))
except MebenchError as error:
    print(error)
"""


def test_a_write_that_the_system_refuses_half_way_is_one_sentence_and_leaves_nothing(tmp_path):
    done = subprocess.run([sys.executable, "-c", WRITER, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("cannot write features to ")
    assert "too large" in done.stdout
    assert _files(tmp_path) == []


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from mebench.features.cache import FeatureCache, Layout
with FeatureCache(Path(sys.argv[1])).write("ab" * 32, {"x": Layout((2, 4), "<f2")}, {}, {}) as writer:
    writer.append("x", np.zeros((1, 4), np.float16))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_writer_leaves_no_entry_and_its_rest_is_swept(tmp_path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    left = list(tmp_path.rglob("*.tmp"))
    assert len(left) == 1
    assert FeatureCache(tmp_path).read("ab" * 32) is None
    _write(FeatureCache(tmp_path))
    assert left[0].exists()  # too young to be judged
    os.utime(left[0], (time.time() - 3600,) * 2)
    _write(FeatureCache(tmp_path))
    assert not left[0].exists()


def test_a_living_writers_file_is_never_swept(tmp_path):
    cache = FeatureCache(tmp_path)
    with cache.write("ab" * 32, {"x": Layout((1, 4), "<f2")}, {}, {}) as writer:
        for path in tmp_path.rglob("*.tmp"):
            os.utime(path, (time.time() - 3600,) * 2)
        _write(cache)
        writer.append("x", ROWS[:1])
    assert cache.read("ab" * 32) is not None


def test_threads_may_write_the_same_entry(tmp_path):
    cache = FeatureCache(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: _write(cache), range(16)))
    np.testing.assert_array_equal(cache.read(KEY).array("x"), ROWS)
    assert len(_files(tmp_path)) == 2


def test_note_says_what_the_entry_is(tmp_path):
    _write(FeatureCache(tmp_path))
    note = json.loads((tmp_path / KEY[:2] / f"{KEY}.json").read_text())
    assert note["content"]["content"] == CONTENT
    assert cache_key(note["content"]["content"]) == note["key"] == KEY
