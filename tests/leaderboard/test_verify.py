"""Every figure is derived again; whatever was edited, removed, doubled or left over is found."""

import json
import re
import shutil

import pytest
from fixtures import made_boards as made
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.atomic import write_text
from mebench.leaderboard.add_run import add_run
from mebench.leaderboard.entry import Method, entry_id
from mebench.leaderboard.layout import read_entry
from mebench.leaderboard.render.all import rendered
from mebench.leaderboard.render.tables import tables
from mebench.leaderboard.store import entry_text
from mebench.leaderboard.verify import verify


def render(root):
    for path, text in rendered(tables(root)).items():
        write_text(root / path, text)


@pytest.fixture(scope="module")
def made_board(tmp_path_factory):
    folder = tmp_path_factory.mktemp("board")
    root = made.made_root(folder)
    for name, created in (("a", "2026-01-01"), ("b", "2026-02-01")):
        add_run(root, made.made_run(folder / name, created=created), Method(name="Ours"), "2026-03-01")
    render(root)
    return root


@pytest.fixture
def board(made_board, tmp_path):
    return shutil.copytree(made_board, tmp_path / "leaderboard")


def faults(root):
    return [f"{fault.path}: {fault.text}" for fault in verify(root).faults]


def first(root):
    return next(path for path in sorted(root.rglob("records/*.json")) if read_entry(path).rerun_of is None)


def test_a_sound_board(board):
    found = verify(board)
    assert found.faults == ()
    assert dict(found.counts) == {"made-str/v1": "0 published, 1 bit-identical"}
    assert found.unchecked == ("history was not checked: there is no git repository here",)


@settings(max_examples=share(40), deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(["records", "statistics"]))
def test_one_digit_that_was_edited_is_found(made_board, random, kind):
    path = random.choice(sorted(made_board.rglob(f"{kind}/*.json")))
    data = path.read_text()
    place = random.choice([match.start() for match in re.finditer("[0-9]", data)])
    digit = random.choice([one for one in "0123456789" if one != data[place]])
    path.write_text(data[:place] + digit + data[place + 1 :])
    try:
        assert verify(made_board).faults, (path, place, digit)
    finally:
        path.write_text(data)


def rewritten(path, **values):
    """Write an entry with other values and the name that its content hashes to, as a careful forger would."""
    entry = read_entry(path).model_copy(update=values)
    path.unlink()
    text = entry_text(entry)
    target = path.with_name(f"{entry_id(entry)}.json")
    target.write_text(text)
    return target


def test_a_figure_that_was_forged_with_its_name(board):
    figures = dict(read_entry(first(board)).figures)
    figures["strict.strs"] = figures["strict.strs"].model_copy(update={"value": 0.9})
    path = rewritten(first(board), figures=figures)
    assert any(f"{path.name}: strict.strs is 0.9" in text and "recomputed 0." in text for text in faults(board))


def test_a_run_that_was_forged(board):
    entry = read_entry(first(board))
    record = entry.record.model_copy(update={"code": entry.record.code | {"dirty": True}})
    rewritten(first(board), record=record)
    assert any("the run's code had uncommitted changes" in text for text in faults(board))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"seed": 5}, "seed or hashes are not those of its run's record"),
        ({"predictions_sha256": "0" * 64}, "seed or hashes are not those"),
        ({"record": None}, "source is run, but it has no run's record"),
        ({"benchmark": "other"}, "is a result of other/v1; move it there"),
        ({"table": "other"}, "unknown table of made-str/v1 'other'"),
        ({"rules_sha256": "0" * 64}, "rules.toml changed under this result"),
        ({"rerun_of": "f" * 16}, "is a rerun of ffffffffffffffff, which is not there"),
        ({"statistics_sha256": "0" * 64}, "its statistics are missing (statistics/0000000000000000.json)"),
    ],
)
def test_entries_that_cannot_be(board, values, sentence):
    rewritten(first(board), **values)
    assert any(sentence in text for text in faults(board))


def test_rules_that_changed_under_a_result(board):
    path = board / "made-str/v1/rules.toml"
    path.write_text(path.read_text().replace("bootstrap = 50", "bootstrap = 51"))
    assert any("rules.toml changed under this result" in text for text in faults(board))


def test_doubles_leftovers_and_removals(board):
    folder = board / "made-str/v1"
    rewritten(first(board), added="2026-04-01")
    found = faults(board)
    assert any("which is not there" in text for text in found)  # what was a rerun of it
    (folder / "notes.txt").write_text("mine")
    (folder / "withdrawn").mkdir()
    (folder / "withdrawn/0123456789abcdef.toml").write_text('reason = "x"\ndate = "y"\n')
    found = faults(board)
    assert any("notes.txt: belongs to nothing here; remove it" in text for text in found)
    assert any("0123456789abcdef.toml: withdraws a record that is not there" in text for text in found)


def test_the_same_run_twice(board):
    path = first(board)
    entry = read_entry(path).model_copy(update={"added": "2026-04-01"})
    path.with_name(f"{entry_id(entry)}.json").write_text(entry_text(entry))
    assert any("is the same run as record" in text for text in faults(board))


def test_rendered_files_that_are_old_or_missing(board):
    (board / "index.html").write_text("mine")
    (board / "made-str/v1/made.csv").unlink()
    found = faults(board)
    assert found == [
        "made-str/v1/made.csv: is missing; run mebench leaderboard render",
        "index.html: is not what the records give; run mebench leaderboard render",
    ]
    render(board)
    assert faults(board) == []


def test_files_that_are_no_entries(board):
    path = first(board)
    path.write_text("{")
    (board / "made-str/v1/published").mkdir()
    (board / "made-str/v1/published/p.json").write_text(json.dumps({"rows": []}))
    found = faults(board)
    assert any("is no record of a leaderboard" in text for text in found)
    assert any("holds no published figures: the key 'source' is missing" in text for text in found)
