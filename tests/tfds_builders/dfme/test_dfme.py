"""DFME's three tables and its clips, as readers of it show them, and what each policy makes of a row."""

import itertools
import json

import pytest
from fixtures.archives import dfme
from fixtures.archives.dfme import HEADER, PARTS, TEST_A, TEST_B, TRAINING
from fixtures.archives.listed import listed
from fixtures.archives.outcome import builds_or_says
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mebench.data.builders import build_dataset
from mebench.data.source import open_dataset
from mebench.progress import Silent
from tfds_builders.archives.tree import scan
from tfds_builders.dfme.dfme_dataset_builder import Builder

IDS = ["sub0003_01", "sub0003_02", "sub0120_01", "sub0400_01", "sub0655_03"]
FILES = {f"train_data/{name}": dfme.names() for name in ("sub0003_01", "sub0003_02", "sub0120_01", "sub0009_01")}


def read(root, variant="", folders=None):
    builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=root / "built")
    tree = scan(root) if folders is None else listed(root, folders)
    return builder.read(tree, builder.CHOICES[variant])


def ids(reading):
    return [video.info.video_id for video in reading.videos]


def codes(reading, *severities):
    return sorted(f.code for f in reading.findings if not severities or f.severity in severities)


@pytest.mark.parametrize(
    "layout",
    [{}, {"tables": ".", "pictures": "DFME/a"}, {"tables": "train_data/x"}],
)
def test_layout(layout, tmp_path):
    reading = read(dfme.write(tmp_path, **layout))
    assert ids(reading) == IDS
    assert codes(reading) == []
    assert [v.info.fps for v in reading.videos] == [500.0, 500.0, 300.0, 200.0, 200.0]
    spans = [(e.onset, e.apex, e.offset) for v in reading.videos for e in v.info.expressions]
    assert spans == [(2, 8, 15), (0, 6, 11), (3, 7, 14), (1, 5, 9), (4, 9, 17)]
    assert {v.info.first_number for v in reading.videos} == {0}
    counts = {count.what: (count.found, count.published, count.also) for count in reading.counts}
    assert counts["micro rows"] == (5, 2629, (7526,))


def test_labels_and_notes(tmp_path):
    (first, second, third, *_) = (v.info.expressions[0] for v in read(dfme.write(tmp_path)).videos)
    assert (first.emotion, first.fine, first.coarse) == ("happiness", "happiness", "positive")
    assert json.loads(first.notes) == {"part": "training", "emotion_id": 3}
    assert (first.aus, second.raw_aus) == (("AU12",), "R4+AD38")
    assert len(third.aus) == 2


@pytest.mark.parametrize(
    ("variant", "wanted", "published"),
    [
        ("training", IDS[:3], 1856),
        ("test_a", IDS[3:4], 474),
        ("test_b", IDS[4:], 299),
        ("test_b_as_published", IDS[4:], 299),
    ],
)
def test_parts_are_variants(variant, wanted, published, tmp_path):
    reading = read(dfme.write(tmp_path), variant)
    assert ids(reading) == wanted
    assert codes(reading) == []
    assert {count.what: count.published for count in reading.counts}["videos"] == published


def test_a_part_that_is_not_there(tmp_path):
    dfme.write(tmp_path, parts=["training", "test_b"])
    (finding,) = [f for f in read(tmp_path, "test_a").findings if f.severity == "fatal"]
    assert str(finding).startswith("fatal: no table of test_a; there: training, test_b; ")
    assert ids(read(tmp_path)) == [*IDS[:3], IDS[4]]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("DFME_training_full_with_AU.xlsx", "training"),
        ("dfme_train.csv", "training"),
        ("test_A_full_with_AU.xlsx", "test_a"),
        ("testA.xlsx", "test_a"),
        ("dfme_test_b.xlsx", "test_b"),
        ("test_AU.xlsx", None),
        ("training and test A.xlsx", None),
    ],
)
def test_the_part_of_a_table_by_its_name(name, part, tmp_path):
    dfme.write_table(tmp_path / name, TRAINING)
    reading = read(tmp_path, folders=FILES)
    assert [what for what, _ in reading.parts] == ([] if part is None else [part])
    assert ("table-unknown" in codes(reading)) == (part is None)


