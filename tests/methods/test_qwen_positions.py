"""mRoPE positions: every mode against the library version that it is named for."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qwen_input_cases import END, IMAGE, POSITIONS, START, made_grids, made_ids

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.positions import MROPE_MODES, rope_positions

GOLDEN = Path(__file__).parents[1] / "golden" / "qwen_inputs"
NO_GRIDS, NO_SECONDS = np.zeros((0, 3), np.int32), np.zeros(0)


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("mode", "version"), [("qwen", "4.49.0"), ("hf4", "4.57.6"), ("hf5_17", "5.17.0"), ("hf5", "5.23.0")]
)
def test_as_the_library(mode, version):
    golden = json.loads((GOLDEN / f"transformers-{version}.json").read_text(encoding="utf-8"))
    assert golden["mode"] == mode
    for parts, want in zip(POSITIONS, golden["positions"], strict=True):
        rows, following = rope_positions(made_ids(parts), *made_grids(parts), mode)
        assert rows.tolist() == want["rows"], parts
        assert following == want["next"], parts


def test_modes_differ_where_they_should():
    tables = {}
    for mode in MROPE_MODES:
        parts = [2, ("v", (3, 4, 4), 2.5), 2]
        tables[mode] = rope_positions(made_ids(parts), *made_grids(parts), mode)[0]
    time = {mode: table[0, 3:15:4].tolist() for mode, table in tables.items()}
    assert time == {"qwen": [3, 8, 13], "hf4": [3, 7, 11], "hf5_17": [3, 7, 11], "hf5": [3, 8, 13]}
    after = {mode: table[0, 15] for mode, table in tables.items()}
    assert after == {"qwen": 14, "hf4": 12, "hf5_17": 5, "hf5": 5}


@pytest.mark.smoke
@pytest.mark.parametrize(("mode", "after"), [("qwen", 132), ("hf4", 132), ("hf5_17", 18), ("hf5", 18)])
def test_an_answer_goes_on_from_the_last_token(mode, after):
    """The numbers are those of the first new token in transformers 4.49, 4.57, 5.17 and 5.23 (model.generate)."""
    parts = [1, ("v", (30, 4, 4), 1.0), 1, ("v", (30, 4, 4), 1.0), 1, ("i", (1, 6, 8)), 1]
    rows, following = rope_positions(made_ids(parts), *made_grids(parts), mode)
    assert following == after == rows[0, -1] + 1
    assert (following < rows.max()) == mode.startswith("hf5")


@pytest.mark.parametrize("mode", MROPE_MODES)
def test_an_answer_needs_text_before_it(mode):
    parts = [1, ("i", (1, 6, 8))]
    with pytest.raises(MebenchError, match="the prompt ends on a picture"):
        rope_positions(made_ids(parts)[:-1], *made_grids(parts), mode)


@given(st.integers(0, 40), st.sampled_from(MROPE_MODES))
def test_text_counts_up(n, mode):
    rows, following = rope_positions(np.arange(n), NO_GRIDS, NO_GRIDS, NO_SECONDS, mode)
    assert rows.tolist() == [list(range(n))] * 3
    assert following == n


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=4))
def test_pictures_do_not_depend_on_the_mode(grids):
    parts = [3]
    for _, h, w in grids:
        parts += [("i", (1, 2 * h, 2 * w)), 1]
    found = [rope_positions(made_ids(parts), *made_grids(parts), mode) for mode in MROPE_MODES]
    assert all(np.array_equal(found[0][0], other[0]) and found[0][1] == other[1] for other in found)
    assert (np.diff(found[0][0][:, -2:]) == 1).all()


def test_placeholders_and_grids_must_fit():
    ids = np.array([1, START, IMAGE, IMAGE, END])
    with pytest.raises(MebenchError, match="2 placeholders in a row"):
        rope_positions(ids, np.array([[1, 2, 2]]), NO_GRIDS, NO_SECONDS)
    with pytest.raises(MebenchError, match="more runs of placeholders than pictures"):
        rope_positions(ids, NO_GRIDS, NO_GRIDS, NO_SECONDS)
    with pytest.raises(MebenchError, match="1 more pictures"):
        rope_positions(ids, np.array([[1, 2, 4], [1, 2, 4]]), NO_GRIDS, NO_SECONDS)
    with pytest.raises(MebenchError, match="'hf6'"):
        rope_positions(ids, np.array([[1, 2, 4]]), NO_GRIDS, NO_SECONDS, "hf6")
