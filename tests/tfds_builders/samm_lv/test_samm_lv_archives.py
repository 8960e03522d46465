"""Archives of SAMM Long Videos in every layout and version, built and read back."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow_datasets as tfds
from fixtures.archives import samm, samm_lv
from fixtures.archives.in_memory import in_memory
from fixtures.archives.listed import listed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.data.audit import Finding
from mebench.data.builders import build_dataset
from mebench.data.source import open_dataset
from mebench.errors import MebenchError
from mebench.progress import Silent
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import scan
from tfds_builders.samm_lv.archive import read_samm_lv, reading_of
from tfds_builders.samm_lv.samm_lv_dataset_builder import Builder


def read(root, variant=""):
    return read_samm_lv(scan(root), Builder.CHOICES[variant])


def errors(reading):
    return [f for f in reading.findings if f.severity == "fatal"]


def shape(reading):
    """What must not depend on where things lie."""
    return [(replace(v.info), v.files) for v in reading.videos]


LAYOUTS = (
    "{video}",
    "samm_LONGVIDEOS/{video}",
    "Releases/SAMM Long Videos/SAMM_longvideos/{video}",
    "a b/{video}/frames",
)


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return read(samm_lv.write(tmp_path_factory.mktemp("usual")))


@pytest.mark.parametrize("images", LAYOUTS)
def test_images_are_found_wherever_they_lie(images, usual, tmp_path):
    found = read(samm_lv.write(tmp_path, images=images))
    assert not errors(found)
    assert shape(found) == shape(usual)


def test_names_without_zeros_in_upper_case_and_with_blanks(usual, tmp_path):
    samm_lv.write_tables(tmp_path / "Annotation Files")
    for video, last in samm_lv.CLIPS.items():
        folder = tmp_path / "LONG" / f" {video.lstrip('0').replace('_', ' - ')} "
        folder.mkdir(parents=True)
        for n in range(1, last + 1):
            (folder / f"{n}.JPG").write_bytes(samm_lv.tiny_image(n))
    found = read(tmp_path)
    assert not errors(found)
    assert [v.info for v in found.videos] == [v.info for v in usual.videos]
    assert found.videos[0].files[:2] == ("1.JPG", "2.JPG")


@pytest.mark.parametrize("name", ["table.xlsx", "table.xls", "t/SAMM_LongVideos.csv"])
def test_the_table_is_known_by_its_content(name, usual, tmp_path):
    samm_lv.write_images(tmp_path)
    samm_lv.write_table(tmp_path / name, samm_lv.V2)
    samm.write_table(tmp_path / "z" / "emotions.xls", samm_lv.short_rows(samm_lv.V2, samm_lv.EMOTIONS))
    found = read(tmp_path)
    spans = [[(e.onset, e.apex, e.offset, e.kind, e.emotion, e.aus) for e in v.info.expressions] for v in found.videos]
    assert spans == [
        [(e.onset, e.apex, e.offset, e.kind, e.emotion, e.aus) for e in v.info.expressions] for v in usual.videos
    ]


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_the_version_is_guessed_from_content_whatever_the_name_says(version, tmp_path):
    rows = samm_lv.as_version(samm_lv.V2, version)
    samm_lv.write_table(tmp_path / "SAMM_LongVideos_V1_Release.xlsx", rows)
    samm_lv.write_images(tmp_path)
    found = read(tmp_path)
    assert found.version == version
    (told,) = [f for f in found.findings if f.code == "version-guess"]
    assert told.what.startswith(f"taken for version {version}: {0 if version == 'v3' else 3} rows with a fraction")
    assert not errors(read(tmp_path, version))
    other = {"v1": "v2", "v2": "v3", "v3": "v1"}[version]
    (error,) = errors(read(tmp_path, f"{other}_mean"))
    assert error.code == "table-missing"
    assert f"no table of version {other}" in error.what
    assert f"({version}: " in error.what


@pytest.mark.parametrize(("name", "version"), [("a_V1.xlsx", "v1"), ("a.xlsx", "v2"), ("a_V2.xlsx", "v2")])
def test_the_name_breaks_a_tie(name, version, tmp_path):
    rows = [row for row in samm_lv.V2 if row.apex != -1]
    samm_lv.write_table(tmp_path / name, rows)
    assert read(tmp_path).version == version


def test_the_newest_table_is_taken_and_the_variant_is_heeded(tmp_path):
    for version in ("v1", "v2", "v3"):
        samm_lv.write_tables(tmp_path, version=version)
    samm_lv.write_images(tmp_path)
    guessed = {variant: read(tmp_path, variant) for variant in ("", "v1", "v2", "v3_as_published", "mean")}
    assert [r.version for r in guessed.values()] == ["v3", "v1", "v2", "v3", "v3"]
    assert all(dict(r.parts)[f"annotation ({r.version})"].startswith("SAMM_LongVideos_V") for r in guessed.values())
    assert [f.where for f in guessed[""].findings if f.code == "table-unused"] == [
        "SAMM_LongVideos_V2_Release.xlsx [FACS_Movement_Only]",
        "SAMM_LongVideos_V1_Release.xlsx [FACS_Movement_Only]",
    ]


def test_every_variant_has_a_policy_and_a_table_and_shares_pixels():
    assert set(Builder.VARIANTS) == {
        f"{table}{'_' if table and policy else ''}{policy}"
        for table in ("", "v1", "v2", "v3")
        for policy in ("", "mean", "as_published")
    }
    assert set(Builder.PIXELS.values()) == {""}


def test_short_clips_test_sets_and_crops_are_passed_over(usual, tmp_path):
    samm_lv.write(tmp_path)
    samm.write_images(tmp_path)
    samm_lv.write_images(tmp_path, {"001_2": 9}, "MEGC_unseen_testset/SAMM_data/{video}")
    samm_lv.write_images(tmp_path, {"006_1": 90}, "SAMM_longvideos_cropped/{video}")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "figure1.png").write_bytes(samm_lv.tiny_image(1, ".png"))
    found = read(tmp_path)
    assert shape(found) == shape(usual)
    told = sorted(f.what for f in found.findings if f.code == "other-images")
    assert told == [
        "1 image folders a test set's",
        "1 image folders of cropped faces",
        "4 image folders of SAMM's short clips (006_1_2)",
    ]
    assert [f.what.rpartition(": ")[2] for f in found.findings if f.code == "folder-unknown"] == ["other"]


def test_cropped_images_alone_are_used_with_a_warning(tmp_path):
    found = read(samm_lv.write(tmp_path, images="SAMM_longvideos_crop/{video}"))
    assert not errors(found)
    assert [f.severity for f in found.findings if f.code == "cropped-images"] == ["warning"]


def test_a_video_twice_and_a_folder_of_another_subject_are_told(tmp_path):
    samm_lv.write(tmp_path)
    samm_lv.write_images(tmp_path, {"006_2": 5}, "copy/{video}")
    samm_lv.write_images(tmp_path, {"011_9": 5}, "012/{video}")
    (tmp_path / "new" / "011_8").mkdir(parents=True)
    (tmp_path / "new" / "011_8" / "012_8_0001.jpg").write_bytes(samm_lv.tiny_image(1))
    found = read(tmp_path)
    told = [(f.code, f.where) for f in found.findings if f.code in ("video-twice", "wrong-subject")]
    assert told == [
        ("wrong-subject", "folder 012/011_9"),
        ("wrong-subject", "folder new/011_8"),
        ("video-twice", "folder copy/006_2"),
    ]
    assert [v.folder for v in found.videos if v.info.video == "006_2"] == ["SAMM_longvideos/006_2"]


def test_an_archive_without_images_and_one_without_tables(tmp_path):
    samm_lv.write_tables(tmp_path / "tables")
    (error,) = errors(read(tmp_path / "tables"))
    assert (error.code, "SAMM_longvideos/006_1/006_1_0001.jpg" in error.what) == ("no-frames", True)
    samm_lv.write_images(tmp_path / "images", {"006_1": 3})
    (tmp_path / "images" / "broken.xlsx").write_bytes(b"PK")
    found = read(tmp_path / "images")
    (error,) = errors(found)
    assert error.code == "table-missing"
    assert "Type" in error.what
    assert [f.where for f in found.findings if f.code == "table-unreadable"] == ["broken.xlsx"]


def test_an_unreadable_spreadsheet_beside_the_table_is_a_warning(usual, tmp_path):
    samm_lv.write(tmp_path)
    (tmp_path / "more.xls").write_bytes(b"\xd0\xcf\x11\xe0nothing")
    found = read(tmp_path)
    assert shape(found) == shape(usual)
    assert [(f.severity, f.code) for f in found.findings if f.where == "more.xls"] == [("warning", "table-unreadable")]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("built")
    archive = samm_lv.write(root / "archive")
    for variant in ("", "mean"):
        build_dataset("samm_lv", variant, root / "data", Silent(), archive=archive)
    return archive, root / "data"


def test_what_is_built_is_what_the_files_are(built):
    archive, data = built
    dataset = open_dataset("samm_lv", "", data, Silent())
    assert [v.info.video_id for v in dataset.videos] == list(samm_lv.CLIPS)
    assert {v.info.fps for v in dataset.videos} == {200.0}
    for video in dataset.videos:
        folder = archive / "SAMM_longvideos" / video.info.video
        raw = [bytes(frame) for frame in video.frames.encoded(0, video.info.num_frames)]
        assert raw == [
            (folder / samm_lv.frame_name(video.info.video, n)).read_bytes()
            for n in range(1, samm_lv.CLIPS[video.info.video] + 1)
        ]
    first = dataset.videos[0].info
    assert [(e.onset, e.apex, e.offset, e.kind) for e in first.expressions] == [
        (4, 16, 42, "macro"),
        (11, 14, 19, "micro"),
        (44, 47, 54, "micro"),
    ]
    assert first.expressions[0].raw_onset == "5.4000000000001"
    assert "rounded half up: 5/17/43" in first.expressions[0].repairs[0]


def test_policies_share_frames_and_differ_in_labels(built):
    _, data = built
    ours, means = (open_dataset("samm_lv", variant, data, Silent()) for variant in ("", "mean"))
    assert [v.content_key for v in ours.videos] == [v.content_key for v in means.videos]
    assert [len(v.info.expressions) for v in ours.videos] == [3, 1, 2, 1, 1, 2]
    assert [len(v.info.expressions) for v in means.videos] == [3, 1, 1, 1, 1, 2]
    assert [v.info.expressions[0].apex for v in (ours.videos[0], means.videos[0])] == [16, 15]


def test_tfds_reads_the_same(built):
    _, data = built
    source = tfds.data_source("samm_lv/videos", data_dir=data)["full"]
    element = next(e for e in source if e["video_id"] == b"037_4")
    assert (element["subject"], element["video"], element["num_frames"]) == (b"037", b"037_4", 40)
    frames = tfds.data_source("samm_lv/frames", data_dir=data)["full"]
    image = np.asarray(next(e for e in frames if e["video_id"] == b"037_4")["frames"][0])
    assert image.shape[:2] == (24, 32)


def test_the_runnable_archive_has_every_class():
    micro = [[e.coarse for e in made.expressions if e.kind == "micro"] for _, made in samm_lv.runnable_scenes()]
    assert {word for words in micro for word in words} >= {"negative", "positive", "surprise"}
    assert all(len(words) >= 2 for words in micro)
    assert len({video.split("_")[0] for video, _ in samm_lv.runnable_scenes()}) == 3


CELLS = st.one_of(
    st.none(),
    st.integers(-3, 80),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    st.booleans(),
    st.sampled_from(["006_1_2", "../x", "Micro", "-1", 10**30, "\U0001f642", "1e400", "037_4_1"]),
)


@st.composite
def tables(draw):
    """Cells of the table, shuffled, duplicated, emptied, retyped or swapped."""
    lines = [list(line) for line in samm_lv.sheet(samm_lv.V2)]
    head = len(samm_lv.PREAMBLE)
    for _ in range(draw(st.integers(1, 6))):
        i = draw(st.integers(head - 1 if draw(st.booleans()) else head + 1, len(lines) - 1))
        j = draw(st.integers(0, len(samm_lv.HEADER) - 1))
        lines[i] += [None] * (len(samm_lv.HEADER) - len(lines[i]))
        match draw(st.sampled_from(("cell", "repeat", "swap", "text"))):
            case "cell":
                lines[i][j] = draw(CELLS)
            case "repeat":
                lines.append(list(lines[i]))
            case "swap":
                k = draw(st.integers(0, len(samm_lv.HEADER) - 1))
                lines[i][j], lines[i][k] = lines[i][k], lines[i][j]
            case "text":
                lines[i][j] = str(lines[i][j])
    return [*lines[: head + 1], *draw(st.permutations(lines[head + 1 :]))]


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    root = tmp_path_factory.mktemp("images")
    samm_lv.write_images(root)
    return root


@settings(max_examples=share(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=tables(), variant=st.sampled_from(["", "mean", "as_published", "v2"]))
def test_any_table_gives_a_reading(images, lines, variant):
    sheets = (in_memory("t.xlsx", "FACS_Movement_Only", lines),)
    found = reading_of(scan(images), sheets, (), Builder.CHOICES[variant])
    assert isinstance(found, Reading)
    assert all(isinstance(f, Finding) for f in found.findings)
    assert found.videos or errors(found)
    for video in found.videos:
        assert all(0 <= e.onset <= e.offset < video.info.num_frames for e in video.info.expressions)
        assert all(-1 <= e.apex < video.info.num_frames for e in video.info.expressions)


@settings(max_examples=share(5), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=tables())
def test_any_table_gives_a_dataset_or_a_sentence(tmp_path_factory, images, lines):
    root = tmp_path_factory.mktemp("any")
    samm_lv.write_images(root, {"006_1": 60, "037_4": 40})
    samm_lv.write_xlsx(root / "t.xlsx", {"FACS_Movement_Only": writable(lines)})
    try:
        build_dataset("samm_lv", "", root / "data", Silent(), archive=root)
    except MebenchError as error:
        said = str(error)
    else:
        said = ""
        assert len(open_dataset("samm_lv", "", root / "data", Silent()).videos) == 2
    assert "\n" not in said


def writable(lines):
    """The cells without numbers that no workbook holds."""
    return [[str(c) if isinstance(c, int) and abs(c) > 2**53 else c for c in line] for line in lines]


@settings(max_examples=share(10), deadline=None)
@given(order=st.permutations(samm_lv.V2))
def test_the_order_of_the_rows_does_not_matter(images, order):
    def spans(rows):
        sheets = (in_memory("t.xlsx", "a", samm_lv.sheet(rows)),)
        found = reading_of(scan(images), sheets, (), Builder.CHOICES[""])
        return [
            (v.info.video_id, v.files, [(e.onset, e.apex, e.offset, e.kind, e.aus) for e in v.info.expressions])
            for v in found.videos
        ]

    assert spans(order) == spans(samm_lv.V2)


def test_a_full_sized_listing_is_read(tmp_path):
    samm_lv.write_table(tmp_path / "V3.xlsx", [samm_lv.Row("016_7_1", 11_700, 11_720, 11_770)])
    names = [f"016_7_{n:05d}.jpg" for n in range(1, 11_771)]
    found = read_samm_lv(listed(tmp_path, {"SAMM_longvideos/016_7": names}), Builder.CHOICES[""])
    (video,) = found.videos
    assert (video.info.num_frames, video.files[9999], video.info.expressions[0].offset) == (
        11_770,
        "016_7_10000.jpg",
        11_769,
    )
    assert not [f for f in found.findings if f.code == "count-differs"]
