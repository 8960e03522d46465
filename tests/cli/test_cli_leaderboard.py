"""`mebench leaderboard` as a new user has it: the five steps, and one sentence for whatever is wrong."""

from pathlib import Path

import pytest
from fixtures import made_boards as made

from mebench.cli.main import main
from mebench.config.experiment import load_experiment
from mebench.leaderboard.layout import version_of
from mebench.leaderboard.scored_predictions import hash_of
from mebench.progress import Silent
from mebench.record.record import write_record
from mebench.run.run import run_experiment
from mebench.tables.csv import write_manifest, write_predictions, write_truth

EXPERIMENT = Path(__file__).parents[2] / "experiments/synth_me/str_constant.toml"


@pytest.fixture
def call(capsys, monkeypatch):
    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["mebench", "leaderboard", *map(str, arguments)])
        try:
            code = main()
        except SystemExit as stop:
            code = stop.code
        found = capsys.readouterr()
        return code or 0, found.out, found.err

    return run


@pytest.fixture
def tables(tmp_path):
    write_predictions(tmp_path / "P.csv", made.predictions(3))
    write_truth(tmp_path / "T.csv", made.truth())
    write_manifest(tmp_path / "M.csv", made.manifest())
    return ("--predictions", tmp_path / "P.csv", "--truth", tmp_path / "T.csv", "--manifest", tmp_path / "M.csv")


def test_the_five_steps_with_a_method_of_ones_own(tmp_path, call, tables):
    root = made.made_root(tmp_path)
    where = ("--root", root)
    code, out, _ = call("add", "made-str", *tables, "--method", "My method", "--paper", "https://example.org", *where)
    assert code == 0
    assert "added        My method to made-str/v1, table made" in out
    assert "strict.strs" in out
    assert "level        recomputed" in out
    code, out, err = call("verify", *where)
    assert (code, out.splitlines()[0]) == (2, "history was not checked: there is no git repository here")
    assert "index.html: is missing; run mebench leaderboard render" in err
    code, out, _ = call("render", *where)
    assert "rendered     4 files, 4 changed" in out
    assert "0 changed" in call("render", *where)[1]
    code, out, _ = call("verify", *where)
    assert (code, out.splitlines()[-1]) == (0, "verified     every figure follows from its statistics")
    assert "0 published, 1 recomputed" in out
    assert "My method" in (root / "index.html").read_text()
    (record,) = root.rglob("records/*.json")
    record.write_text(record.read_text().replace("My method", "My Method"))
    code, _, err = call("verify", *where)
    assert (code, "it was edited: restore it with git" in err) == (2, True)


def test_a_run(tmp_path, call):
    root = made.made_root(tmp_path)
    code, out, _ = call("add", made.made_run(tmp_path / "run"), "--root", root, "--note", "slow")
    assert (code, "added        constant to made-str/v1" in out) == (0, True)
    code, out, _ = call("add", made.made_run(tmp_path / "b", created="2026-05-05"), "--root", root)
    assert "level        bit-identical (a rerun of " in out


def test_who_ran_it_is_said(tmp_path, call):
    root = made.made_root(tmp_path)
    call("add", made.made_run(tmp_path / "run"), "--root", root, "--by", "A. | Person")
    call("add", made.made_run(tmp_path / "b", created="2026-05-05"), "--root", root, "--by", "B. Lab")
    call("render", "--root", root)
    assert "run by A. \\| Person, B. Lab" in (root / "made-str/v1/made.md").read_text()
    page = (root / "index.html").read_text()
    assert "run by A. | Person, B. Lab" in page
    assert "does not mean" in page
    assert call("verify", "--root", root)[0] == 0


def test_a_version_that_is_closed(tmp_path, call):
    root = made.made_root(tmp_path)
    closed = root / "made-str/v1/closed.toml"
    closed.write_text('reason = "the bytes were | others"\ndate = 2026-11-28\nsuccessor = "made-str/v2"\n')
    code, _, err = call("add", made.made_run(tmp_path / "run"), "--root", root)
    sentence = "made-str/v1 is closed since 2026-11-28: the bytes were | others; its successor is made-str/v2, not"
    assert (code, sentence in err) == (2, True)
    call("render", "--root", root)
    assert "> Closed since 2026-11-28: the bytes were \\| others." in (root / "made-str/v1/made.md").read_text()
    assert "Closed since 2026-11-28: the bytes were" in (root / "made-str/v1/made.tex").read_text()
    assert "Closed since 2026-11-28: the bytes were | others." in (root / "index.html").read_text()
    code, out, _ = call("verify", "--root", root)
    assert (code, "0 published (closed)" in out) == (0, True)
    assert call("new", "made-str", "--from", "made-str", "--root", root)[0] == 0
    code, _, err = call("add", made.made_run(tmp_path / "b"), "--root", root, "--benchmark", "made-str", "--version", 1)
    assert (code, "the bytes were | others; add to made-str/v2" in err) == (2, True)
    assert "added" in call("add", made.made_run(tmp_path / "c"), "--root", root)[1]
    closed.write_text("reason = 1\n")
    code, _, err = call("verify", "--root", root)
    assert (code, "closes nothing; write reason, date and successor" in err) == (2, True)


