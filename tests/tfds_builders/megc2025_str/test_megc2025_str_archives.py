"""The unseen test sets: layouts, missing, surplus and odd videos, and what is built."""

import pytest
import tensorflow_datasets as tfds
from fixtures.archives import megc2025_str, samm_lv
from fixtures.archives.listed import listed
from fixtures.archives.scenes import tiny_image
from fixtures.archives.workbooks import write_csv
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.data.audit import Finding
from mebench.data.builders import build_dataset
from mebench.data.source import open_dataset
from mebench.progress import Silent
from tfds_builders.archives.tree import scan
from tfds_builders.megc2025_str.archive import read_test_set
from tfds_builders.megc2025_str.clips import VideoName, video_of
from tfds_builders.megc2025_str.megc2025_str_dataset_builder import Builder
from tfds_builders.megc2025_str.published import SAMM_FRAMES, VIDEOS


def read(root, variant=""):
    return read_test_set(scan(root), Builder.CHOICES[variant])


def errors(reading):
    return [f for f in reading.findings if f.severity == "fatal"]


def odd(reading):
    """Findings apart from those of the fixture's few frames."""
    return [f for f in reading.findings if f.code != "count-differs"]


def test_the_published_lists_are_those_of_the_challenge():
    assert (len(VIDEOS["2025", "samm"]), len(VIDEOS["2025", "cas"])) == (10, 20)
    assert sum(SAMM_FRAMES.values()) == 113_168
    assert len({video.split("_")[0] for video in VIDEOS["2025", "cas"]}) == 4


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("001_2", VideoName("samm", "001", "001_2")),
        (" 1-2 ", VideoName("samm", "001", "001_2")),
        ("dzw_a1", VideoName("cas", "dzw", "dzw_a1")),
        ("DZW A01", VideoName("cas", "dzw", "dzw_a1")),
        ("sub1", VideoName("cas", "sub01", "sub01")),
        ("SUB05", VideoName("cas", "sub05", "sub05")),
        ("006_1_2", None),
        ("CAS_data", None),
        ("SAMM_data", None),
        ("../dzw_a1", None),
        ("\U0001f642_a1", None),
        ("0" * 30 + "_1", None),
    ],
)
def test_names_of_folders(name, found):
    assert video_of(name) == found


def test_the_usual_archive(tmp_path):
    found = read(megc2025_str.write(tmp_path))
    assert odd(found) == []
    assert len([f for f in found.findings if f.code == "count-differs"]) == 10
    assert all(f.severity == "warning" for f in found.findings)
    assert found.version == "2025"
    infos = {v.info.video_id: v.info for v in found.videos}
    assert len(infos) == 30
    first, second = infos["samm_001_2"], infos["cas_dzw_a1"]
    assert (first.subject, first.video, first.fps, first.num_frames) == ("001", "001_2", 200.0, 5)
    assert (second.subject, second.video, second.fps, second.first_number) == ("dzw", "dzw_a1", 30.0, 0)
    assert not any(info.has_labels or info.expressions for info in infos.values())
    assert [v.info.subject for v in found.videos] == sorted(v.info.subject for v in found.videos)
    assert {c.what: (c.found, c.published) for c in found.counts} == {
        "videos of samm": (10, 10),
        "frames of samm": (50, 113_168),
        "videos of cas": (20, 20),
        "frames of cas": (80, None),
    }


def test_published_frame_counts_are_not_told(tmp_path):
    folders = {f"SAMM_data/{video}": [f"{n}.jpg" for n in range(1, last + 1)] for video, last in SAMM_FRAMES.items()}
    found = read_test_set(listed(tmp_path, folders), Builder.CHOICES["samm"])
    assert found.findings == ()
    folders["SAMM_data/005_7"].pop()
    (told,) = read_test_set(listed(tmp_path, folders), Builder.CHOICES["samm"]).findings
    assert (told.severity, told.code, told.where) == ("warning", "count-differs", "folder SAMM_data/005_7")
    assert told.what == "6999 frames, published are 7000"


