"""SMIC-E built and read back; whatever the table holds, there is a dataset or a sentence."""

import itertools

import pytest
import tensorflow_datasets as tfds
from fixtures.archives import smic_e_long
from fixtures.archives.listed import listed
from fixtures.archives.outcome import builds_or_says, unnumbered
from fixtures.archives.smic_e_long import ENTRIES, VIS_ENTRIES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.data.builders import build_dataset
from mebench.data.source import open_dataset
from mebench.errors import MebenchError
from mebench.progress import Silent
from tfds_builders.smic_e_long.smic_e_long_dataset_builder import Builder

FEW = ENTRIES[2:6]


def encoded(frames):
    return [bytes(data) for data in frames.encoded(0, len(frames))]


def test_build_and_read_back(tmp_path):
    root = smic_e_long.write_other(smic_e_long.write(tmp_path / "archive", FEW), "VIS")
    for variant in ("", "mean", "vis"):
        build_dataset("smic_e_long", variant, tmp_path / "data", Silent(), archive=root)
    dataset = open_dataset("smic_e_long", "", tmp_path / "data", Silent())
    assert dataset.subjects == ("s04", "s05", "s09", "s18")
    entries = {f"s{int(e.folder[1:3]):02d}_{e.clip.partition('_')[2]}": e for e in FEW}
    for video in dataset.videos:
        entry = entries.pop(video.info.video_id)
        folder = root / "SMIC-E_raw image/HS_long/SMIC-HS-E" / entry.folder
        assert encoded(video.frames) == [(folder / name).read_bytes() for name in smic_e_long.files(entry)]
        assert video.info.first_number == entry.first
    assert not entries
    second, first = dataset.videos[-1].info.expressions
    assert (second.onset, second.offset, second.raw_onset, second.raw_offset) == (10, 25, "2200110", "2200125")
    assert (first.coarse, len(first.repairs)) == ("surprise", 1)
    mean = open_dataset("smic_e_long", "mean", tmp_path / "data", Silent())
    assert [video.content_key for video in mean.videos] == [video.content_key for video in dataset.videos]
    assert [e.coarse for e in mean.videos[-1].info.expressions] == ["negative"]
    vis = open_dataset("smic_e_long", "vis", tmp_path / "data", Silent())
    assert [(v.info.fps, v.info.num_frames) for v in vis.videos] == [(25.0, 40)] * len(VIS_ENTRIES)
    source = tfds.data_source("smic_e_long/videos", data_dir=tmp_path / "data", split="full")
    wanted = [video.info.video_id for video in dataset.videos]
    assert sorted(element["video_id"].decode() for element in source) == wanted


def test_an_archive_that_cannot_be_built_says_why(tmp_path):
    root = smic_e_long.write(tmp_path / "archive", FEW[:1])
    with pytest.raises(MebenchError, match="annotation table of NIR") as raised:
        build_dataset("smic_e_long", "nir", tmp_path / "data", Silent(), archive=root)
    assert "mebench data check smic_e_long" in str(raised.value)
    assert not Builder(config="nir_videos", data_dir=tmp_path).audit(root).usable


def test_variants():
    assert set(Builder.CHOICES) == {
        *("", "mean", "as_published", "orig", "orig_as_published"),
        *("vis", "vis_mean", "vis_as_published", "nir", "nir_mean", "nir_as_published"),
    }


def test_runnable_archive_has_what_its_scenes_have(tmp_path):
    root = smic_e_long.write_runnable(tmp_path / "archive", "VIS")
    reading = Builder(config="vis_videos", data_dir=tmp_path).read(listed(root, {}), Builder.CHOICES["vis"])
    assert {f.code for f in reading.findings} <= {"micro-too-long"}
    every = [(v.info.subject, e.coarse) for v in reading.videos for e in v.info.expressions]
    assert sorted(every) == [(s, c) for s in ("s01", "s02", "s03") for c in ("negative", "positive", "surprise")]


CELLS = st.one_of(
    st.none(),
    st.integers(-3, 10**6),
    st.sampled_from(["", "0", "?", "../x", "s1_ne_01", "s9_sur_01", "positive", "MISSING <-1", "😀", 1e30]),
    st.sampled_from([950_10, 950_30, 219_001]),
    st.floats(-5, 70),
    st.booleans(),
)


@st.composite
def tables(draw):
    """Rows of the sheet HS shuffled and repeated, cells replaced and swapped, sometimes in the header too."""
    header, *below = smic_e_long.hs_rows(ENTRIES)[: len(ENTRIES) + 1]
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
    return smic_e_long.write(tmp_path_factory.mktemp("smic_e_long"), ENTRIES[1:4], table="t.csv")


NUMBER = itertools.count()


@settings(max_examples=share(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables(), st.sampled_from(["", "mean", "as_published", "orig"]))
def test_any_table_gives_a_dataset_or_a_sentence(archive, tmp_path, rows, variant):
    smic_e_long.write_table(archive / "t.csv", {"HS": rows})
    builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=tmp_path / str(next(NUMBER)))
    builds_or_says(builder, archive)


@settings(max_examples=share(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(ENTRIES))
def test_order_of_rows_does_not_matter(tmp_path, entries):
    folders = {f"HS_long/{e.folder}": smic_e_long.files(e) for e in ENTRIES}
    readings = []
    for order in (ENTRIES, entries):
        smic_e_long.write_table(tmp_path / "t.csv", {"HS": smic_e_long.hs_rows(order)})
        builder = Builder(config="videos", data_dir=tmp_path)
        readings.append(builder.read(listed(tmp_path, folders), Builder.CHOICES[""]))
    assert unnumbered(readings[0]) == unnumbered(readings[1])
