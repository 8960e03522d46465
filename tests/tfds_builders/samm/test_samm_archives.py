"""SAMM's archive: rows that are known to be wrong, layouts, spellings, and what is built."""

from dataclasses import dataclass, replace

import pytest
import tensorflow_datasets as tfds
from fixtures.archives import samm, samm_lv
from fixtures.archives.in_memory import in_memory
from fixtures.archives.listed import listed
from fixtures.archives.samm import Row
from fixtures.archives.workbooks import write_csv
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.data.audit import Finding
from mebench.data.builders import build_dataset
from mebench.data.source import open_dataset
from mebench.progress import Silent
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import scan
from tfds_builders.samm.archive import read_samm, reading_of
from tfds_builders.samm.samm_dataset_builder import Builder
from tfds_builders.samm.table import samm_tables

SOUND = Row("006_1_2", 5562, 5568, 5580)


def errors(reading):
    return [f for f in reading.findings if f.severity == "fatal"]


def read(root, variant=""):
    return read_samm(scan(root), Builder.CHOICES[variant])


def reading(tmp_path, rows, clips, variant="", **shape):
    """Read rows with folders of files that are listed only."""
    sheet = in_memory(samm.BOOK, "MICRO_ONLY", samm.sheet(rows, **shape))
    folders = {f"SAMM/{name[:3]}/{name}": [f"{name[:3]}_{n:05d}.jpg" for n in held] for name, held in clips.items()}
    return reading_of(listed(tmp_path, folders), (sheet,), (), Builder.CHOICES[variant])


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_csv_of_another_separator_whose_first_line_holds_commas(separator, tmp_path):
    lines = samm.sheet(samm.ROWS, preamble=(("SAMM, micro-movements, FACS codes",), *samm.PREAMBLE[1:]))
    width = len(samm.HEADER)
    write_csv(tmp_path / "t.csv", [[*line, *[None] * (width - len(line))] for line in lines], separator=separator)
    samm.write_images(tmp_path)
    found = read(tmp_path)
    assert [len(v.info.expressions) for v in found.videos] == [1] * len(samm.ROWS)
    assert [v.info.expressions[0].emotion for v in found.videos] == [row.emotion for row in samm.ROWS]


def spans(video):
    first = video.info.first_number
    return tuple(
        (e.onset + first, e.apex + first if e.apex >= 0 else -1, e.offset + first) for e in video.info.expressions
    )


@dataclass(frozen=True)
class Case:
    """A row, and what comes of it: codes of `recommended`; onset, apex, offset as numbers of files; None: left out."""

    name: str
    row: Row
    files: range
    codes: set[str]
    published: tuple | None
    recommended: tuple | None


def case(name, row, files, codes, published, recommended):
    return Case(name, row, range(files[0], files[1] + 1), codes, published, recommended)