@pytest.mark.parametrize(
    ("samm", "cas"),
    [
        ("SAMM_data/{video}", "CAS_data/{video}"),
        ("{video}", "{video}"),
        ("a/b c/MEGC2025 TestSet/samm/{video}", "a/b c/MEGC2025 TestSet/CAS(ME)3/{video}"),
        ("SAMM/ {video} ", "CAS/{video}/frames"),
    ],
)
def test_layouts(samm, cas, tmp_path):
    usual = read(megc2025_str.write(tmp_path / "usual"))
    found = read(megc2025_str.write(tmp_path / "other", samm, cas))
    assert odd(found) == []
    assert [v.info for v in found.videos] == [v.info for v in usual.videos]


def test_upper_case_names_are_given_as_published(tmp_path):
    megc2025_str.write(tmp_path, without=["dzw_a1"])
    megc2025_str.write_video(tmp_path / "MEGC_UNSEEN_TESTSET" / "CAS_DATA" / "DZW_A1", "cas")
    found = read(tmp_path)
    assert odd(found) == []
    assert "cas_dzw_a1" in {v.info.video_id for v in found.videos}


def test_missing_and_surplus_videos_are_told(tmp_path):
    megc2025_str.write(tmp_path, without=["001_3", "wy_f1", "wy_h1"])
    megc2025_str.write_video(tmp_path / "MEGC_unseen_testset" / "SAMM_data" / "009_9", "samm")
    megc2025_str.write_video(tmp_path / "MEGC_unseen_testset" / "CAS_data" / "abc_z9", "cas")
    found = read(tmp_path)
    told = [(f.severity, f.code, f.where or f.what) for f in odd(found)]
    assert told == [
        ("warning", "video-surplus", "folder MEGC_unseen_testset/SAMM_data/009_9"),
        ("error", "video-missing", "1 of 10 videos of samm are missing: 001_3"),
        ("warning", "video-surplus", "folder MEGC_unseen_testset/CAS_data/abc_z9"),
        ("error", "video-missing", "2 of 20 videos of cas are missing: wy_f1, wy_h1"),
    ]
    assert {"samm_009_9", "cas_abc_z9"} <= {v.info.video_id for v in found.videos}


@pytest.mark.parametrize(("there", "missing"), [("samm", "cas"), ("cas", "samm")])
def test_a_part_alone_needs_its_variant(there, missing, tmp_path):
    places = {"samm": "", "cas": "", there: {"samm": megc2025_str.SAMM, "cas": megc2025_str.CAS}[there]}
    megc2025_str.write(tmp_path, **places)
    (error,) = errors(read(tmp_path))
    assert error.code == "part-missing"
    assert f"part {missing}" in error.what
    assert f"variant {there}" in error.action
    assert not errors(read(tmp_path, there))
    assert {v.info.video_id.split("_")[0] for v in read(tmp_path, there).videos} == {there}
    assert len(errors(read(tmp_path, missing))) == 1


def test_what_is_odd_of_a_video(tmp_path):
    megc2025_str.write(tmp_path, without=["dzw_a1", "dzw_d1", "dzw_f3"])
    cas = tmp_path / "MEGC_unseen_testset" / "CAS_data"
    megc2025_str.write_video(cas / "dzw_a1", "cas", first=1)
    megc2025_str.write_video(cas / "dzw_d1", "cas", frames=6)
    (cas / "dzw_d1" / "0003.jpg").unlink()
    (cas / "dzw_f3").mkdir()
    (cas / "dzw_f3" / "cover.jpg").write_bytes(tiny_image(1))
    megc2025_str.write_video(tmp_path / "copy" / "001_2", "samm", frames=2)
    write_csv(tmp_path / "cas_gt.csv", [("vid", "onset")])
    found = read(tmp_path)
    assert [(f.code, f.where) for f in odd(found)] == [
        ("table-unused", "cas_gt.csv"),
        ("video-twice", "folder copy/001_2"),
        ("file-without-number", "MEGC_unseen_testset/CAS_data/dzw_f3/cover.jpg"),
        ("no-frames", "folder MEGC_unseen_testset/CAS_data/dzw_f3"),
        ("frame-gap", "folder MEGC_unseen_testset/CAS_data/dzw_d1"),
        ("video-missing", ""),
        ("first-number", "folder MEGC_unseen_testset/CAS_data/dzw_a1"),
    ]
    infos = {v.info.video_id: v.info for v in found.videos}
    assert (infos["cas_dzw_d1"].missing_numbers, infos["cas_dzw_d1"].num_frames) == ("3", 5)
    assert infos["cas_dzw_a1"].first_number == 1


