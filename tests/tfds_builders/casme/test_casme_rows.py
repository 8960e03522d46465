"""CASME's rows and files, as the code that reads them has them, and what each policy makes of a row."""

import itertools
import json

import pytest
import tensorflow_datasets as tfds
from fixtures.archives import casme
from fixtures.archives.casme import ROWS
from fixtures.archives.listed import listed
from fixtures.archives.outcome import builds_or_says
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.data.builders import build_dataset
from mebench.data.source import open_dataset
from mebench.progress import Silent
from tfds_builders.archives.tree import scan
from tfds_builders.casme.casme_dataset_builder import Builder

IDS = ["sub01_EP01_12", "sub01_EP03_5", "sub02_EP01_8", "sub02_EP06_1f", "sub19_EP12_3"]


def read(root, variant="", folders=None):
    builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=root / "built")
    tree = scan(root) if folders is None else listed(root, folders)
    return builder.read(tree, builder.CHOICES[variant])


def codes(reading, *severities):
    return sorted(f.code for f in reading.findings if not severities or f.severity in severities)


LAYOUTS = {
    "as published": {},
    "nested": {"pictures": "a/b/CASME/Section A", "table": "a/CASME-coded-20190721.xls"},
    "upper case": {"upper": True, "table": "CASME.XLSX"},
    "no folder above": {"pictures": "."},
    "csv": {"table": "casme.csv"},
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(name, tmp_path):
    reading = read(casme.write(tmp_path, **LAYOUTS[name]))
    assert [v.info.video_id for v in reading.videos] == IDS
    assert codes(reading) == []
    spans = [(e.onset, e.apex, e.offset) for v in reading.videos for e in v.info.expressions]
    assert spans == [(4, 9, 15), (4, 9, 15), (4, 10, 19), (4, 8, 15), (4, 9, 15)]
    assert [v.info.first_number for v in reading.videos] == [69, 106, 56, 91, 46]
    assert {(count.what, count.published) for count in reading.counts} >= {("micro rows", 193), ("subjects", None)}


def test_labels_and_notes(tmp_path):
    videos = read(casme.write(tmp_path)).videos
    found = [(e.emotion, e.fine, e.coarse) for v in videos for e in v.info.expressions]
    assert found == [
        ("happiness", "happiness", "positive"),
        ("disgust", "disgust", "negative"),
        ("repression", "repression", "negative"),
        ("surprise", "surprise", "surprise"),
        ("tense", "others", "others"),
    ]
    notes = [json.loads(v.info.expressions[0].notes) for v in videos]
    assert notes[0] == {"apex_2": "\\", "onset_ms": 16.7, "total_ms": 200}
    assert notes[2]["apex_2"] == 70


def test_face_crops_are_a_variant(tmp_path):
    casme.write(tmp_path)
    casme.write(tmp_path, pictures="crops", cropped=True)
    assert {v.files[0][:6] for v in read(tmp_path, "cropped").videos} == {"reg_EP"}
    assert {v.files[0][:2] for v in read(tmp_path).videos} == {"EP"}
    assert codes(read(tmp_path)) == []


FILES = {"CASME/sub03/EP02_1": [f"EP02_1-{n:03d}.jpg" for n in range(50, 91)]}
CASES = {
    "apex missing": ((60, "\\", 70), "apex-missing", (10, -1, 20), (10, -1, 20)),
    "apex outside": ((60, 80, 70), "apex-outside", (10, -1, 20), (10, 30, 20)),
    "apex on the offset": ((60, 70, 70), "apex-is-offset", (10, 20, 20), (10, 20, 20)),
    "onset before the clip": ((45, 60, 70), "onset-before-start", (0, 10, 20), None),
    "offset after the clip": ((70, 80, 95), "offset-after-end", (20, 30, 40), None),
    "offset before onset": ((70, 75, 60), "offset-before-onset", None, None),
    "no offset": ((70, 75, None), "not-a-number", None, None),
}


@pytest.mark.parametrize("name", CASES)
def test_row(name, tmp_path):
    (onset, apex, offset), code, recommended, published = CASES[name]
    casme.write_table(tmp_path / "t.xls", [(3, "EP02_1", onset, apex, "\\", offset, 4, "fear")])
    for variant, wanted in (("", recommended), ("as_published", published)):
        reading = read(tmp_path, variant, FILES)
        spans = [(e.onset, e.apex, e.offset) for v in reading.videos for e in v.info.expressions]
        assert spans == ([] if wanted is None else [wanted])
        assert variant or code in codes(reading)


def test_rows_that_cannot_be_used_and_tables_that_are_none(tmp_path):
    casme.write(tmp_path, [*ROWS, ("x", "EP01_1", 1, 2, 3, 4, 5, "fear"), (3, "a/b", 1, 2, 3, 4, 5, "fear")])
    assert codes(read(tmp_path)) == ["row-unreadable"] * 2
    (tmp_path / "CASME-coded-20190721.xls").write_bytes(b"no")
    reading = read(tmp_path)
    assert codes(reading, "fatal") == ["table-missing"]
    assert "ApexF1" in reading.findings[0].what
    assert codes(read(tmp_path, "cropped"), "fatal") == ["no-videos", "table-missing"]


def test_the_card_says_experimental():
    assert Builder.CARD.experimental


def test_build_and_read_back(tmp_path):
    root = casme.write(tmp_path / "archive")
    build_dataset("casme", "", tmp_path / "data", Silent(), archive=root)
    dataset = open_dataset("casme", "", tmp_path / "data", Silent())
    for video, row in zip(dataset.videos, ROWS, strict=True):
        folder = root / "CASME" / f"sub{video.info.subject}" / video.info.video
        files = [(folder / name).read_bytes() for name in casme.names(row, padded=row in ROWS[3:])]
        assert [bytes(data) for data in video.frames.encoded(0, len(video.frames))] == files
    assert len(tfds.data_source("casme/videos", data_dir=tmp_path / "data", split="full")) == 5


CELLS = st.one_of(
    st.none(),
    st.integers(-3, 130),
    st.sampled_from(["", "\\", "../x", "EP01_12", "tense", "😀", 1e30]),
    st.floats(0, 99),
)


@st.composite
def tables(draw):
    """ROWS with rows shuffled and repeated, and cells replaced."""
    rows = [list(row) for row in draw(st.permutations(ROWS))]
    rows += [list(rows[i]) for i in draw(st.lists(st.integers(0, len(rows) - 1), max_size=2))]
    places = st.tuples(st.integers(0, len(rows) - 1), st.integers(0, 7))
    for (i, j), cell in draw(st.lists(st.tuples(places, CELLS), max_size=8)):
        rows[i][j] = cell
    return [tuple(row) for row in rows]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return casme.write(tmp_path_factory.mktemp("casme"), table="t.csv")


NUMBER = itertools.count()


@settings(max_examples=share(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables(), st.sampled_from(["", "as_published"]))
def test_any_table_gives_a_dataset_or_a_sentence(archive, tmp_path, rows, variant):
    casme.write_table(archive / "t.csv", rows)
    builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=tmp_path / str(next(NUMBER)))
    builds_or_says(builder, archive)
