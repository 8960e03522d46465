"""A row run again: which experiment that is, and what its second run says."""

import pytest
from fixtures import made_boards as made

from mebench.errors import MebenchError
from mebench.leaderboard.add_predictions import add_predictions
from mebench.leaderboard.add_run import add_run
from mebench.leaderboard.entry import Method
from mebench.leaderboard.layout import version_of
from mebench.leaderboard.repeat import figure_rows, original_of, repeat_of
from mebench.leaderboard.scored_predictions import Files
from mebench.record.record import read_record
from mebench.record.run_folder import RunFolder
from mebench.tables.csv import write_manifest, write_predictions, write_truth


@pytest.fixture
def board(tmp_path):
    root = made.made_root(tmp_path)
    add_run(root, made.made_run(tmp_path / "run"), Method(name="Ours"), "2026-03-01")
    return root


def original(root):
    (path,) = root.rglob("records/*.json")
    return original_of(root, path.stem[:6])


def repeated(root, folder, table=None):
    run = RunFolder(made.made_run(folder, table=table, created="2026-04-01"))
    return repeat_of(original(root), run, read_record(run.record))


def moved(scale):
    table = made.predictions(0)
    columns = (table.subject, table.video, table.onset, table.offset, table.emotion)
    return made.IntervalTable.of(*columns, table.score * scale)


def test_the_experiment_is_that_of_the_record(board):
    found = original(board)
    assert (found.experiment.name, found.experiment.model.name) == ("made/str_constant", "constant")


def test_three_answers(tmp_path, board):
    same = repeated(board, tmp_path / "same")
    near = repeated(board, tmp_path / "near", moved(0.99))
    far = repeated(board, tmp_path / "far", made.truth())
    assert [one.answer for one in (same, near, far)] == ["bit-identical", "within the interval", "neither"]
    header, *rows = figure_rows(far.figures)
    assert header == ("figure", "record", "this run", "fits")
    assert ("strict.strs", "1.0000", "NO") in [(row[0], row[2], row[3]) for row in rows]
    assert "[" in rows[1][1]


def test_a_record_that_cannot_be_run_again(tmp_path, board):
    for name, sentence in (
        ("", r"no record is called ''"),
        ("zz", r"no record is called 'zz'; give the name of a file"),
    ):
        with pytest.raises(MebenchError, match=sentence):
            original_of(board, name)
    write_predictions(tmp_path / "p.csv", made.predictions(5))
    write_truth(tmp_path / "t.csv", made.truth())
    write_manifest(tmp_path / "m.csv", made.manifest())
    version = version_of(board, "made-str")
    files = Files(tmp_path / "p.csv", tmp_path / "t.csv", tmp_path / "m.csv")
    found = add_predictions(version, version.table(None), Method(name="Theirs"), files, None, "2026-01-02")
    with pytest.raises(MebenchError, match=r"is of predictions that 'Theirs' handed in: no experiment of mebench made"):
        original_of(board, found.record.stem)


def test_another_dataset(tmp_path, board):
    run = RunFolder(made.made_run(tmp_path / "again", created="2026-04-01"))
    record = read_record(run.record)
    facts = record.datasets[0].model_copy(update={"fingerprint": "cd" * 32, "version": "2.0.0"})
    with pytest.raises(MebenchError, match=r"was run on made 1.0.0 \(abababababab\), this run on 2.0.0 \(cdcdcdcd"):
        repeat_of(original(board), run, record.model_copy(update={"datasets": (facts,)}))


def test_an_experiment_that_means_something_else_now(tmp_path):
    root = made.made_root(tmp_path)
    run = made.made_run(tmp_path / "run")
    record = read_record(run / "record.json")
    config = record.experiment.config | {"decode": {"threshold": 0.1}}
    facts = record.experiment.model_copy(update={"config": config})
    (run / "record.json").write_text(record.model_copy(update={"experiment": facts}).model_dump_json())
    add_run(root, run, Method(name="Ours"), "2026-03-01")
    with pytest.raises(MebenchError, match=r"holds an experiment that means something else in this version"):
        original(root)
    (root / "made-str/v1/records").rename(root / "made-str/v1/old")
    strange = facts.model_copy(update={"config": config | {"mood": 1}})
    (run / "record.json").write_text(record.model_copy(update={"experiment": strange}).model_dump_json())
    add_run(root, run, Method(name="Ours"), "2026-03-01")
    with pytest.raises(MebenchError, match=r"holds an experiment that mebench 0.1.0 wrote and this one does not know"):
        original(root)