def test_the_part_of_a_table_by_its_rows(tmp_path):
    rows = [("sub0003", f"sub0003_{n}", 1, 2, 3, "fear", 4, 200, 1) for n in range(474)]
    dfme.write_table(tmp_path / "a.csv", rows)
    reading = read(tmp_path, folders={f"x/sub0003_{n}": dfme.names(5) for n in range(474)})
    assert dict(reading.parts) == {"test_a": "a.csv"}
    assert (len(reading.videos), codes(reading)) == (474, [])


CASES = {
    "apex outside": ((4, 18, 10), "apex-outside", (4, -1, 10), (4, 18, 10)),
    "offset after the clip": ((4, 8, 25), "offset-after-end", (4, 8, 19), None),
    "offset before onset": ((9, 8, 3), "offset-before-onset", None, None),
    "no apex": ((4, None, 9), "apex-missing", (4, -1, 9), (4, -1, 9)),
}


@pytest.mark.parametrize("name", CASES)
def test_row(name, tmp_path):
    frames, code, recommended, published = CASES[name]
    dfme.write_table(tmp_path / "train.csv", [("sub0009", "sub0009_01", *frames, "fear", 4, 200, 1)])
    for variant, wanted in (("", recommended), ("as_published", published)):
        reading = read(tmp_path, variant, FILES)
        spans = [(e.onset, e.apex, e.offset) for v in reading.videos for e in v.info.expressions]
        assert spans == ([] if wanted is None else [wanted])
        assert variant or code in codes(reading)


def test_a_long_expression_is_told_by_its_own_frame_rate(tmp_path):
    rows = [
        ("sub0009", "sub0009_01", 1, 50, 120, "fear", 4, 200, 1),
        ("sub0003", "sub0003_01", 1, 50, 120, "fear", 4, 500, 1),
    ]
    dfme.write_table(tmp_path / "train.csv", rows)
    folders = {f"x/{row[1]}": dfme.names(130) for row in rows}
    found = [f for f in read(tmp_path, folders=folders).findings if f.code == "micro-too-long"]
    assert [f.where for f in found] == ["train.csv row 2 (sub0009, sub0009_01)"]


BAD = {
    "a subject that is none": ((7, "sub0009_01", 1, 2, 3, "fear", 4, 200, 1), "row-unreadable", "error"),
    "a clip that is none": (("sub0009", "../x", 1, 2, 3, "fear", 4, 200, 1), "row-unreadable", "error"),
    "another frame rate": (("sub0009", "sub0009_01", 1, 2, 3, "fear", 4, 60, 1), "fps-unknown", "error"),
    "no folder": (("sub0009", "sub0009_07", 1, 2, 3, "fear", 4, 200, 1), "video-missing", "error"),
    "another subject's clip": (("sub0009", "sub0003_01", 1, 2, 3, "fear", 4, 200, 1), "clip-twice", "error"),
    "a row again": (TRAINING[0], "row-twice", "warning"),
    "an unknown emotion": (("sub0009", "sub0009_01", 1, 2, 3, "bored", 9, 200, 1), "label-spelling", "warning"),
}


@pytest.mark.parametrize("name", BAD)
def test_rows_that_cannot_be_used(name, tmp_path):
    row, code, severity = BAD[name]
    dfme.write_table(tmp_path / "train.csv", [*TRAINING, row])
    folders = FILES if name == "an unknown emotion" else {k: v for k, v in FILES.items() if "0009" not in k}
    reading = read(tmp_path, folders=folders)
    assert codes(reading, "error", "warning") == [code]
    assert [f.severity for f in reading.findings if f.code == code] == [severity]
    assert ids(reading)[:3] == IDS[:2] + (["sub0009_01"] if folders is FILES else ["sub0120_01"])


