"""A copy of the composite's pictures: what is found, what differs, and that the original bytes are built."""

import hashlib
import json
import shutil

import cv2
import numpy as np
import pytest
import tensorflow_datasets as tfds
from fixtures.archives import megc2019_flow as fixture
from fixtures.archives.megc2019_flow import IDS, ROWS

from mebench.data.builders import build_dataset
from mebench.data.source import open_dataset
from mebench.progress import Silent
from tfds_builders.archives.tree import scan
from tfds_builders.megc2019_flow import clips
from tfds_builders.megc2019_flow.clone import read_clone
from tfds_builders.megc2019_flow.megc2019_flow_dataset_builder import Builder
from tfds_builders.megc2019_flow.names import ClipName, clip_name

CLASSES = ("negative", "positive", "surprise")


def read(root):
    return read_clone(scan(root))


def told(reading, *severities):
    return [str(f) for f in reading.findings if not severities or f.severity in severities]


def labels(reading):
    return {v.info.video_id: v.info.expressions[0].coarse for v in reading.videos}


def of(row):
    return clip_name(f"{row[1]}_{row[2]}")


@pytest.fixture
def copy(tmp_path):
    return fixture.write(tmp_path / "clone")


@pytest.mark.parametrize(
    ("name", "clip"),
    [
        ("006_006_1_2 ", ("samm", "006", "006_1_2")),
        ("sub01_EP02_01f", ("casme2", "sub01", "EP02_01f")),
        ("sub11_EP06_02_01", ("casme2", "sub11", "EP06_02_01")),
        ("s01_s01_ne_01", ("smic", "s01", "s01_ne_01")),
        ("s01_s1_ne_01", ("smic", "s01", "s01_ne_01")),
        ("006_007_1_2", None),
        ("s01_s02_ne_01", None),
        ("006", None),
        ("sub01_EP/..", None),
        ("spNO.1_b", None),
        ("", None),
    ],
)
def test_names(name, clip):
    assert clip_name(name) == (None if clip is None else ClipName(*clip))


def test_a_whole_copy(copy):
    reading = read(copy)
    assert labels(reading) == {of(row).video_id: CLASSES[row[3]] for row in ROWS}
    assert told(reading) == []
    assert dict(reading.parts) == {"labels": fixture.TABLE, "pictures": fixture.WHOLE, "folds": fixture.FOLDS}
    counts = {count.what: (count.found, count.published) for count in reading.counts}
    assert counts["subjects"] == (7, 68)
    assert counts["videos"] == (8, 442)
    assert [counts[f"clips of {part}"] for part in ("smic", "casme2", "samm")] == [(2, 164), (3, 145), (3, 133)]
    assert [counts[name] for name in CLASSES] == [(3, 250), (2, 109), (3, 83)]
    assert (counts["folds"], counts["pictures in folds"]) == ((7, 68), (56, 30056))


def test_facts_of_a_clip(copy):
    by_id = {video.info.video_id: video for video in read(copy).videos}
    info = by_id["smic_s20_sur_05"].info
    assert (info.subject, info.video, info.fps, info.num_frames) == ("s20", "s20_sur_05", 100.0, 1)
    (e,) = info.expressions
    assert (e.onset, e.apex, e.offset, e.kind, e.emotion, e.raw_row) == (0, 0, 0, "micro", "surprise", 6)
    assert json.loads(e.notes) == {"source": "smic"}
    assert by_id["casme2_sub01_EP02_01f"].info.fps == 200.0


def test_build_and_read_back(copy, tmp_path):
    build_dataset("megc2019_flow", "", tmp_path / "data", Silent(), archive=copy)
    dataset = open_dataset("megc2019_flow", "", tmp_path / "data", Silent())
    assert tuple(video.info.video_id for video in dataset.videos) == IDS
    rows = {of(row).video_id: row for row in ROWS}
    for video in dataset.videos:
        row = rows[video.info.video_id]
        assert [bytes(data) for data in video.frames.encoded(0, 1)] == [fixture.png(row)]
        np.testing.assert_array_equal(video.frames.read(0, 1)[0], fixture.pixels(row))
    first = tfds.data_source("megc2019_flow/frames", data_dir=tmp_path / "data", split="full")[0]
    np.testing.assert_array_equal(first["frames"][0], fixture.pixels(rows[IDS[0]])[..., ::-1])


