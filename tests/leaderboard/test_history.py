"""What git remembers: records and published rows that were committed must still be there."""

import json
import shutil
import subprocess

import pytest

from mebench.leaderboard.history import history_faults, history_of


def git(folder, *arguments):
    author = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *author, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder):
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "more")


def published(*rows, source="s", errata=(), notes=("a note",)):
    document = {"source": source, "columns": ["method", "f1"], "rows": rows}
    return json.dumps(document | {"errata": errata, "notes": notes})


ERRATUM = {"row": {"method": "x"}, "column": "f1", "note": "too good"}


@pytest.fixture
def board(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    root = tmp_path / "leaderboard"
    for path, text in (
        ("records/a.json", "{}"),
        ("statistics/b.json", "[]"),
        ("predictions/c.csv", "a"),
        ("published/p.json", published(["x", 1], errata=[ERRATUM])),
        ("rules.toml", "version = 1"),
        ("closed.toml", "reason = 1"),
        ("made.csv", "rendered"),
    ):
        file = root / "made/v1" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (root / "README.md").write_text("read me")
    commit(tmp_path)
    return root


def faults(root):
    return {fault.path.removeprefix("made/v1/"): fault.text for fault in history_faults(root, history_of(root))}


def test_what_was_committed_and_stays_is_no_fault(board):
    assert faults(board) == {}
    (board / "made/v1/records/new.json").write_text("{}")
    assert faults(board) == {}


def test_a_record_that_was_changed_or_removed(board):
    (board / "made/v1/records/a.json").write_text("{ }")
    (board / "made/v1/statistics/b.json").unlink()
    assert set(faults(board)) == {"records/a.json", "statistics/b.json"}
    commit(board.parent)
    found = faults(board)
    assert found["records/a.json"].startswith("is not what was committed")
    assert found["statistics/b.json"].startswith("was committed and is gone")


def test_a_change_that_a_merge_brought(board):
    git(board.parent, "checkout", "-q", "-b", "other")
    (board / "made/v1/records/c.json").write_text("1")
    commit(board.parent)
    git(board.parent, "checkout", "-q", "main")
    git(board.parent, "merge", "-q", "--no-ff", "--no-commit", "other")
    (board / "made/v1/records/c.json").write_text("2")
    commit(board.parent)
    assert set(faults(board)) == {"records/c.json"}


def test_published_rows_may_be_added_not_changed(board):
    path = board / "made/v1/published/p.json"
    path.write_text(published(["x", 1], ["y", 2], errata=[ERRATUM, ERRATUM | {"note": "more"}], notes=["b", "a note"]))
    assert faults(board) == {}
    path.write_text(published(["x", 1.5], errata=[ERRATUM]))
    assert "row x was committed and is changed or gone" in faults(board)["published/p.json"]
    path.unlink()
    assert "published/p.json" in faults(board)
    (path.parent / "moved.json").write_text(published(["x", 1], errata=[ERRATUM]))
    assert faults(board) == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            published(["x", 1], source="another paper", errata=[ERRATUM]),
            "the row x was committed and is changed or gone",
        ),
        (published(["x", 1]), "the erratum of x was committed and is changed or gone; restore it, add another"),
        (published(["x", 1], errata=[ERRATUM | {"note": "good"}]), "the erratum of x was committed"),
        (published(["x", 1], errata=[ERRATUM], notes=()), "the note 'a note' was committed and is changed or gone"),
        ("{", "the row x was committed and is changed or gone"),
        ("[]", "the note 'a note' was committed"),
    ],
)
def test_what_stands_beside_published_rows_stays(board, text, sentence):
    path = board / "made/v1/published/p.json"
    path.write_text(text)
    found = [fault.text for fault in history_faults(board, history_of(board))]
    assert any(sentence in one for one in found)
    commit(board.parent)
    assert any(sentence in fault.text for fault in history_faults(board, history_of(board)))


@pytest.mark.parametrize("name", ["rules.toml", "closed.toml", "predictions/c.csv"])
def test_files_of_a_version_that_never_change(board, name):
    """Rules too: also of a version that has no record whose hash would say it."""
    path = board / "made/v1" / name
    path.write_text("another")
    commit(board.parent)
    assert faults(board)[name].startswith("is not what was committed; restore it with git")
    path.unlink()
    commit(board.parent)
    assert faults(board)[name].startswith("was committed and is gone; restore it with git")


def test_a_version_or_the_readme_that_was_removed(board):
    shutil.rmtree(board / "made")
    (board / "README.md").write_text("rewritten")
    commit(board.parent)
    assert {"rules.toml", "records/a.json", "published/p.json"} <= set(faults(board))
    (board / "README.md").unlink()
    assert faults(board)["README.md"] == "was committed and is gone; restore it with git"


def test_tables_are_derived_and_may_change(board):
    (board / "made/v1/made.csv").unlink()
    assert faults(board) == {}


def test_where_there_is_no_history(tmp_path, board):
    outside = tmp_path.parent / f"{tmp_path.name}_outside"
    outside.mkdir()
    assert history_of(outside).unknown.startswith("history was not checked: there is no git repository")
    git(outside, "init", "-q")
    assert "nothing is committed yet" in history_of(outside).unknown
    commit_again = board / "made/v1/records/z.json"
    commit_again.write_text("0")
    commit(tmp_path)
    git(outside, "clone", "-q", "--depth", "1", tmp_path.as_uri(), "shallow")
    assert "the clone is shallow" in history_of(outside / "shallow" / "leaderboard").unknown