def test_clips_in_two_tables_and_folders_that_no_table_names(tmp_path):
    dfme.write_table(tmp_path / "train.csv", TRAINING)
    dfme.write_table(tmp_path / "test_a.csv", [*TEST_A, TRAINING[0]])
    reading = read(tmp_path, folders={**FILES, "x/sub0400_01": dfme.names()})
    assert ids(reading) == IDS[:4]
    assert codes(reading) == ["clip-twice", "folder-unknown"]
    assert "train_data/sub0009_01" in next(f.what for f in reading.findings if f.code == "folder-unknown")


def test_tables_without_emotions_and_several_of_a_part(tmp_path):
    dfme.write_table(tmp_path / "testB.csv", [(*row[:5], row[7]) for row in TEST_B], (*HEADER[:5], "Fps"))
    reading = read(tmp_path, folders={"x/sub0655_03": dfme.names()})
    assert codes(reading) == ["labels-missing"]
    assert [(e.emotion, e.coarse) for v in reading.videos for e in v.info.expressions] == [("", "")]
    dfme.write_table(tmp_path / "testB_full_with_AU.csv", TEST_B)
    reading = read(tmp_path, folders={"x/sub0655_03": dfme.names()})
    assert dict(reading.parts) == {"test_b": "testB_full_with_AU.csv"}
    assert codes(reading) == ["tables-several"]


def test_an_archive_without_a_usable_row(tmp_path):
    assert codes(read(tmp_path), "fatal") == ["table-missing"]
    dfme.write_table(tmp_path / "train.csv", [("x", "y", 1, 2, 3, "fear", 4, 200, 1)])
    assert codes(read(tmp_path), "fatal") == ["no-videos"]


def test_the_card():
    assert Builder.CARD.experimental
    assert (Builder.CARD.micro, Builder.CARD.subjects) == (7526, 671)


def test_build_and_read_back(tmp_path):
    root = dfme.write(tmp_path / "archive")
    build_dataset("dfme", "training", tmp_path / "data", Silent(), archive=root)
    dataset = open_dataset("dfme", "training", tmp_path / "data", Silent())
    assert [video.info.video_id for video in dataset.videos] == IDS[:3]
    assert [video.info.fps for video in dataset.videos] == [500.0, 500.0, 300.0]
    for video in dataset.videos:
        folder = root / PARTS["training"][1] / video.info.video
        files = [(folder / name).read_bytes() for name in dfme.names()]
        assert [bytes(data) for data in video.frames.encoded(0, len(video.frames))] == files


CELLS = st.one_of(
    st.none(),
    st.integers(-3, 600),
    st.sampled_from(["", "\\", "../x", "sub0003_01", "happy", "😀", 1e30]),
    st.floats(0, 99),
)


@st.composite
def tables(draw):
    """TRAINING with rows shuffled and repeated, and cells replaced."""
    rows = [list(row) for row in draw(st.permutations(TRAINING))]
    rows += [list(rows[i]) for i in draw(st.lists(st.integers(0, len(rows) - 1), max_size=2))]
    places = st.tuples(st.integers(0, len(rows) - 1), st.integers(0, 8))
    for (i, j), cell in draw(st.lists(st.tuples(places, CELLS), max_size=8)):
        rows[i][j] = cell
    return [tuple(row) for row in rows]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    root = dfme.write(tmp_path_factory.mktemp("dfme"), tables=".", parts=["training"])
    (root / PARTS["training"][0]).unlink()
    return root


NUMBER = itertools.count()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables(), st.sampled_from(["", "as_published"]))
def test_any_table_gives_a_dataset_or_a_sentence(archive, tmp_path, rows, variant):
    dfme.write_table(archive / "train.csv", rows)
    builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=tmp_path / str(next(NUMBER)))
    builds_or_says(builder, archive)
