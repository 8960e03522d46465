"""A JPEG file without its end is found by the build, wherever in a video it lies, and by a deep check."""

import pytest
from fixtures.archives import casme_sq

from mebench.data.builders import build_dataset
from mebench.errors import MebenchError
from mebench.progress import Silent
from tfds_builders.archives.images import is_cut
from tfds_builders.casme_sq.casme_sq_dataset_builder import Builder

PLACE = "rawpic/s15/15_0401girlcrashing/img037.jpg"


@pytest.fixture
def archive(tmp_path):
    """An archive with one cut file that is not among the few that a check decodes."""
    root = casme_sq.write(tmp_path / "archive")
    (root / PLACE).write_bytes((root / PLACE).read_bytes()[:-2])
    return root


def test_the_build_names_it_and_says_what_to_do(archive, tmp_path):
    with pytest.raises(MebenchError, match=rf"casme_sq: {PLACE}: the end of the file is missing; unpack it from"):
        build_dataset("casme_sq", "", tmp_path / "data", Silent(), archive=archive)


def test_labels_alone_can_be_built_and_without_the_file_all_can(archive, tmp_path):
    build_dataset("casme_sq", "", tmp_path / "data", Silent(), archive=archive, forms=("videos",))
    (archive / PLACE).unlink()
    assert build_dataset("casme_sq", "", tmp_path / "whole", Silent(), archive=archive).is_dir()


def test_a_deep_check_says_that_it_cannot_be_built(archive, tmp_path):
    builder = Builder(config="videos", data_dir=tmp_path / "data")
    assert builder.audit(archive).usable
    found = builder.audit(archive, deep=True)
    assert [(f.code, f.where) for f in found.fatal] == [("image-truncated", PLACE)]


def test_only_jpeg_files_have_an_end_mark():
    assert is_cut(b"\xff\xd8\xff\xe0")
    assert not is_cut(b"\xff\xd8\xff\xe0\xff\xd9")
    assert not is_cut(b"\x89PNG")
