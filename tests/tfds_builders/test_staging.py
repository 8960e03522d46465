"""Shards of an unfinished build: when they count, how they are named in the dataset, what is cleared away."""

import errno
import os

import pytest
from fixtures.damages import DAMAGES
from hypothesis import given
from hypothesis import strategies as st

from mebench.errors import MebenchError
from tfds_builders.staging import Staging, stamp_of


def put(text):
    """Return a function that writes a text and says that it has two elements."""

    def write(path):
        path.write_text(text)
        return 2

    return write


@pytest.fixture
def staged(tmp_path):
    staged = Staging(tmp_path / ".staging")
    staged.write("a", put("first"))
    staged.write("b", put("second"))
    return staged


def names(staged):
    return sorted(path.name for path in staged.folder.iterdir())


def test_a_shard_counts_when_it_is_whole(staged):
    assert [staged.length(stamp) for stamp in "abc"] == [2, 2, None]
    assert names(staged) == ["a.json", "a.shard", "b.json", "b.shard"]


@pytest.mark.parametrize(
    ("name", "text"), [("a.shard", "firs"), ("a.json", "{"), ("a.json", "{}"), ("a.json", "[]"), ("a.json", "\xff")]
)
def test_a_shard_that_is_damaged_does_not_count(staged, name, text):
    (staged.folder / name).write_text(text, encoding="latin-1")
    assert staged.length("a") is None
    staged.sweep()
    assert names(staged) == ["b.json", "b.shard"]


def test_a_shard_without_its_sidecar_does_not_count_nor_the_other_way_round(staged):
    (staged.folder / "a.json").unlink()
    (staged.folder / "b.shard").unlink()
    assert [staged.length("a"), staged.length("b")] == [None, None]
    staged.sweep()
    assert not staged.folder.exists()


def test_a_write_that_fails_leaves_nothing(staged):
    def fail(path):
        path.write_text("half")
        raise MebenchError("bad source")

    with pytest.raises(MebenchError, match="bad source"):
        staged.write("c", fail)
    assert staged.length("c") is None
    assert names(staged) == ["a.json", "a.shard", "b.json", "b.shard"]


def test_sweep_keeps_what_is_asked_for(staged):
    (staged.folder / "b.0123.part").write_text("half")
    staged.sweep(keep=["b", "c"])
    assert names(staged) == ["b.json", "b.shard"]


def test_publish_copies_nothing_and_keeps_the_shards(staged, tmp_path):
    target = tmp_path / "x-00000"
    before = (staged.folder / "b.shard").stat().st_ino
    assert staged.publish(["b"], [target]) == [2]
    assert target.stat().st_ino == before
    assert staged.length("b") == 2
    staged.drop()
    assert target.read_text() == "second"
    assert not staged.folder.exists()


def test_publish_moves_where_there_are_no_hard_links(staged, tmp_path, monkeypatch):
    def refuse(source, target):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    before = (staged.folder / "a.shard").stat().st_ino
    assert staged.publish(["a"], [tmp_path / "x"]) == [2]
    assert (tmp_path / "x").stat().st_ino == before
    assert staged.length("a") is None


def test_publish_refuses_what_is_not_there(staged, tmp_path):
    with pytest.raises(MebenchError, match="the source changed while it was built; start the build again"):
        staged.publish(["a", "c"], [tmp_path / "x", tmp_path / "y"])


@given(st.dictionaries(st.text(), st.one_of(st.integers(), st.floats(allow_nan=False), st.text())))
def test_stamps_do_not_depend_on_order(facts):
    stamp = stamp_of(facts)
    assert stamp == stamp_of(dict(reversed(facts.items())))
    assert stamp != stamp_of({**facts, "one more": 1} if "one more" not in facts else {})


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("which", ["shard", "json"])
def test_finished_shards_that_are_damaged_are_named_and_removed(staged, name, which):
    assert (staged.drop_damaged(), staged.length("a")) == ([], 2)
    path = staged.folder / f"a.{which}"
    DAMAGES[name](path, path.with_stem("b"))
    said = staged.drop_damaged()
    assert said[0].startswith(f"{path} is damaged (")
    assert len(said) == (2 if name == "swapped" else 1)
    assert names(staged) == ([] if name == "swapped" else ["b.json", "b.shard"])