def test_editions_are_kept_apart(tmp_path):
    megc2025_str.write_2022(megc2025_str.write(tmp_path))
    samm_lv.write_images(tmp_path, {"006_1": 3})
    assert len(read(tmp_path).videos) == 30
    old = read(tmp_path, "megc2022")
    assert (old.version, errors(old), odd(old)) == ("2022", [], [])
    assert [v.info.video_id for v in old.videos] == [
        *(f"samm_{video}" for video in megc2025_str.SAMM_2022),
        *(f"cas_{video}" for video in VIDEOS["2022", "cas"]),
    ]
    assert [v.info.fps for v in old.videos] == [200.0] * 3 + [30.0] * 5
    assert [v.info.subject for v in old.videos][:4] == ["001", "002", "003", "sub01"]


def test_an_archive_without_the_set(tmp_path):
    samm_lv.write_images(tmp_path, {"006_1": 3})
    assert [f.code for f in errors(read(tmp_path))] == ["part-missing", "part-missing"]
    assert [f.code for f in errors(read(tmp_path, "megc2022"))] == ["part-missing", "part-missing"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("built")
    archive = megc2025_str.write(root / "archive")
    for variant in ("", "cas"):
        build_dataset("megc2025_str", variant, root / "data", Silent(), archive=archive)
    return archive, root / "data"


@pytest.mark.parametrize(("variant", "videos"), [("", 30), ("cas", 20)])
def test_what_is_built_is_what_the_files_are(variant, videos, built):
    archive, data = built
    dataset = open_dataset("megc2025_str", variant, data, Silent())
    assert len(dataset.videos) == videos
    for video in dataset.videos:
        info = video.info
        part = "SAMM_data" if info.video_id.startswith("samm") else "CAS_data"
        wanted = [p.read_bytes() for p in sorted((archive / "MEGC_unseen_testset" / part / info.video).iterdir())]
        assert [bytes(frame) for frame in video.frames.encoded(0, info.num_frames)] == wanted
        assert (info.has_labels, info.expressions) == (False, ())


def test_tfds_reads_the_same(built):
    _, data = built
    source = tfds.data_source("megc2025_str/videos", data_dir=data)["full"]
    element = next(e for e in source if e["video_id"] == b"cas_wy_a2")
    assert (element["subject"], element["video"], bool(element["has_labels"])) == (b"wy", b"wy_a2", False)
    assert float(element["fps"]) == 30.0


NAMES = st.one_of(
    st.sampled_from(["001_2", "dzw_a1", "sub01", "SAMM_data", "CAS_Test_cropped", "..", "006_1_2", "x"]),
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=8),
)
FILES = st.sampled_from(["0000.jpg", "1.jpg", "001_2_0003.png", "x.jpg", "9" * 40 + ".jpg", "a.txt"])


@settings(max_examples=share(60), deadline=None)
@given(
    folders=st.dictionaries(st.lists(NAMES, min_size=1, max_size=3).map("/".join), st.lists(FILES, max_size=4)),
    variant=st.sampled_from(Builder.VARIANTS),
)
def test_any_tree_gives_a_reading(tmp_path_factory, folders, variant):
    found = read_test_set(listed(tmp_path_factory.getbasetemp() / "none", folders), Builder.CHOICES[variant])
    assert all(isinstance(f, Finding) for f in found.findings)
    assert found.videos or errors(found)


@pytest.fixture(scope="module", autouse=True)
def none(tmp_path_factory):
    (tmp_path_factory.getbasetemp() / "none").mkdir(exist_ok=True)
