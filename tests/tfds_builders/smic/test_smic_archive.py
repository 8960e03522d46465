"""SMIC's archive as it may lie, built and read back."""

import itertools

import pytest
import tensorflow_datasets as tfds
from fixtures.archives import smic
from fixtures.archives.listed import listed
from fixtures.archives.smic import CLIPS, files, folders
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.data.builders import build_dataset
from mebench.data.source import open_dataset
from mebench.errors import MebenchError
from mebench.progress import Silent
from tfds_builders.smic.clips import find_clips
from tfds_builders.smic.names import SmicName
from tfds_builders.smic.smic_dataset_builder import Builder

WHOLE = {
    "s01_ne_01": (8, "negative"),
    "s01_ne_02": (10, "negative"),
    "s02_sur_05": (10, "surprise"),
    "s03_ne_20": (6, "negative"),
    "s05_po_02": (7, "positive"),
    "s20_sur_05": (8, "surprise"),
}


def read(root, parts, variant=""):
    builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=root / "built")
    return builder.read(listed(root, parts), builder.CHOICES[variant])


def found(reading):
    for video in reading.videos:
        (e,) = video.info.expressions
        assert (e.onset, e.apex, e.offset, e.kind) == (0, -1, video.info.num_frames - 1, "micro")
    return {v.info.video_id: (v.info.num_frames, v.info.expressions[0].coarse) for v in reading.videos}


def codes(reading):
    return sorted(f.code for f in reading.findings)


def test_the_published_shape(tmp_path):
    reading = read(tmp_path, folders())
    assert (found(reading), codes(reading)) == (WHOLE, [])
    assert reading.parts == (("images", "SMIC_all_raw/HS"),)
    counts = {count.what: (count.found, count.published) for count in reading.counts}
    assert (counts["videos"], counts["subjects"], counts["micro rows"]) == ((6, 164), (5, 16), (6, 164))
    assert (counts["negative"], counts["positive"], counts["surprise"]) == ((3, 70), (1, 51), (2, 43))
    info = reading.videos[4].info
    assert (info.subject, info.video, info.fps, info.first_number) == ("s05", "s05_po_02", 100.0, 999997)
    assert reading.videos[4].files[2:4] == ("image999999.bmp", "image1000000.bmp")


def moved(old, new):
    """The published folders with a part of their path replaced."""
    return {path.replace(old, new): names for path, names in folders().items()}