def test_an_edition_from_begin_to_judgement(tmp_path, call, tables):
    root = made.made_root(tmp_path)
    where = ("--root", root)
    code, out, _ = call("new", "made-2027", "--from", "made-str", *where)
    assert (code, "began        made-2027/v1 with the rules of made-str" in out) == (0, True)
    truth = ("--truth", tmp_path / "T.csv")
    code, out, _ = call("freeze", "made-2027", *truth, "--manifest", tmp_path / "M.csv", *where)
    assert (code, "counts       12 rows, 4 units, 4 subjects" in out) == (0, True)
    assert "perfect      strict.strs 1.0000, said by the truth itself" in out
    (tmp_path / "in").mkdir()
    write_predictions(tmp_path / "in/Alpha.csv", made.predictions(1))
    (tmp_path / "in/beta.csv").write_text("what?\n")
    submissions = ("--submissions", tmp_path / "in")
    code, out, err = call("judge", "made-2027", *submissions, *truth, "--by", "The chairs", *where)
    assert (code, "scored       Alpha.csv: strict.strs 0." in out) == (2, True)
    assert "refused      beta.csv: beta.csv row 1: unknown column 'what?'" in err
    assert "1 submissions were refused" in err
    (tmp_path / "in/beta.csv").unlink()
    code, out, _ = call("judge", "made-2027", *submissions, *truth, *where)
    assert (code, "there        Alpha.csv: record " in out) == (0, True)
    call("render", *where)
    assert call("verify", *where)[0] == 0
    assert not list(root.rglob("T.csv"))


def test_a_row_is_run_again(tmp_path, call, drawn):
    """The whole way on the embedded dataset: run, add, run again, be told, add the second run."""
    root = made.embedded_root(tmp_path)
    rules = root / "made-str/v1/rules.toml"
    experiment = load_experiment(EXPERIMENT, ("dataset.variant=tiny", "score.bootstrap=20"))
    made_there = run_experiment(experiment, tmp_path / "runs", drawn, Silent())
    record = made_there.record
    rules.write_text(rules.read_text().replace(made.FINGERPRINT, record.datasets[0].fingerprint))
    frozen = version_of(root, "made-str").rules.frozen["made"]
    written = hash_of(made_there.folder.truth), hash_of(made_there.folder.manifest)
    assert written == (frozen.truth_sha256, frozen.manifest_sha256)  # anybody can hash the file of a run
    path = made_there.folder.record
    write_record(path, record.model_copy(update={"code": record.code | {"commit": "1" * 40, "dirty": False}}))
    assert call("add", made_there.folder.root, "--root", root)[0] == 0
    (entry,) = root.rglob("records/*.json")
    more = ("--data", drawn, "--root", root)
    code, out, _ = call("rerun", entry.stem, "--runs", tmp_path / "again", *more)
    assert (code, f"made-str/v1 {entry.stem} (constant): bit-identical" in out) == (0, True)
    assert "mebench leaderboard add" in out
    code, _, err = call("rerun", entry.stem, "--runs", tmp_path / "again", *more)
    assert (code, "is finished, so this would be no second run; give another --runs" in err) == (2, True)
    assert call("rerun", "0" * 16, *more)[0] == 2
    call("render", "--root", root)
    assert call("verify", "--root", root)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", "nowhere"), "nowhere holds no record.json; give the folder of a finished run"),
        (("add", "made-str", "TABLES"), "a method needs a name, as the table is to show it; give --method NAME"),
        (("add", "made-st", "TABLES", "--method", "m"), "unknown benchmark 'made-st'; did you mean 'made-str'?"),
        (("add", "made-str", "TABLES", "--method", "m", "--table", "x"), "unknown table of made-str/v1 'x'"),
        (("add", "made-str", "TABLES", "--method", "m", "--version", "3"), "made-str has no version 3; it has 1"),
        (("add", "made-str", "TABLES", "--benchmark", "x"), "--benchmark cannot stand here"),
        (("add", "run", "--seed", "3"), "--seed cannot stand here: this option goes with --predictions P"),
    ],
)
def test_wrong_input(tmp_path, call, tables, arguments, sentence):
    root = made.made_root(tmp_path)
    given = [part for one in arguments for part in (tables if one == "TABLES" else (one,))]
    code, out, err = call(*given, "--root", root)
    assert (code, out) == (2, "")
    assert sentence in " ".join(err.split())
    assert not list(root.rglob("records"))


def test_no_leaderboard_here(tmp_path, call, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for command in ("render", "verify"):
        code, _, err = call(command)
        assert (code, "leaderboard holds no leaderboard; give --root DIR" in err) == (2, True)
