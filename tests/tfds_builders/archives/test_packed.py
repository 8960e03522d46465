"""Packed files are named where images are missing, and only there."""

import pytest
from fixtures.archives import casme_sq

from mebench.data.builders import build_dataset
from mebench.errors import MebenchError
from mebench.progress import Silent
from tfds_builders.casme_sq.casme_sq_dataset_builder import Builder


def audit(root):
    return Builder(config="videos", data_dir=root / "built").audit(root / "archive")


def test_without_images_the_packed_file_is_named_by_check_and_build(tmp_path):
    casme_sq.write_table(tmp_path / "archive/CAS(ME)^2code_final.xlsx", casme_sq.ROWS)
    (tmp_path / "archive/rawpic.part1.rar").write_bytes(b"Rar!")
    (tmp_path / "archive/notes.txt").write_bytes(b"x")
    found = audit(tmp_path)
    (fatal,) = found.fatal
    assert (fatal.code, fatal.action) == ("no-videos", "unpack rawpic.part1.rar, or: unpack rawpic")
    assert "packed-file" not in [f.code for f in found.findings]
    with pytest.raises(MebenchError, match=r"unpack rawpic\.part1\.rar"):
        build_dataset("casme_sq", "", tmp_path / "data", Silent(), archive=tmp_path / "archive")


def test_where_one_video_is_missing_too(tmp_path):
    videos = {place: last for place, last in casme_sq.VIDEOS.items() if not place.startswith("s23")}
    casme_sq.write(tmp_path / "archive", videos=videos)
    (tmp_path / "archive/s23.zip").write_bytes(b"PK")
    codes = [f.code for f in audit(tmp_path).findings]
    assert codes.count("packed-file") == codes.count("video-missing") == 1


def test_where_nothing_is_missing_they_are_nothing_to_talk_of(tmp_path):
    casme_sq.write(tmp_path / "archive")
    (tmp_path / "archive/rawpic.zip").write_bytes(b"PK")
    assert "packed-file" not in [f.code for f in audit(tmp_path).findings]
