"""The composite made of licensed archives: which clips and frames it takes, and what a picture shows."""

import json

import cv2
import numpy as np
import pytest
from fixtures.archives import casme2, samm, scenes, smic

from mebench.data.builders import build_dataset, builder_of
from mebench.data.source import open_dataset
from mebench.errors import MebenchError
from mebench.progress import Silent
from tfds_builders.archives.tree import scan
from tfds_builders.megc2019_flow.made import flow_picture, pictured, read_made, stretched

LABELS = {
    "casme2_sub01_EP02_01f": "positive",
    "casme2_sub01_EP03_02": "negative",
    "casme2_sub02_EP01_2": "surprise",
    "casme2_sub11_EP06_02_01": "negative",
    "samm_006_1_2": "negative",
    "samm_006_1_3": "surprise",
    "samm_007_3_1": "positive",
    "smic_s01_ne_01": "negative",
    "smic_s01_ne_02": "negative",
    "smic_s02_sur_05": "surprise",
    "smic_s03_ne_20": "negative",
    "smic_s05_po_02": "positive",
    "smic_s20_sur_05": "surprise",
}


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    root = tmp_path_factory.mktemp("licensed")
    for part in (casme2, samm, smic):
        part.write(root)
    return root


def reading(root):
    return read_made(scan(root))


def by_id(root):
    return {video.info.video_id: video for video in reading(root).videos}


def test_the_clips_of_the_composite(archives):
    found = by_id(archives)
    assert {name: video.info.expressions[0].coarse for name, video in found.items()} == LABELS
    assert {video.info.subject for video in found.values()} >= {"006", "s20", "sub11"}
    counts = {count.what: (count.found, count.published) for count in reading(archives).counts}
    assert counts["clips of samm"] == (3, 133)
    notes = [str(f) for f in reading(archives).findings if f.code == "no-class"]
    assert [note.split(": ")[1] for note in notes] == ["samm", "casme2"]
    assert "1 clips have no class" in notes[0]
    assert "2 clips have no class" in notes[1]
    assert [f for f in reading(archives).findings if f.severity in ("fatal", "error")] == []


def test_the_frames_of_onset_and_apex(archives):
    found = by_id(archives)
    assert found["samm_006_1_2"].files == ("006_05562.jpg", "006_05568.jpg")
    assert found["casme2_sub01_EP02_01f"].files == ("img4.jpg", "img9.jpg")
    assert found["smic_s01_ne_01"].files == ("image563845.bmp", "image563848.bmp")  # the middle of eight files
    (e,) = found["casme2_sub01_EP02_01f"].info.expressions
    assert json.loads(e.notes) == {"source": "casme2", "pair": "3-8"}
    assert (e.onset, e.apex, e.offset, e.raw_apex, e.aus) == (0, 0, 0, "9", ("AU12",))
    assert found["casme2_sub01_EP02_01f"].info.num_frames == 1


def test_an_archive_that_is_missing_is_told(tmp_path):
    samm.write(tmp_path)
    found = reading(tmp_path)
    assert len(found.videos) == 3
    missing = {(f.where, f.severity) for f in found.findings if f.code == "part-missing"}
    assert missing == {("casme2", "warning"), ("smic", "warning")}
    (tmp_path / "empty").mkdir()
    assert [f.code for f in reading(tmp_path / "empty").findings if f.severity == "fatal"] == ["no-videos"]


def test_build_and_read_back(archives, tmp_path):
    scenes.with_faces(archives)
    assert builder_of("megc2019_flow", "made", "videos", tmp_path).audit(archives).usable
    build_dataset("megc2019_flow", "made", tmp_path, Silent(), jobs=2, archive=archives)
    dataset = open_dataset("megc2019_flow", "made", tmp_path, Silent())
    assert {video.info.video_id for video in dataset.videos} == LABELS.keys()
    for video in dataset.videos:
        picture = video.frames.read(0, 1)[0]
        assert picture.shape == (28, 28, 3)
        assert (picture.min(axis=(0, 1)).tolist(), picture.max(axis=(0, 1)).tolist()) == ([0] * 3, [255] * 3)
    onset, apex = (cv2.imread(str(path)) for path in pair(archives, "samm_006_1_2"))
    (video,) = [video for video in dataset.videos if video.info.video_id == "samm_006_1_2"]
    np.testing.assert_array_equal(video.frames.read(0, 1)[0], flow_picture(onset, apex, "x"))


def pair(root, name):
    video = by_id(root)[name]
    return [root / video.folder / file for file in video.files]


def test_red_is_u_and_green_is_v():
    onset = cv2.imdecode(
        np.frombuffer(scenes.scene(0, 0, fps=60.0, seconds=1.2, size=128, micro=1, macro=0).frames()[0], np.uint8), 1
    )
    y, x = np.mgrid[:128, :128].astype(np.float32)
    right = cv2.remap(onset, x - np.where(x < 64, 2, 0).astype(np.float32), y, cv2.INTER_LINEAR)
    down = cv2.remap(onset, x, y - np.where(y < 64, 2, 0).astype(np.float32), cv2.INTER_LINEAR)
    middle = slice(6, 22)
    u = flow_picture(onset, right, "x")[middle, :, 2].astype(float)
    v = flow_picture(onset, down, "x")[:, middle, 1].astype(float)
    assert u[:, 4:12].mean() > u[:, 18:26].mean() + 60
    assert v[6:11].mean() > v[18:24].mean() + 60


def test_stretched():
    field = np.dstack([np.linspace(-3, 5, 12).reshape(3, 4), np.full((3, 4), 7.0)]).astype(np.float32)
    found = stretched(field)
    assert found.dtype == np.uint8
    assert found[..., 0].ravel().tolist() == [round(255 * i / 11) for i in range(12)]
    assert not found[..., 1].any()


def test_an_onset_without_a_face_and_frames_of_two_sizes_are_sentences():
    def files(*shapes):
        return lambda: iter([cv2.imencode(".png", np.zeros(shape, np.uint8))[1].tobytes() for shape in shapes])

    with pytest.raises(MebenchError, match="clip 1: no face was found"):
        list(pictured("clip 1", files((64, 64, 3), (64, 64, 3)))())
    with pytest.raises(MebenchError, match="clip 1: onset and apex are pictures of different sizes"):
        list(pictured("clip 1", files((64, 64, 3), (64, 32, 3)))())
    with pytest.raises(MebenchError, match="clip 1: the picture of its onset or apex cannot be read"):
        list(pictured("clip 1", lambda: iter([b"no", b"no"]))())
