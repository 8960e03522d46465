"""MMEW's archive as it may lie, built and read back; whatever the table holds, there is a dataset or a sentence."""

import itertools

import pytest
import tensorflow_datasets as tfds
from fixtures.archives import mmew
from fixtures.archives.listed import listed
from fixtures.archives.mmew import ENTRIES
from fixtures.archives.outcome import builds_or_says, unnumbered
from fixtures.archives.workbooks import write_xlsx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.data.builders import build_dataset
from mebench.data.source import open_dataset
from mebench.errors import MebenchError
from mebench.progress import Silent
from tfds_builders.archives.tree import scan
from tfds_builders.mmew.mmew_dataset_builder import Builder

WHOLE = {"S01-01-001": 26, "S01-03-001": 31, "S03-07-002": 25, "S12-02-004": 33}


def read(root, folders=None, variant=""):
    builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=root / "built")
    return builder.read(scan(root) if folders is None else listed(root, folders), builder.CHOICES[variant])


def found(reading):
    assert all(len(v.info.expressions) == 1 for v in reading.videos)
    return {v.info.video_id: v.info.num_frames for v in reading.videos}


def codes(reading):
    return sorted(f.code for f in reading.findings)


USUAL = ["label-mismatch", "macro-images"]


def test_the_published_shape(tmp_path):
    reading = read(mmew.write(tmp_path))
    assert (found(reading), codes(reading)) == (WHOLE, USUAL)
    table = "MMEW_Final/MMEW_Micro_Exp.xlsx [Sheet1]"
    assert reading.parts == (("annotations", table), ("images", "MMEW_Final/Micro_Expression"))
    counts = {count.what: (count.found, count.published) for count in reading.counts}
    assert (counts["videos"], counts["micro rows"]) == ((4, 300), (4, 300))