def test_folds_alone_have_classes_and_pictures(tmp_path):
    root = fixture.write_folds(tmp_path, place="norm_u_v_os")
    reading = read(root)
    assert labels(reading) == {of(row).video_id: CLASSES[row[3]] for row in ROWS}
    assert told(reading, "fatal", "error", "warning") == []
    assert ["the classes are those of the folds' folders" in line for line in told(reading)] == [True]
    assert dict(reading.parts) == {"pictures": "norm_u_v_os", "folds": "norm_u_v_os"}


def test_a_copy_without_folds(copy):
    shutil.rmtree(copy / fixture.FOLDS)
    reading = read(copy)
    assert len(reading.videos) == 8
    assert told(reading) == []
    assert "folds" not in {count.what for count in reading.counts}


def test_rows_and_pictures_that_have_no_partner(copy):
    (copy / fixture.WHOLE / fixture.file(ROWS[0])).unlink()
    fixture.write_table(copy / fixture.TABLE, ROWS[:7])
    shutil.rmtree(copy / fixture.FOLDS)
    reading = read(copy)
    assert len(reading.videos) == 6
    assert "row 2 (sub01, EP02_01f): no picture of casme2_sub01_EP02_01f; left out" in told(reading, "error")[0]
    assert "007_007_3_1 .png: a picture of a clip without a class; left out" in told(reading, "warning")[0]


def small(row):
    return cv2.imencode(".png", fixture.pixels(row)[:27])[1].tobytes()


def grey(row):
    return cv2.imencode(".png", fixture.pixels(row)[..., 0])[1].tobytes()


def deep(row):
    return cv2.imencode(".png", fixture.pixels(row).astype(np.uint16))[1].tobytes()


@pytest.mark.parametrize(
    "damaged",
    [small, grey, deep, lambda row: b"", lambda row: fixture.png(row)[:60], lambda row: fixture.large_png(40_000)],
)
def test_a_picture_that_is_none_is_left_out(damaged, copy):
    (copy / fixture.WHOLE / fixture.file(ROWS[5])).write_bytes(damaged(ROWS[5]))
    reading = read(copy)
    assert "samm_006_1_2" not in labels(reading)
    (error,) = told(reading, "error")
    assert "006_006_1_2 .png: no PNG of 28x28 pixels of 3 channels of 8 bits" in error


def swap_class(path):
    other = path.parent.with_name("1" if path.parent.name != "1" else "2")
    other.mkdir(exist_ok=True)
    path.rename(other / path.name)


def swap_side(path):
    other = path.parents[2] / "u_train" / path.parent.name
    other.mkdir(parents=True, exist_ok=True)
    path.rename(other / path.name)


def swap_pixels(path):
    path.write_bytes(fixture.png(ROWS[0]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (swap_class, ["006/u_test: 1 clips of another class"]),
        (swap_pixels, ["006/u_test: 1 clips with other pixels"]),
        (lambda path: path.write_bytes(b"no"), ["006/u_test: 1 clips with other pixels"]),
        (lambda path: path.unlink(), ["006/u_test: 1 clips missing"]),
        (swap_side, ["006/u_train: 1 clips of the other side or of none", "006/u_test: 1 clips missing"]),
        (lambda path: shutil.rmtree(path.parents[2]), ["006: no fold leaves this subject out"]),
    ],
)
def test_folds_that_differ_are_told(change, said, copy):
    change(fixture.fold_path(copy, "006", ROWS[5]))
    reading = read(copy)
    assert len(reading.videos) == 8
    assert [line.removeprefix("warning: ").split(";")[0] for line in told(reading)] == said


