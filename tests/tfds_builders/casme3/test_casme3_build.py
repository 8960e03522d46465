"""CAS(ME)^3 built from an archive and read back: bytes, positions, raw cells, depth of 16 bits."""

import cv2
import numpy as np
import pytest
import tensorflow_datasets as tfds
from fixtures.archives import casme3

from mebench.data.builders import build_dataset, builder_of
from mebench.data.source import open_dataset
from mebench.errors import MebenchError
from mebench.progress import Silent


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    root = tmp_path_factory.mktemp("casme3")
    casme3.write_part_c(root)
    return casme3.write(root, depth="depth/{subject}/{clip}")


def test_part_a_comes_back_as_it_was(archive, tmp_path):
    build_dataset("casme3", "", tmp_path, Silent(), archive=archive)
    dataset = open_dataset("casme3", "", tmp_path, Silent())
    assert dataset.subjects == ("spNO.1", "spNO.2", "spNO.210")
    assert [v.info.video_id for v in dataset.videos] == ["spNO.1_a", "spNO.1_b", "spNO.2_c", "spNO.210_d"]
    for video in dataset.videos:
        folder = archive / casme3.COLOUR.format(subject=video.info.subject, clip=video.info.video)
        expected = [(folder / f"{n}.jpg").read_bytes() for n in range(1, video.info.num_frames + 1)]
        assert video.frames.encoded(0, video.info.num_frames) == expected
        assert (video.info.fps, video.info.first_number, video.info.has_labels) == (30.0, 1, True)
    macro, micro = dataset.videos[0].info.expressions
    assert (macro.kind, macro.onset, macro.apex, macro.offset) == ("macro", 2, 19, 25)
    assert (macro.emotion, macro.aus) == ("", ("AU4", "AU15", "R10"))
    assert (micro.kind, micro.onset, micro.apex, micro.offset) == ("micro", 9, 12, 17)
    assert (micro.raw_row, micro.raw_onset, micro.raw_apex, micro.raw_offset) == (3, "10", "13", "18")
    assert (micro.emotion, micro.coarse, micro.fine, micro.raw_aus) == ("surprise", "surprise", "surprise", "5")
    assert '"Objective class": "II"' in micro.notes
    assert micro.repairs == ()
    source = tfds.data_source("casme3/videos", data_dir=tmp_path)["full"]
    assert len(source) == 4
    assert list(source[0]["expressions"]["onset"]) == [2, 9]


def test_depth_keeps_its_16_bits(archive, tmp_path):
    build_dataset("casme3", "depth", tmp_path, Silent(), archive=archive)
    (video, *_) = open_dataset("casme3", "depth", tmp_path, Silent()).videos
    files = [(archive / f"depth/spNO.1/a/{n}.png").read_bytes() for n in range(1, 31)]
    assert video.frames.encoded(0, 30) == files
    assert len(video.info.expressions) == 2
    source = tfds.data_source("casme3/depth_frames", data_dir=tmp_path)["full"]
    frames = np.asarray(source[0]["frames"])
    assert (frames.dtype, frames.shape) == (np.uint16, (30, 24, 32, 1))
    expected = np.stack([cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) for data in files])
    assert expected.max() > 255
    np.testing.assert_array_equal(frames[..., 0], expected)


def test_variants_of_the_table_share_the_frames(archive, tmp_path):
    first = build_dataset("casme3", "", tmp_path, Silent(), archive=archive)
    assert build_dataset("casme3", "v2_as_published", tmp_path, Silent(), archive=archive) == first
    assert build_dataset("casme3", "max15", tmp_path, Silent(), archive=archive) == first
    classes = builder_of("casme3", "", "videos", tmp_path)
    assert {classes.PIXELS[v] for v in classes.VARIANTS} == {"", "depth", "part_c"}
    assert not [v for v in classes.VARIANTS if "part_c" in v and ("v1" in v or "v2" in v or "max15" in v)]
    assert not [v for v in classes.VARIANTS if "mean" in v]


def test_part_c(archive, tmp_path):
    build_dataset("casme3", "part_c", tmp_path, Silent(), archive=archive)
    videos = open_dataset("casme3", "part_c", tmp_path, Silent()).videos
    assert [v.info.video_id for v in videos] == ["1_mock_crime", "2_mock_crime"]
    assert videos[0].frames.encoded(4, 5) == [(archive / "part_C/01/color/5.jpg").read_bytes()]


def test_a_version_that_lacks_cannot_be_built(archive, tmp_path):
    with pytest.raises(MebenchError, match=r"no table of version v1; found: .*v2"):
        build_dataset("casme3", "v1", tmp_path, Silent(), archive=archive)


def test_the_audit_looks_at_the_images(archive, tmp_path):
    audit = builder_of("casme3", "depth", "videos", tmp_path).audit(archive)
    assert (audit.usable, audit.version) == (True, "v2")
    assert {count.what: count.found for count in audit.counts}["videos"] == 4