LAYOUTS = {
    "nested": moved("SMIC_all_raw", "disk 1/SMIC/SMIC_all_raw"),
    "upper case": {path.upper(): [name.upper() for name in names] for path, names in folders().items()},
    "spaces": moved("SMIC_all_raw/HS", "smic all raw/smic hs"),
    "padded clips": {path.replace("/s1_", "/s01_").replace("/s5_", "/s005_"): n for path, n in folders().items()},
    "without the levels between": {path.replace("/micro/", "/"): names for path, names in folders().items()},
    "no release told": moved("SMIC_all_raw/", ""),
    "jpg": {path: [name.replace(".bmp", ".jpg") for name in names] for path, names in folders().items()},
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(name, tmp_path):
    reading = read(tmp_path, LAYOUTS[name])
    assert (found(reading), codes(reading)) == (WHOLE, [])


def test_no_camera_told(tmp_path):
    reading = read(tmp_path, moved("/HS/", "/"), "vis")
    assert (found(reading), codes(reading)) == (WHOLE, ["camera-unknown"])


def everything():
    """All cameras and releases, what is not micro, and SMIC-E; the length of s1_ne_01 tells which it is."""
    parts = {}
    for i, (camera, release) in enumerate(itertools.product(("HS", "VIS", "NIR"), ("raw", "cropped"))):
        parts |= folders({"s1_ne_01": (100, 104 + i)}, camera, release)
    parts["SMIC_all_raw/HS/s1/non_micro/s1_non_01"] = files((1, 30))
    parts["SMIC_all_raw/HS/s1/non_micro/s1_ne_01"] = files((1, 30))
    parts["SMIC-E_raw image/HS_long/SMIC-HS-E/s01/s1_ne_01"] = files((1, 50))
    parts["SMIC_VIS_E/s01/s01_ne_01"] = files((1, 50))
    return parts


@pytest.mark.parametrize(
    ("variant", "frames"),
    [("", 5), ("cropped", 6), ("vis", 7), ("vis_cropped", 8), ("nir", 9), ("nir_cropped", 10)],
)
def test_cameras_and_releases_are_told_apart(tmp_path, variant, frames):
    reading = read(tmp_path, everything(), variant)
    assert (found(reading), codes(reading)) == ({"s01_ne_01": (frames, "negative")}, ["non-micro"])
    assert {v.info.fps for v in reading.videos} == {25.0 if "vis" in variant or "nir" in variant else 100.0}


def test_cropped_is_told_by_the_files_where_no_folder_does(tmp_path):
    parts = {"HS/s1/micro/negative/s1_ne_01": ["reg_image000001.bmp", "reg_image000002.bmp"]}
    assert found(read(tmp_path, parts, "cropped")) == {"s01_ne_01": (2, "negative")}
    assert codes(read(tmp_path, parts)) == ["no-videos"]


def test_name_and_folder_that_tell_different_classes(tmp_path):
    parts = {"SMIC_all_raw/HS/s1/micro/positive/s1_ne_01": files((1, 9))}
    reading = read(tmp_path, parts)
    assert found(reading) == {"s01_ne_01": (9, "negative")}
    (e,) = reading.videos[0].info.expressions
    assert e.repairs == ("folder positive, but the clip is named ne: the name is followed",)
    published = read(tmp_path, parts, "as_published")
    assert found(published) == {"s01_ne_01": (9, "positive")}
    assert published.videos[0].info.expressions[0].repairs == ()
    severities = [[(f.severity, f.code) for f in r.findings] for r in (reading, published)]
    assert severities == [[("repair", "label-mismatch")], [("warning", "label-mismatch")]]


def test_odd_folders(tmp_path):
    parts = folders({"s1_ne_01": (1, 9)})
    parts["copy/SMIC_all_raw/HS/s1/micro/negative/s01_ne_01"] = files((1, 5))
    parts["SMIC_all_raw/HS/s2/micro/negative/s1_ne_03"] = files((1, 5))
    parts["SMIC_all_raw/HS/s2/micro/negative/s2_ne_03"] = ["cover.bmp"]
    parts["SMIC_all_raw/HS/s2/micro/negative/s2_ne_04"] = ["image1.bmp", "image3.bmp", "image60.bmp"]
    parts["SMIC_all_raw/doc"] = ["figure1.png"]
    parts["SMIC_all_raw/s3_ne_01"] = files((1, 5))
    reading = read(tmp_path, parts)
    assert list(found(reading)) == ["s01_ne_01", "s01_ne_03", "s02_ne_04"]
    wanted = ["camera-unknown", "file-without-number", "folder-unknown", "frame-gap", "gap-in-expression"]
    assert codes(reading) == [*wanted, "no-frames", "video-twice", "wrong-subject"]


def test_what_is_there_instead_is_said(tmp_path):
    (lacking,) = read(tmp_path, folders(camera="VIS")).findings
    assert (lacking.severity, lacking.code) == ("fatal", "no-videos")
    assert "6 clips of other cameras" in lacking.what
    (lacking,) = read(tmp_path, {"HS_long/s01/s1_ne_01": files((1, 50))}).findings
    assert "1 clips of SMIC-E" in lacking.what
    assert "nothing of it" in read(tmp_path, {}).findings[0].what


def test_clips_by_name_for_questions_about_them(tmp_path):
    clips, _ = find_clips(listed(tmp_path, folders()), "hs", "raw")
    by_name = {one.name: one.clip for one in clips}
    assert by_name[SmicName(2, "sur", 5)].folder.endswith("/s2_sur_05")
    assert len(by_name) == len(CLIPS)


def test_build_and_read_back(tmp_path):
    root = smic.write(tmp_path / "archive")
    smic.write(root, {"s1_ne_01": (1, 4)}, release="cropped")
    for variant in ("", "cropped"):
        build_dataset("smic", variant, tmp_path / "data", Silent(), archive=root)
    dataset = open_dataset("smic", "", tmp_path / "data", Silent())
    assert dataset.subjects == ("s01", "s02", "s03", "s05", "s20")
    assert [video.info.video_id for video in dataset.videos] == list(WHOLE)
    for video, (clip, span) in zip(dataset.videos, CLIPS.items(), strict=True):
        wanted = [(root / smic.folder(clip) / name).read_bytes() for name in files(span)]
        assert [bytes(data) for data in video.frames.encoded(0, len(video.frames))] == wanted
        (e,) = video.info.expressions
        assert (e.raw_row, e.raw_onset, e.raw_offset) == (0, str(span[0]), str(span[1]))
    cropped = open_dataset("smic", "cropped", tmp_path / "data", Silent())
    assert [video.info.num_frames for video in cropped.videos] == [4]
    source = tfds.data_source("smic/videos", data_dir=tmp_path / "data", split="full")
    assert sorted(element["video_id"].decode() for element in source) == list(WHOLE)


def test_an_archive_that_cannot_be_built_says_why(tmp_path):
    root = smic.write(tmp_path / "archive", {"s1_ne_01": (1, 4)})
    with pytest.raises(MebenchError, match="no clip as SMIC_all_raw/NIR") as raised:
        build_dataset("smic", "nir", tmp_path / "data", Silent(), archive=root)
    assert "mebench data check smic" in str(raised.value)


PARTS = st.sampled_from(
    ["SMIC_all_raw", "SMIC_all_cropped", "HS", "VIS", "s1", "s20", "micro", "non_micro", "negative"]
)
NAMES = st.sampled_from(["s1_ne_01", "s01_ne_01", "s20_sur_05", "s1_xx_01", "../x", "😀", "surprise", "hs_long"])
IMAGES = st.sampled_from(
    ["image1.bmp", "image000002.bmp", "reg_image9.bmp", "x.bmp", "image2.bmp.bmp", "7.jpg", "a.txt"]
)


@settings(max_examples=share(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.tuples(st.lists(PARTS, max_size=4), NAMES).map(lambda pair: "/".join([*pair[0], pair[1]])),
        st.lists(IMAGES, max_size=4, unique=True),
        max_size=6,
    ),
    st.sampled_from(sorted(Builder.CHOICES)),
)
def test_any_tree_gives_videos_or_a_sentence(tmp_path, parts, variant):
    reading = read(tmp_path, parts, variant)
    errors = [f for f in reading.findings if f.severity == "fatal"]
    assert bool(reading.videos) != bool(errors)
    assert len({v.info.video_id for v in reading.videos}) == len(reading.videos)
    found(reading)