BAD = {
    "no such clip": (("samm", "006", "7_1_2", 0), "row-unreadable", "name no clip of the composite"),
    "another set": (("smic", "006", "006_9_9", 0), "row-unreadable", "'smic'"),
    "class 3": (("samm", "008", "008_1_1", 3), "label-unknown", "label is '3', not 0, 1 or 2"),
    "no class": (("samm", "008", "008_1_1", None), "label-unknown", "label is '', not"),
    "again": (ROWS[7], "row-twice", "the clip of row 9 again; row 9 is used"),
    "again, otherwise": ((*ROWS[7][:3], 2), "row-twice", "again, with another label; row 9 is used"),
}


@pytest.mark.parametrize("name", BAD)
def test_rows_that_cannot_be_used(name, copy):
    row, code, said = BAD[name]
    fixture.write_table(copy / fixture.TABLE, [*ROWS, row])
    reading = read(copy)
    assert labels(reading)["samm_007_3_1"] == "positive"
    assert [f.code for f in reading.findings] == [code]
    assert said in told(reading)[0]


def test_several_tables_and_folders(copy):
    fixture.write_table(copy / "a.csv", ROWS[:2])
    fixture.write_whole(copy, ROWS[:3], "a")
    fixture.write_folds(copy, ROWS[:2], "b")
    reading = read(copy)
    assert len(reading.videos) == 8
    assert dict(reading.parts) == {"labels": fixture.TABLE, "pictures": fixture.WHOLE, "folds": fixture.FOLDS}
    assert sorted((f.code, f.where) for f in reading.findings) == [
        ("folder-unused", "folder a"),
        ("folder-unused", "folder b"),
        ("tables-several", "a.csv"),
    ]


def test_a_folder_with_fewer_pictures_than_the_folds(copy):
    for row in ROWS[:4]:
        (copy / fixture.WHOLE / fixture.file(row)).unlink()
    reading = read(copy)
    assert len(reading.videos) == 8
    assert dict(reading.parts)["pictures"] == fixture.FOLDS
    assert [(f.code, f.where) for f in reading.findings] == [("folder-unused", f"folder {fixture.WHOLE}")]


def test_copies_of_which_nothing_can_be_built(tmp_path):
    fixture.write_table(tmp_path / fixture.TABLE)
    assert "no picture (006_006_1_2 .png, ...) of a clip with a class" in told(read(tmp_path), "fatal")[0]
    fixture.write_whole(tmp_path)
    (tmp_path / fixture.TABLE).unlink()
    assert [f.code for f in read(tmp_path).findings if f.severity == "fatal"] == ["table-missing", "no-videos"]


def test_a_copy_with_the_published_hashes_is_named(copy, monkeypatch):
    by_id = sorted(ROWS, key=lambda row: of(row).video_id)
    lines = "".join(f"{of(row).video_id} {CLASSES[row[3]]}\n" for row in by_id)
    pictures = b"".join(fixture.pixels(row).tobytes() for row in by_id)
    monkeypatch.setattr(clips, "LABELS", hashlib.sha256(lines.encode()).hexdigest())
    monkeypatch.setattr(clips, "PIXELS", hashlib.sha256(pictures).hexdigest())
    monkeypatch.setattr(clips, "PUBLISHED", {**clips.PUBLISHED, "videos": len(ROWS)})
    assert (read(copy).version, told(read(copy))) == ("91cf4bda", [])
    shutil.rmtree(copy / fixture.FOLDS)
    fixture.write_table(copy / fixture.TABLE, [(*ROWS[0][:3], 2), *ROWS[1:]])
    assert [f.code for f in read(copy).findings] == ["labels-differ"]
    swap_pixels(copy / fixture.WHOLE / fixture.file(ROWS[3]))
    assert [f.code for f in read(copy).findings] == ["labels-differ", "pictures-differ"]
    assert read(copy).version == ""


def test_the_card():
    assert (Builder.CARD.videos, Builder.CARD.subjects) == (442, 68)
    assert "none was found" in Builder.CARD.licence