LAYOUTS = {
    "a level of subjects": {"by_subject": True},
    "nested": {"table": "a/b/MMEW_Micro_Exp_v2.xlsx", "pictures": "a/MMEW/MMEW_Final/Micro_Expression"},
    "upper case": {"table": "A.XLSX", "pictures": "MMEW_FINAL/MICRO_EXPRESSION"},
    "spaces": {"table": "my table.xls", "pictures": "MMEW Final/Micro Expression"},
    "no folder above": {"table": "t.csv", "pictures": "."},
    "a copy's name": {"table": "MMEW_Micro_Exp (20).xlsx"},
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(name, tmp_path):
    reading = read(mmew.write(tmp_path, **LAYOUTS[name]))
    assert (found(reading), codes(reading)) == (WHOLE, USUAL)
    assert reading.version == ("v2" if name == "nested" else "")


def test_of_several_tables_v2_is_used(tmp_path):
    mmew.write(tmp_path)
    mmew.write_table(tmp_path / "MMEW_Micro_Exp_v2.csv", mmew.rows(ENTRIES[::-1]))
    reading = read(tmp_path)
    assert (reading.version, reading.parts[0][1]) == ("v2", "MMEW_Micro_Exp_v2.csv [MMEW_Micro_Exp_v2]")
    assert codes(reading) == sorted([*USUAL, "tables-several"])


def test_no_table_is_an_error_that_says_what_was_looked_for(tmp_path):
    casme = [("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame"), (1, "EP02_01f", 5, 6, 7)]
    write_xlsx(tmp_path / "CASME2.xlsx", {"Sheet1": casme})
    (tmp_path / "broken.xlsx").write_bytes(b"PK no")
    reading = read(tmp_path, mmew.folders())
    assert codes(reading) == ["table-missing", "table-unreadable"]
    lacking = reading.findings[0]
    assert (lacking.severity, "S01-01-001" in lacking.what, "CASME2.xlsx" in lacking.what) == ("fatal", True, True)


def test_no_clips_is_an_error(tmp_path):
    mmew.write_table(tmp_path / "t.csv", mmew.rows())
    reading = read(tmp_path, {"Macro_Expression/S01/anger/S01-07-001": ["1.jpg", "2.jpg"]})
    assert codes(reading) == ["macro-images", "no-videos"]


def test_odd_folders(tmp_path):
    mmew.write_table(tmp_path / "t.csv", mmew.rows(ENTRIES[:1]))
    parts = mmew.folders(ENTRIES[:1])
    parts["copy/happiness/S01-01-001"] = ["1.jpg"]
    parts["Micro_Expression/S02/fear/S01-06-001"] = ["1.jpg"]
    parts["Micro_Expression/fear/S05-06-001"] = ["cover.jpg"]
    parts["Micro_Expression/docs"] = ["1.jpg"]
    reading = read(tmp_path, parts)
    assert list(found(reading)) == ["S01-01-001"]
    wanted = ["file-without-number", "folder-unknown", "no-frames", "video-twice", "video-without-rows"]
    assert codes(reading) == [*wanted, "wrong-subject"]


def test_build_and_read_back(tmp_path):
    root = mmew.write(tmp_path / "archive")
    for variant in ("", "as_published"):
        build_dataset("mmew", variant, tmp_path / "data", Silent(), archive=root)
    dataset = open_dataset("mmew", "", tmp_path / "data", Silent())
    assert dataset.subjects == ("S01", "S03", "S12")
    for video, entry in zip(dataset.videos, ENTRIES, strict=True):
        folder = root / "MMEW_Final/Micro_Expression" / entry.place()
        assert [bytes(data) for data in video.frames.encoded(0, len(video.frames))] == [
            (folder / name).read_bytes() for name in entry.names
        ]
        (e,) = video.info.expressions
        wanted = (0, entry.apex - entry.onset, entry.offset - entry.onset, str(entry.onset))
        assert (e.onset, e.apex, e.offset, e.raw_onset) == wanted
    published = open_dataset("mmew", "as_published", tmp_path / "data", Silent())
    assert [v.content_key for v in published.videos] == [v.content_key for v in dataset.videos]
    assert published.videos[2].info.expressions[0].fine == "others"
    source = tfds.data_source("mmew/videos", data_dir=tmp_path / "data", split="full")
    assert sorted(element["video_id"].decode() for element in source) == list(WHOLE)


def test_an_archive_that_cannot_be_built_says_why(tmp_path):
    root = mmew.write(tmp_path / "archive")
    (root / "MMEW_Final/MMEW_Micro_Exp.xlsx").unlink()
    with pytest.raises(MebenchError, match="annotation table") as raised:
        build_dataset("mmew", "", tmp_path / "data", Silent(), archive=root)
    assert "mebench data check mmew" in str(raised.value)


CELLS = st.one_of(
    st.none(),
    st.integers(-3, 9000),
    st.sampled_from(["", "0", "/", "../x", "S01-01-001", "S12-02-004", "others", "😀", 1e30, 10**9, -(10**9)]),
    st.floats(-5, 400),
    st.booleans(),
)


@st.composite
def tables(draw):
    """The sheet's rows shuffled and repeated, cells replaced and swapped, sometimes in the header too."""
    header, *below = mmew.rows()
    rows = [list(row) for row in draw(st.permutations(below))]
    rows += [list(rows[i]) for i in draw(st.lists(st.integers(0, len(rows) - 1), max_size=2))]
    places = st.tuples(st.integers(0, len(rows) - 1), st.integers(0, len(header) - 1))
    for (i, j), cell in draw(st.lists(st.tuples(places, CELLS), max_size=8)):
        rows[i][j] = cell
    for (i, j), (k, m) in draw(st.lists(st.tuples(places, places), max_size=3)):
        rows[i][j], rows[k][m] = rows[k][m], rows[i][j]
    header = list(header)
    if draw(st.integers(0, 5)) == 0:
        header[draw(st.integers(0, len(header) - 1))] = draw(CELLS)
    return [header, *rows]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return mmew.write(tmp_path_factory.mktemp("mmew"), table="t.csv")


NUMBER = itertools.count()


@settings(max_examples=share(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables(), st.sampled_from(["", "as_published"]))
def test_any_table_gives_a_dataset_or_a_sentence(archive, tmp_path, rows, variant):
    mmew.write_table(archive / "t.csv", rows)
    builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=tmp_path / str(next(NUMBER)))
    builds_or_says(builder, archive)


@settings(max_examples=share(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(ENTRIES))
def test_order_of_rows_does_not_matter(tmp_path, entries):
    readings = []
    for order in (ENTRIES, entries):
        mmew.write_table(tmp_path / "t.csv", mmew.rows(order))
        readings.append(read(tmp_path, mmew.folders()))
    assert unnumbered(readings[0]) == unnumbered(readings[1])
