"""CAS(ME)^2 built and read back; whatever the table holds, there is a dataset or a sentence."""

import itertools

import pytest
import tensorflow_datasets as tfds
from fixtures.archives import casme_sq
from fixtures.archives.casme_sq import ROWS
from fixtures.archives.listed import listed
from fixtures.archives.outcome import builds_or_says, unnumbered
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.data.builders import build_dataset
from mebench.data.source import open_dataset
from mebench.errors import MebenchError
from mebench.progress import Silent
from tfds_builders.casme_sq.casme_sq_dataset_builder import Builder


def encoded(frames):
    return [bytes(data) for data in frames.encoded(0, len(frames))]


def test_build_and_read_back(tmp_path):
    root = casme_sq.write(
        tmp_path / "archive", rows=[*ROWS, (1, "anger1_9", 41, 50, 0, 1, "surprise", casme_sq.MACRO, "")]
    )
    for variant in ("", "mean"):
        build_dataset("casme_sq", variant, tmp_path / "data", Silent(), archive=root)
    dataset = open_dataset("casme_sq", "", tmp_path / "data", Silent())
    assert dataset.subjects == ("s15", "s16", "s23", "s25")
    for video in dataset.videos:
        (folder,) = (root / "rawpic").glob(f"*/{video.info.subject[1:]}_{video.info.video}*")
        names = [casme_sq.file_name(n) for n in range(1, video.info.num_frames + 1)]
        assert encoded(video.frames) == [(folder / name).read_bytes() for name in names]
    by_id = {video.info.video_id: video.info for video in dataset.videos}
    first, second, third = by_id["s15_0401"].expressions
    assert (first.onset, first.apex, first.offset, first.aus) == (4, 8, 13, ("AU4", "AU10", "AU14"))
    assert (second.kind, second.coarse, second.repairs) == ("micro", "others", ())
    assert (third.onset, third.offset, third.raw_offset) == (40, 58, "0")
    assert third.repairs == ("no offset: offset := 59 (2 apex - onset)",)
    assert by_id["s15_0508"].expressions == ()
    mean = open_dataset("casme_sq", "mean", tmp_path / "data", Silent())
    assert [video.content_key for video in mean.videos] == [video.content_key for video in dataset.videos]
    assert mean.videos[1].info.expressions[2].offset == 49
    source = tfds.data_source("casme_sq/videos", data_dir=tmp_path / "data", split="full")
    assert sorted(element["video_id"].decode() for element in source) == sorted(by_id)


def test_the_audit_of_an_archive_that_cannot_be_built_says_why(tmp_path):
    root = casme_sq.write(tmp_path / "archive")
    (root / "CAS(ME)^2code_final.xlsx").unlink()
    with pytest.raises(MebenchError, match="annotation table") as raised:
        build_dataset("casme_sq", "", tmp_path / "data", Silent(), archive=root)
    assert "mebench data check casme_sq" in str(raised.value)
    assert not Builder(config="videos", data_dir=tmp_path).audit(root).usable


def test_runnable_archive_has_what_its_scenes_have(tmp_path):
    root = casme_sq.write_runnable(tmp_path / "archive")
    audit = Builder(config="videos", data_dir=tmp_path / "data").audit(root)
    assert {f.code for f in audit.findings} <= {"micro-too-long", "overlap"}
    reading = Builder(config="videos", data_dir=tmp_path / "data").read(listed(root, {}), Builder.CHOICES[""])
    every = [e for v in reading.videos for e in v.info.expressions]
    assert len(reading.videos) == 6
    assert {e.coarse for e in every if e.kind == "micro"} == {"negative", "positive", "surprise"}
    for subject in ("s15", "s16", "s19"):
        assert sum(len(v.info.micro) for v in reading.videos if v.info.subject == subject) >= 2


CELLS = st.one_of(
    st.none(),
    st.integers(-3, 70),
    st.sampled_from(
        ["", "0", "12", "/", "\\", "../x", "anger1_1", "happy5_3", "macro-expression", "positive", "😀", 1e30]
    ),
    st.floats(-5, 70),
    st.booleans(),
)


@st.composite
def tables(draw):
    """ROWS with rows shuffled and repeated, cells replaced and swapped."""
    rows = [list(row) for row in draw(st.permutations(ROWS))]
    rows += [list(rows[i]) for i in draw(st.lists(st.integers(0, len(rows) - 1), max_size=2))]
    places = st.tuples(st.integers(0, len(rows) - 1), st.integers(0, 8))
    for (i, j), cell in draw(st.lists(st.tuples(places, CELLS), max_size=8)):
        rows[i][j] = cell
    for (i, j), (k, m) in draw(st.lists(st.tuples(places, places), max_size=3)):
        rows[i][j], rows[k][m] = rows[k][m], rows[i][j]
    return rows


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return casme_sq.write(tmp_path_factory.mktemp("casme_sq"), table="t.csv")


NUMBER = itertools.count()


@settings(max_examples=share(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables(), st.sampled_from(["", "mean", "as_published"]))
def test_any_table_gives_a_dataset_or_a_sentence(archive, tmp_path, rows, variant):
    casme_sq.write_table(archive / "t.csv", rows)
    builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=tmp_path / str(next(NUMBER)))
    builds_or_says(builder, archive)


@settings(max_examples=share(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(ROWS))
def test_order_of_rows_does_not_matter(tmp_path, archive, rows):
    folders = {
        f"rawpic/{folder}": [casme_sq.file_name(n) for n in range(1, last + 1)]
        for folder, last in casme_sq.VIDEOS.items()
    }
    readings = []
    for order in (ROWS, rows):
        casme_sq.write_table(tmp_path / "t.csv", order)
        builder = Builder(config="videos", data_dir=tmp_path)
        readings.append(builder.read(listed(tmp_path, folders), Builder.CHOICES[""]))
    assert unnumbered(readings[0]) == unnumbered(readings[1])
