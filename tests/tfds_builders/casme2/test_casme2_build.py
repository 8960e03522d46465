"""CASME II built and read back; whatever the table holds, there is a dataset or a sentence."""

import dataclasses
import itertools

import pytest
import tensorflow_datasets as tfds
from fixtures.archives import casme2
from fixtures.archives.casme2 import ROWS
from fixtures.archives.listed import listed
from fixtures.archives.outcome import builds_or_says
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.data.builders import build_dataset
from mebench.data.source import open_dataset
from mebench.progress import Silent
from tfds_builders.casme2.casme2_dataset_builder import Builder


def test_build_and_read_back(tmp_path):
    root = casme2.write(tmp_path / "archive", releases=("raw", "cropped"))
    for variant in ("", "cropped_mean"):
        build_dataset("casme2", variant, tmp_path / "data", Silent(), archive=root)
    dataset = open_dataset("casme2", "", tmp_path / "data", Silent())
    assert dataset.subjects == ("01", "02", "11")
    for video in dataset.videos:
        folder = root / "CASME2-RAW" / f"sub{video.info.subject}" / video.info.video
        pictures = [(folder / f"img{n}.jpg").read_bytes() for n in range(1, casme2.FRAMES + 1)]
        assert [bytes(data) for data in video.frames.encoded(0, len(video.frames))] == pictures
    first = dataset.videos[1].info.expressions[0]
    assert (first.onset, first.apex, first.offset, first.aus) == (5, 11, 21, ("AU4", "L10"))
    assert (first.raw_row, first.raw_onset, first.raw_aus, first.repairs) == (3, "6", "4+L10", ())
    cropped = open_dataset("casme2", "cropped_mean", tmp_path / "data", Silent())
    assert cropped.videos[0].info.num_frames == 17
    source = tfds.data_source("casme2/cropped_mean_videos", data_dir=tmp_path / "data", split="full")
    assert len(source) == 6


CELLS = st.one_of(
    st.none(),
    st.integers(-3, 30),
    st.sampled_from(["", "0", "12", "/", "\\", "../x", "EP02_01f", "ep03_02", "disgust", "sub01", "?", "😀", 1e30]),
    st.floats(-5, 30),
    st.booleans(),
)


@st.composite
def tables(draw):
    """ROWS with rows shuffled and repeated, cells replaced and swapped."""
    rows = [list(row) for row in draw(st.permutations(ROWS))]
    rows += [list(rows[i]) for i in draw(st.lists(st.integers(0, len(rows) - 1), max_size=2))]
    places = st.tuples(st.integers(0, len(rows) - 1), st.integers(0, 6))
    for (i, j), cell in draw(st.lists(st.tuples(places, CELLS), max_size=8)):
        rows[i][j] = cell
    for (i, j), (k, m) in draw(st.lists(st.tuples(places, places), max_size=3)):
        rows[i][j], rows[k][m] = rows[k][m], rows[i][j]
    return [tuple(row) for row in rows]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return casme2.write(tmp_path_factory.mktemp("casme2"), table="t.csv")


NUMBER = itertools.count()


@settings(max_examples=share(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables(), st.sampled_from(["", "mean", "as_published", "2014"]))
def test_any_table_gives_a_dataset_or_a_sentence(archive, tmp_path, rows, variant):
    casme2.write_table(archive / "t.csv", rows)
    builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=tmp_path / str(next(NUMBER)))
    builds_or_says(builder, archive)


@settings(max_examples=share(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(ROWS))
def test_order_of_rows_does_not_matter(tmp_path, rows):
    raw = [f"img{n}.jpg" for n in range(1, 25)]
    folders = {f"RAW/sub{row[0]}/{row[1]}": raw for row in ROWS}
    found = []
    for order in (ROWS, rows):
        casme2.write_table(tmp_path / "t.csv", order)
        reading = Builder(config="videos", data_dir=tmp_path).read(listed(tmp_path, folders), Builder.CHOICES[""])
        expressions = [[dataclasses.replace(e, raw_row=0) for e in v.info.expressions] for v in reading.videos]
        found.append((expressions, [(v.info.video_id, v.files) for v in reading.videos]))
    assert found[0] == found[1]
