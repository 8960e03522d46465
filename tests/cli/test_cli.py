"""The command line as a user meets it: exit codes, one-sentence errors, quick help."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.drawn import own_tiny

from mebench.cli import main as cli

TEXT = 'name = "synth_me/x"\n[dataset]\nname = "synth_me"\nvariant = "tiny"\n'
QUICK_FLOW = '[features]\nflow = "opencv_farneback"\n'


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


@pytest.mark.smoke
def test_the_command_line_loads_nothing_heavy_before_it_knows_the_command():
    """So that --help, --version and completion answer at once."""
    code = f"import sys, mebench.cli.main; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


HEAVY = ("jax", "cv2", "numpy", "scipy", "pydantic", "matplotlib", "tensorflow_datasets", "rich.table")


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
        (TEXT, ("--limit", "2", "--set", "dataset.limit=3"), "--limit and a --set of a dataset's limit say the same"),
        (TEXT, ("--seed", "1", "--set", "seed=2"), "seed is set twice"),
        (TEXT, ("--set", f"train.epochs={'9' * 5000}"), "a whole number of more than 40 digits; give another value"),
        (TEXT, ("--set", "seed=" + "[" * 3000), "nested more than 100 deep; give another value"),
        (TEXT, ("--weights", "w"), "--weights w: model.name mean takes no weights, so the figures would not be theirs"),
        (TEXT, ("--adapter", "a"), "those that do: qwen2_5_vl, ststnet; leave --adapter out"),
    ],
)
def test_wrong_input_is_one_sentence_and_exit_code_2(tmp_path, monkeypatch, capsys, text, arguments, said):
    path = tmp_path / "e.toml"
    path.write_text(text)
    code, _, error = run("run", str(path), "--dry-run", *arguments, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 2
    assert said in error
    assert len(error.strip().splitlines()) == 1


@pytest.mark.smoke
@pytest.mark.parametrize("option", ["--weights", "--adapter"])
@pytest.mark.parametrize("seeds", [(), ("--seed", "1", "--seed", "2")])
def test_a_model_that_takes_no_weights_refuses_them_before_any_work(tmp_path, monkeypatch, capsys, option, seeds):
    """It ran, and its freshly trained figures looked like those of the weights."""
    (tmp_path / "e.toml").write_text(TEXT)
    arguments = ["run", str(tmp_path / "e.toml"), option, str(tmp_path), "--runs", str(tmp_path / "runs"), *seeds]
    code, _, error = run(*arguments, "--data", str(tmp_path / "data"), monkeypatch=monkeypatch, capsys=capsys)
    assert (code, error.count("\n")) == (2, 1)
    assert f"{option} {tmp_path}: model.name mean takes no weights" in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["e.toml"]


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
    assert json.loads((tmp_path / "o.json").read_text())["metrics"]["strict.f1_s"]["value"] == 1.0


def test_disk_full_is_one_sentence(monkeypatch, capsys):
    def full() -> None:
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr(cli, "app", full)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 2
    assert "disk full at somewhere" in capsys.readouterr().err


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_no_access_is_one_sentence(monkeypatch, capsys, number):
    def refused() -> None:
        raise OSError(number, os.strerror(number), "somewhere")

    monkeypatch.setattr(cli, "app", refused)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("mebench: no access to somewhere: ")
    assert said.endswith("choose other folders (--data, --cache, --runs DIR)\n")


def test_an_early_end_of_a_file_is_no_user_who_left(monkeypatch, tmp_path):
    """Click takes an EOFError for one, prints `Aborted!` and hides where it came from."""

    def ends(path: object) -> None:
        raise EOFError("No data left in file")

    monkeypatch.setattr("mebench.run.check.check_run", ends)
    monkeypatch.setattr(sys, "argv", ["mebench", "check", str(tmp_path)])
    with pytest.raises(RuntimeError, match="a file ended before it should have") as caught:
        cli.main()
    assert isinstance(caught.value.__cause__, EOFError)


def test_check_tells_what_it_looked_at_or_names_the_damaged_file(tmp_path, drawn, monkeypatch, capsys):
    path, data = tmp_path / "e.toml", own_tiny(drawn, tmp_path / "data")
    path.write_text(f'{TEXT}limit = 2\n[model]\nname = "threshold"\n[score]\nbootstrap = 10\n{QUICK_FLOW}')
    folders = ["--runs", str(tmp_path / "runs"), "--data", str(data), "--cache", str(tmp_path / "cache")]
    code, _, _ = run("run", str(path), *folders, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert list((tmp_path / "cache").glob("*/*.npy"))
    assert not (data / "mebench_features").exists()
    (folder,) = (tmp_path / "runs").glob("*/*/*")
    code, out, _ = run("check", str(folder), monkeypatch=monkeypatch, capsys=capsys)
    assert (code, [line.split()[0] for line in out.splitlines()]) == (0, ["files", "statistics", "figures"])
    score = folder / "score.json"
    score.write_text(score.read_text().replace("0", "1", 1))
    for words in (("check", str(folder)), ("run", str(path), *folders)):
        code, out, error = run(*words, monkeypatch=monkeypatch, capsys=capsys)
        assert (code, out, error.count("\n")) == (2, "", 1)
        assert error.startswith(f"mebench: {score} is damaged (")
    (folder / "record.json").unlink()
    code, _, _ = run("run", str(path), *folders, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert run("check", str(folder), monkeypatch=monkeypatch, capsys=capsys)[0] == 0
    code, _, error = run("check", str(tmp_path), monkeypatch=monkeypatch, capsys=capsys)
    assert (code, "holds no record.json; give the folder of a finished run" in error) == (2, True)


def test_data_list_names_the_variants(tmp_path, monkeypatch, capsys):
    code, out, _ = run("data", "list", "--variants", "--data", str(tmp_path), monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert "synth_me/tiny" in out
    assert "not built" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "e.toml"], "mebench: stopped; the same command goes on where it stopped\n"),
        (["data", "build", "synth_me/tiny"], "mebench: stopped; the same command goes on where it stopped\n"),
        (["data", "list"], "mebench: stopped\n"),
    ],
)
def test_ctrl_c_is_one_line_and_exit_code_130(tmp_path, monkeypatch, capsys, arguments, said):
    def pressed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "e.toml").write_text(TEXT)
    monkeypatch.chdir(tmp_path)
    for name in ("mebench.run.run.run_seeds", "mebench.data.builders.build_dataset", "mebench.data.overview.overview"):
        monkeypatch.setattr(name, pressed)
    code, out, error = run(*arguments, monkeypatch=monkeypatch, capsys=capsys)
    assert (code, out, error) == (130, "", said)


HEARS = """import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
from mebench.cli.main import main
sys.exit(main())
"""


def test_ctrl_c_of_a_real_run_which_then_goes_on(tmp_path):
    """A signal while the first dataset is being drawn; nothing but the line is said, and the command works again."""
    (tmp_path / "e.toml").write_text(f'{TEXT}limit = 2\n[model]\nname = "constant"\n{QUICK_FLOW}')
    call = [sys.executable, "-c", HEARS, "run", "e.toml", "--data", "data", "--runs", "runs"]
    where = {"cwd": tmp_path, "env": os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[2])}}
    process = subprocess.Popen(call, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **where)
    while not list(tmp_path.glob("runs/synth_me/x/*")) and process.poll() is None:
        pass  # until the run has its folder; the dataset is drawn after that
    process.send_signal(signal.SIGINT)
    out, error = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert error.splitlines()[-1] == "mebench: stopped; the same command goes on where it stopped"
    assert "Traceback" not in error
    again = subprocess.run(call, capture_output=True, text=True, check=True, **where)
    assert "record       runs/" in again.stdout
