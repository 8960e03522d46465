"""What git remembers: records and published rows that were committed must still be there."""

import json
import subprocess

import pytest

from mebench.leaderboard.history import history_faults, history_of


def git(folder, *arguments):
    author = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *author, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder):
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "more")


def published(*rows):
    return json.dumps({"source": "s", "columns": ["method", "f1"], "rows": rows})


@pytest.fixture
def board(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    root = tmp_path / "leaderboard"
    for path, text in (
        ("records/a.json", "{}"),
        ("statistics/b.json", "[]"),
        ("published/p.json", published(["x", 1])),
    ):
        file = root / "made/v1" / path
        file.parent.mkdir(parents=True)
        file.write_text(text)
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
    path.write_text(published(["x", 1], ["y", 2]))
    assert faults(board) == {}
    path.write_text(published(["x", 1.5]))
    assert "row x was committed and is changed or gone" in faults(board)["published/p.json"]
    path.unlink()
    assert "published/p.json" in faults(board)
    (path.parent / "moved.json").write_text(published(["x", 1]))
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
