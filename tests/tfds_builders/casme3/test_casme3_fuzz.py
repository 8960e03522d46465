"""Whatever a table of CAS(ME)^3 holds: a reading, and a dataset or a sentence."""

import contextlib
import shutil
from pathlib import Path

import pytest
from fixtures.archives import casme3
from fixtures.archives.workbooks import write_csv
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.data.builders import build_dataset
from mebench.errors import MebenchError
from mebench.progress import Silent
from tfds_builders.archives.tree import scan
from tfds_builders.casme3.casme3_dataset_builder import Builder
from tfds_builders.casme3.part_a import read_part_a
from tfds_builders.casme3.part_c import read_part_c

CELLS = st.one_of(
    st.none(),
    st.integers(-(10**31), 10**31),
    st.floats(),
    st.sampled_from(["spNO.1", "a", "../x", "0", "-1", "12.5", "\U0001f642", "Others", "Micro", "9" * 40, "=1+1"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=8),
)
XLS = casme3.xls_rows(casme3.ROWS)
INDEX = casme3.index_rows(casme3.ROWS)
CRIME = [("sub", "count", "onset", "offset", "au", "emotion"), *casme3.CRIME_ROWS]


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    root = tmp_path_factory.mktemp("images")
    casme3.write(root)
    casme3.write_part_c(root, crime=False, organize=False)
    shutil.rmtree(root / "annotation")
    return root


@st.composite
def spoilt(draw, rows):
    """The rows of a table, shuffled, some twice, some cells replaced; the header stays."""
    header, *body = rows
    order = draw(st.lists(st.integers(0, len(body) - 1), max_size=len(body) + 2))
    kept = [list(body[i]) for i in order]
    for _ in range(draw(st.integers(0, 4)) if kept else 0):
        row = draw(st.integers(0, len(kept) - 1))
        kept[row][draw(st.integers(0, len(header) - 1))] = draw(CELLS)
    return [list(header), *kept]


def put(images: Path, **tables):
    for name, rows in tables.items():
        write_csv(images / f"{name}.csv", rows)
    return scan(images)


@settings(max_examples=share(40), deadline=None)
@given(spoilt(XLS), spoilt(INDEX), spoilt(CRIME), st.sampled_from(sorted(Builder.CHOICES)))
def test_any_table_gives_a_reading(images, xls, index, crime, variant):
    choice = Builder.CHOICES[variant]
    result = (read_part_c if choice.pixels == "part_c" else read_part_a)(
        put(images, xls=xls, index=index, crime=crime), choice
    )
    for video in result.videos:
        for e in video.info.expressions:
            assert 0 <= e.onset <= e.offset < video.info.num_frames
            assert -1 <= e.apex < video.info.num_frames


@settings(max_examples=share(8), deadline=None)
@given(spoilt(XLS), spoilt(INDEX))
def test_any_table_gives_a_dataset_or_a_sentence(images, tmp_path_factory, xls, index):
    put(images, xls=xls, index=index)
    with contextlib.suppress(MebenchError):
        build_dataset("casme3", "", tmp_path_factory.mktemp("built"), Silent(), archive=images)


@settings(max_examples=share(10), deadline=None)
@given(st.permutations(XLS[1:]), st.permutations(INDEX[1:]))
def test_the_order_of_rows_does_not_matter(images, xls, index):
    def plain(tree):
        videos = read_part_a(tree, Builder.CHOICES[""]).videos
        return [
            [(e.onset, e.apex, e.offset, e.kind, e.emotion, e.aus) for e in video.info.expressions] for video in videos
        ]

    expected = plain(put(images, xls=XLS, index=INDEX))
    assert plain(put(images, xls=[XLS[0], *xls], index=[INDEX[0], *index])) == expected
