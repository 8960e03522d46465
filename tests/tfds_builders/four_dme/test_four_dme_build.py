"""4DME built from an archive and read back; any table whatever gives a dataset or a sentence."""

import contextlib

import pytest
import tensorflow_datasets as tfds
from fixtures.archives import four_dme
from fixtures.archives.workbooks import write_csv
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.data.builders import build_dataset
from mebench.data.source import open_dataset
from mebench.errors import MebenchError
from mebench.progress import Silent
from tfds_builders.archives.tree import scan
from tfds_builders.four_dme.four_dme_dataset_builder import Builder, read_long, read_micro

CELLS = st.one_of(
    st.none(),
    st.integers(-(10**31), 10**31),
    st.floats(),
    st.sampled_from(["S13", "1st_001", "../x", "0", "12.5", "\U0001f642", "Surprise+", "micro", "9" * 40, "=1+1", "+"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=8),
)
LONG = [four_dme.LONG_HEADER, *four_dme.LONG_ROWS]
MICRO = [four_dme.MICRO_HEADER, *four_dme.MICRO_ROWS]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return four_dme.write(tmp_path_factory.mktemp("four_dme"))


@pytest.mark.parametrize("variant", ["", "micro"])
def test_what_is_built_comes_back(variant, archive, tmp_path):
    build_dataset("four_dme", variant, tmp_path, Silent(), archive=archive)
    videos = open_dataset("four_dme", variant, tmp_path, Silent()).videos
    for video in videos:
        info = video.info
        (folder,) = [
            path for path in archive.rglob(info.video) if ("long" in path.as_posix()) == (variant == "")
            and path.parent.name == info.subject
        ]  # fmt: skip
        files = [
            (folder / f"Frame_{n:09d}.jpg").read_bytes()
            for n in range(info.first_number, info.first_number + info.num_frames)
        ]
        assert video.frames.encoded(0, info.num_frames) == files
    first = videos[0].info
    expression = first.expressions[0]
    assert (expression.onset, expression.apex, expression.offset) == ((4, 10, 19) if variant == "" else (0, 6, 15))
    assert (expression.raw_row, expression.raw_onset, expression.raw_aus) == (2, "1830", "AU1+AU2")
    config = f"{variant}_videos".lstrip("_")
    assert len(tfds.data_source(f"four_dme/{config}", data_dir=tmp_path)["full"]) == len(videos)


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    root = four_dme.write(tmp_path_factory.mktemp("images"))
    for path in root.rglob("*.xlsx"):
        path.unlink()
    return root


@st.composite
def spoilt(draw, rows):
    """The rows of a table, shuffled, some twice, some cells replaced, now and then in the header too."""
    order = draw(st.lists(st.integers(1, len(rows) - 1), max_size=len(rows) + 1))
    kept = [list(rows[i]) for i in (0, *order)]
    for _ in range(draw(st.integers(0, 4))):
        row = draw(st.integers(0, len(kept) - 1))
        kept[row][draw(st.integers(0, len(rows[0]) - 1))] = draw(CELLS)
    return kept


def put(images, long, micro):
    write_csv(images / "long.csv", long)
    write_csv(images / "micro.csv", micro)
    return scan(images)


@settings(max_examples=share(40), deadline=None)
@given(spoilt(LONG), spoilt(MICRO), st.sampled_from(sorted(Builder.CHOICES)))
def test_any_table_gives_a_reading(images, long, micro, variant):
    choice = Builder.CHOICES[variant]
    result = (read_micro if choice.pixels == "micro" else read_long)(put(images, long, micro), choice)
    for video in result.videos:
        for e in video.info.expressions:
            assert 0 <= e.onset <= e.offset < video.info.num_frames
            assert -1 <= e.apex < video.info.num_frames


@settings(max_examples=share(8), deadline=None)
@given(spoilt(LONG), spoilt(MICRO), st.sampled_from(["", "micro"]))
def test_any_table_gives_a_dataset_or_a_sentence(images, tmp_path_factory, long, micro, variant):
    put(images, long, micro)
    with contextlib.suppress(MebenchError):
        build_dataset("four_dme", variant, tmp_path_factory.mktemp("built"), Silent(), archive=images)


@settings(max_examples=share(10), deadline=None)
@given(st.permutations(LONG[1:]), st.permutations(MICRO[1:]))
def test_the_order_of_rows_does_not_matter(images, long, micro):
    def plain(tree):
        videos = (*read_long(tree, Builder.CHOICES[""]).videos, *read_micro(tree, Builder.CHOICES["micro"]).videos)
        return [[(e.onset, e.apex, e.offset, e.kind, e.emotion, e.aus) for e in v.info.expressions] for v in videos]

    expected = plain(put(images, LONG, MICRO))
    assert sum(map(len, expected)) == 8
    assert plain(put(images, [LONG[0], *long], [MICRO[0], *micro])) == expected