CASES = (
    case("028_4_1: apex behind offset", Row("028_4_1", 1100, 1143, 1134), (1090, 1150),
         {"known-error", "apex-outside"}, (1100, 1143, 1134), (1100, -1, 1134)),
    case("028_4_1: apex behind the clip", Row("028_4_1", 1100, 1143, 1134), (1100, 1134),
         {"known-error", "apex-outside"}, (1100, -1, 1134), (1100, -1, 1134)),
    case("028_4_1: mended by hand", Row("028_4_1", 1100, 1105, 1134), (1100, 1134),
         {"known-error"}, (1100, 1105, 1134), (1100, 1105, 1134)),
    case("032_3_1: apex before onset", Row("032_3_1", 4896, 1930, 4960), (4896, 4960),
         {"known-error", "apex-outside"}, (4896, -1, 4960), (4896, -1, 4960)),
    case("032_3_2: apex one frame behind the onset", Row("032_3_2", 5126, 5127, 5180), (5126, 5180),
         {"known-error"}, (5126, 5127, 5180), (5126, 5127, 5180)),
    case("013_1_9: the offset as published", Row("013_1_9", 5700, 5720, 5739), (5700, 5739),
         set(), (5700, 5720, 5739), (5700, 5720, 5739)),
    case("013_1_9: the offset of an older copy", Row("013_1_9", 5700, 5720, 5735), (5700, 5739),
         {"known-error"}, (5700, 5720, 5735), (5700, 5720, 5735)),
    case("an offset behind the clip", Row("007_1_1", 10, 20, 41), (10, 40), {"outside-video"}, None, None),
    case("an onset before the clip", Row("007_1_1", 9, 20, 40), (10, 40), {"outside-video"}, None, None),
    case("offset before onset", Row("007_1_1", 30, 35, 20), (10, 40),
         {"offset-before-onset", "apex-outside"}, None, None),
    case("no apex", Row("007_1_1", 10, None, 40), (10, 40), {"apex-missing"}, (10, -1, 40), (10, -1, 40)),
    case("apex is onset", Row("007_1_1", 10, 10, 40), (10, 40), {"apex-is-onset"}, (10, 10, 40), (10, 10, 40)),
    case("no onset", Row("007_1_1", None, 20, 40), (10, 40), {"not-a-number", "formula-empty"}, None, None),
    case("numbers as text", Row("007_1_1", "10", " 20 ", "40.0"), (10, 40), {"formula-empty"},
         (10, 20, 40), (10, 20, 40)),
    case("Others", Row("007_1_1", 10, 20, 40, "Others"), (10, 40), {"label-spelling"}, (10, 20, 40), (10, 20, 40)),
    case("lower case", Row("007_1_1", 10, 20, 40, "fear"), (10, 40), {"label-spelling"}, (10, 20, 40), (10, 20, 40)),
    case("no such emotion", Row("007_1_1", 10, 20, 40, "woe"), (10, 40), {"label-unknown"},
         (10, 20, 40), (10, 20, 40)),
    case("a clip of more than half a second", Row("007_1_1", 10, 60, 115), (10, 115), {"micro-too-long"},
         (10, 60, 115), (10, 60, 115)),
    case("Subject says another", Row("007_1_1", 10, 20, 40, subject="008"), (10, 40), {"wrong-subject"},
         (10, 20, 40), (10, 20, 40)),
    case("an action unit that is none", Row("007_1_1", 10, 20, 40, au="chewing"), (10, 40), {"au-unparsed"},
         (10, 20, 40), (10, 20, 40)),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_row_comes_to(case, tmp_path):
    clips = {"006_1_2": range(5562, 5581), case.row.name: case.files}
    for policy, expected in (("as_published", case.published), ("", case.recommended)):
        found = reading(tmp_path, (SOUND, case.row), clips, policy)
        assert not errors(found)
        (video,) = [v for v in found.videos if v.info.video == case.row.name]
        assert spans(video) == (() if expected is None else (expected,))
        if not policy:
            assert {f.code for f in found.findings} == case.codes


def test_findings_of_known_errors_say_what_others_put(tmp_path):
    rows = (Row("028_4_1", 1100, 1143, 1134), Row("032_3_1", 4896, 4945, 4960))
    found = reading(tmp_path, rows, {"028_4_1": range(1100, 1135), "032_3_1": range(4896, 4961)})
    first, second = (f for f in found.findings if f.code == "known-error")
    assert (first.severity, first.action) == ("note", "kept as published")
    assert "1124 (a copy), 1113 (a copy), 1105 (meb)" in first.what
    assert "that of meb; the published table has 1930" in second.what
    assert "row 16 (032, 032_3_1)" in second.where


@pytest.mark.parametrize("name", ["../x", "\U0001f642", "9" * 30 + "_1_2", "006_1", "EP02_01f", ""])
def test_a_row_that_names_no_clip_is_left_out_and_told(name, tmp_path):
    found = reading(tmp_path, (SOUND, Row(name, 1, 2, 3, subject="006")), {"006_1_2": range(5562, 5581)})
    assert [f.where for f in found.findings if f.code == "row-unreadable"] == [f"{samm.BOOK} [MICRO_ONLY] row 16"]
    assert [v.info.video_id for v in found.videos] == ["006_1_2"]


def test_rows_twice_without_clip_and_clips_without_row(tmp_path):
    rows = (SOUND, SOUND, replace(SOUND, onset=5563), Row("008_1_1", 1, 2, 3))
    found = reading(tmp_path, rows, {"006_1_2": range(5562, 5581), "009_1_1": range(1, 9)})
    told = [(f.code, f.action) for f in found.findings if f.code in ("row-twice", "video-missing")]
    assert told == [("row-twice", "left out"), ("row-twice", "both are kept"), ("video-missing", "left out")]
    lone = [f for f in found.findings if f.code == "video-without-rows"]
    assert [(f.where, f.action) for f in lone] == [("folder SAMM/009/009_1_1", "left out")]
    assert [len(v.info.expressions) for v in found.videos] == [2]


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return read(samm.write(tmp_path_factory.mktemp("usual")))


def labels(reading):
    return [
        (v.info.video_id, v.info.first_number, [(e.onset, e.apex, e.offset, e.coarse) for e in v.info.expressions])
        for v in reading.videos
    ]


def test_the_usual_archive(usual):
    assert not [f for f in usual.findings if f.severity != "note"]
    assert labels(usual) == [
        ("006_1_2", 5562, [(0, 6, 18, "negative")]),
        ("006_1_3", 5612, [(0, 3, 8, "surprise")]),
        ("007_3_1", 31, [(0, 9, 24, "positive")]),
        ("011_6_2", 12, [(0, 8, 18, "others")]),
    ]
    counts = {c.what: (c.found, c.published) for c in usual.counts}
    assert (counts["rows: Anger"], counts["rows: Other"], counts["micro rows"]) == ((1, 57), (1, 26), (4, 159))
    notes = usual.videos[1].info.expressions[0].notes
    assert '"Notes": "While blinking"' in notes
    assert '"Objective Classes": 2' in notes
    assert '"Micro": "Micro - 1/2"' in notes


@pytest.mark.parametrize(
    "shape",
    [
        {"images": "a/SAMM {subject}/{subject}/ {name} "},
        {"images": "{name}"},
        {"padding": 6},
        {"padding": 1},
        {"header": samm.OLDER},
        {"preamble": ()},
        {"preamble": samm.PREAMBLE[:3]},
        {"book": "x/SAMM_20181215_Micro_FACS_Codes_v2.xlsx"},
        {"book": "facs.xls"},
        {"book": "facs.csv"},
        {"cached": False},
    ],
    ids=str,
)
def test_layouts_and_shapes_of_the_table(shape, usual, tmp_path):
    found = read(samm.write(tmp_path, **shape))
    assert not errors(found)
    assert labels(found) == labels(usual)


def test_cropped_images_are_a_variant(usual, tmp_path):
    samm.write(tmp_path)
    samm.write_images(tmp_path, dict(list(samm.CLIPS.items())[:2]), "SAMM_CROP/{subject}/{name}")
    samm_lv.write_images(tmp_path, {"006_1": 4})
    assert labels(read(tmp_path)) == labels(usual)
    assert [v.folder for v in read(tmp_path, "cropped").videos] == ["SAMM_CROP/006/006_1_2", "SAMM_CROP/006/006_1_3"]
    assert Builder.PIXELS["cropped_as_published"] == "cropped"
    assert "long videos (006_1)" in next(f.what for f in read(tmp_path).findings if f.code == "other-images")


@pytest.mark.parametrize(("images", "variant"), [("SAMM_CROP/{name}", ""), ("SAMM/{name}", "cropped")])
def test_images_of_the_other_kind_only_are_an_error_that_says_so(images, variant, tmp_path):
    (error,) = errors(read(samm.write(tmp_path, images=images), variant))
    assert error.code == "no-frames"
    assert "variant" in error.what
    assert "cropped" in error.what


def test_without_a_table_and_with_that_of_the_long_videos_only(tmp_path):
    samm.write_images(tmp_path)
    samm_lv.write_table(tmp_path / "lv.xlsx", samm_lv.V2)
    (error,) = errors(read(tmp_path))
    assert error.code == "table-missing"
    assert "Estimated Emotion" in error.what
    assert "lv.xlsx [FACS_Movement_Only]" in error.what


def test_rows_by_filename_and_kind():
    rows = (SOUND, Row("037_4_1", 1, 2, 3, micro="Macro"), Row("037_4_1", 5, 6, 7, "Fear"))
    (table,) = samm_tables((in_memory("t.xlsx", "MICRO_ONLY", samm.sheet(rows)),))
    found = table.by_filename()
    assert set(found) == {("006_1_2", "micro"), ("037_4_1", "macro"), ("037_4_1", "micro")}
    assert (found["037_4_1", "micro"].emotion, found["037_4_1", "micro"].coarse) == ("Fear", "negative")
    assert found["037_4_1", "micro"].key == ("037", "037_4_1")


def test_what_is_built_is_what_the_files_are(tmp_path):
    archive = samm.write(tmp_path / "archive")
    build_dataset("samm", "", tmp_path / "data", Silent(), archive=archive)
    for video in open_dataset("samm", "", tmp_path / "data", Silent()).videos:
        info = video.info
        folder = archive / "SAMM" / info.subject / info.video
        wanted = [path.read_bytes() for path in sorted(folder.iterdir())]
        assert [bytes(frame) for frame in video.frames.encoded(0, info.num_frames)] == wanted
        (e,) = info.expressions
        assert (info.fps, e.raw_onset) == (200.0, str(samm.CLIPS[info.video][0]))
        assert info.first_number + e.offset == samm.CLIPS[info.video][-1]
    source = tfds.data_source("samm/videos", data_dir=tmp_path / "data")["full"]
    assert sorted(e["video_id"].decode() for e in source) == sorted(samm.CLIPS)


CELLS = st.one_of(
    st.none(),
    st.integers(-3, 6000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    st.sampled_from(["006_1_2", "../x", "Macro", 10**30, "\U0001f642", True]),
)


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    root = tmp_path_factory.mktemp("images")
    samm.write_images(root)
    return root


@settings(max_examples=share(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_table_gives_a_reading(images, data):
    lines = [list(line) for line in samm.sheet(samm.ROWS)]
    head = len(samm.PREAMBLE)
    for _ in range(data.draw(st.integers(1, 8))):
        line = lines[data.draw(st.integers(head, len(lines) - 1))]
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(CELLS)
    lines = [*lines[: head + 1], *data.draw(st.permutations([*lines[head + 1 :], lines[-1]]))]
    found = reading_of(scan(images), (in_memory("t.xlsx", "a", lines),), (), Builder.CHOICES[""])
    assert isinstance(found, Reading)
    assert all(isinstance(f, Finding) for f in found.findings)
    assert found.videos or errors(found)
    for video in found.videos:
        assert all(0 <= e.onset <= e.offset < video.info.num_frames for e in video.info.expressions)
