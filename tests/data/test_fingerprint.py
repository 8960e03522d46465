"""Hashes of content: by hand, against what must not matter, and the sidecar beside the shards."""

import hashlib
import os

import pytest
from fixtures.made_videos import video, with_info
from hypothesis import given
from hypothesis import strategies as st

from mebench.data.fingerprint import (
    SIDECAR,
    dataset_hash,
    frames_hash,
    store_frame_hashes,
    stored_frame_hashes,
    video_hash,
)
from mebench.sealed.document import DamagedFile

INFOS = [video(subject, take).info for subject in ("s1", "s2") for take in (0, 1)]


@pytest.mark.smoke
def test_frames_hash_by_hand():
    expected = hashlib.sha256(b"\0\0\0\0\0\0\0\x02ab" + b"\0\0\0\0\0\0\0\x01c").hexdigest()
    assert frames_hash([b"ab", b"c"]) == expected
    assert frames_hash([]) == hashlib.sha256().hexdigest()


@given(st.lists(st.binary(max_size=4), max_size=5), st.lists(st.binary(max_size=4), max_size=5))
def test_other_files_have_another_hash(first, second):
    assert (frames_hash(first) == frames_hash(second)) == (first == second)


@given(st.permutations(INFOS))
def test_order_does_not_matter(infos):
    def whole(videos):
        return dataset_hash([(info, video_hash(info, info.video_id)) for info in videos])

    assert whole(infos) == whole(INFOS)
    assert whole(infos[1:]) != whole(INFOS)


def test_every_fact_counts():
    changes = ({}, {"fps": 30.0}, {"num_frames": 151}, {"video": "x"}, {"expressions": ()}, {"dataset": "x"})
    hashes = {video_hash(with_info(video("s1", 0), **change).info, "f") for change in changes}
    assert len(hashes) == len(changes)


@pytest.fixture
def shards(tmp_path):
    """A folder with a shard and its sidecar."""
    (tmp_path / "x.array_record-00000-of-00001").write_bytes(b"shard")
    store_frame_hashes(tmp_path / SIDECAR, tmp_path, {"a": "1"})
    return tmp_path


def stored(folder):
    return stored_frame_hashes(folder / SIDECAR, folder)


def test_sidecar_holds_while_the_shards_stay(shards):
    assert stored(shards) == {"a": "1"}
    os.utime(shards / "x.array_record-00000-of-00001", (1, 1))
    assert stored(shards) is None
    (shards / SIDECAR).unlink()
    assert stored(shards) is None


def test_sidecar_of_other_shards_does_not_hold(shards):
    (shards / "y.array_record-00000-of-00001").write_bytes(b"more")
    assert stored(shards) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"version": 0}', b"\xff".decode("latin-1"), "[" * 100_000, '{"key": NaN}']
)
def test_sidecar_that_is_none_is_named(shards, text):
    (shards / SIDECAR).write_text(text)
    with pytest.raises(DamagedFile, match=r"fingerprint.json is damaged \("):
        stored(shards)


def test_sidecar_with_another_hash_or_of_another_folder_is_named(shards, tmp_path):
    text = (shards / SIDECAR).read_text()
    (shards / SIDECAR).write_text(text.replace('"a": "1"', '"a": "2"'))
    with pytest.raises(DamagedFile, match="its checksum does not fit"):
        stored(shards)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / SIDECAR).write_text(text)
    with pytest.raises(DamagedFile, match="it belongs to"):
        stored(tmp_path / "other")
