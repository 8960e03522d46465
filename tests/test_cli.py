"""The command line as a user meets it: exit codes, one-sentence errors, quick help."""

import json
import subprocess
import sys

import pytest

from mebench import cli

TEXT = 'name = "synth_me/x"\n[dataset]\nname = "synth_me"\nvariant = "tiny"\n'


def run(*arguments: str, monkeypatch, capsys) -> tuple[int, str, str]:
    """Run `mebench ARGUMENTS` in this process; return exit code, standard output and standard error."""
    monkeypatch.setattr(sys, "argv", ["mebench", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    shown = capsys.readouterr()
    return int(caught.value.code or 0), shown.out, shown.err


@pytest.mark.smoke
def test_help_names_the_commands():
    done = subprocess.run([sys.executable, "-m", "mebench", "--help"], capture_output=True, text=True, check=True)
    assert all(command in done.stdout for command in ("run", "score", "weights", "data"))


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        (
            TEXT.replace('synth_me"\nvar', 'synth_mee"\nvar'),
            (),
            "unknown dataset 'synth_mee'; did you mean 'synth_me'?",
        ),
        (TEXT.replace("tiny", "tinny"), (), "unknown variant of synth_me 'tinny'; did you mean 'tiny'?"),
        (TEXT, ("--set", "model.name=meen"), "unknown model.name 'meen'; did you mean 'mean'?"),
        (TEXT, ("--set", "train.epoch=1"), "unknown key 'train.epoch'; did you mean 'train.epochs'?"),
        (TEXT, ("--limit", "1"), "needs at least 2 subjects"),
        (TEXT, ("--limit", "0"), "dataset.limit = 0 is not allowed"),
    ],
)
def test_wrong_input_is_one_sentence_and_exit_code_2(tmp_path, monkeypatch, capsys, text, arguments, said):
    path = tmp_path / "e.toml"
    path.write_text(text)
    code, _, error = run("run", str(path), "--dry-run", *arguments, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 2
    assert said in error
    assert len(error.strip().splitlines()) == 1


def test_missing_experiment(monkeypatch, capsys):
    code, _, error = run("run", "nowhere.toml", monkeypatch=monkeypatch, capsys=capsys)
    assert (code, error.count("\n")) == (2, 1)
    assert "no experiment file" in error


def test_dry_run_shows_experiment_folds_sizes_and_time(tmp_path, monkeypatch, capsys):
    path = tmp_path / "e.toml"
    path.write_text(TEXT)
    data, runs = str(tmp_path / "data"), str(tmp_path / "runs")
    monkeypatch.setattr(sys, "argv", ["mebench", "run", str(path), "--dry-run", "--data", data, "--runs", runs])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    shown = capsys.readouterr().out
    assert not caught.value.code
    for part in ("[train]", "6 videos, 900 frames", "folds        3", "s02: train 2, test s02", "about"):
        assert part in shown
    assert not (tmp_path / "data").exists()
    assert not (tmp_path / "runs").exists()


def test_score_str_writes_json_and_shows_both_rules(tmp_path, monkeypatch, capsys):
    table = "subject,video,onset,offset,emotion\n1,a,0,9,negative\n"
    (tmp_path / "t.csv").write_text(table)
    arguments = ["score", "str", "--pred", "t.csv", "--truth", "t.csv", "--json", "o.json"]
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(*arguments, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert "official" in out
    assert json.loads((tmp_path / "o.json").read_text())["strict"]["f1_s"] == 1.0


def test_disk_full_is_one_sentence(monkeypatch, capsys):
    def full() -> None:
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr(cli, "app", full)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 2
    assert "disk full at somewhere" in capsys.readouterr().err


def test_data_list_names_the_variants(tmp_path, monkeypatch, capsys):
    code, out, _ = run("data", "list", "--variants", "--data", str(tmp_path), monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert "synth_me/tiny" in out
    assert "not built" in out
