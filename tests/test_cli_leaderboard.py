"""`mebench leaderboard` as a new user has it: the five steps, and one sentence for whatever is wrong."""

import pytest
from fixtures import made_boards as made

from mebench.cli import main
from mebench.metrics.table import write_manifest, write_predictions, write_truth


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
