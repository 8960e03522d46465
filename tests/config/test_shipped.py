"""Experiments by name: in a checkout beside the package, in an installed one inside it; listed and completed."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

import mebench
from mebench.cli import experiments as cli_experiments
from mebench.cli.main import app
from mebench.config import shipped
from mebench.config.experiment import load_experiment
from mebench.config.schema import schema
from mebench.config.shipped import experiments_folder, found_experiment, shipped_names
from mebench.errors import MebenchError

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "experiments").rglob("*.toml"))


def test_names_are_those_of_the_files():
    assert len(FILES) == 30
    assert shipped_names() == tuple(sorted(load_experiment(path).name for path in FILES))


@pytest.mark.parametrize("asked", ["synth_me/str_mean", "synth_me/str_mean.toml", "experiments/synth_me/str_mean.toml"])
def test_a_name_finds_the_experiment_wherever_one_is(asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_experiment(found_experiment(Path(asked))).name == "synth_me/str_mean"


def test_a_file_that_is_there_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = Path("synth_me/str_mean")
    own.parent.mkdir()
    own.write_text("")
    assert found_experiment(own) == own


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            "synth_me/str_meen",
            r"unknown experiment 'synth_me/str_meen'; did you mean 'synth_me/str_mean'\? \(mebench exp",
        ),
        ("nowhere.toml", r"no experiment file at nowhere.toml; give a path that is there, or a name of: mebench exp"),
        ("/nowhere/str_mean", r"no experiment file at /nowhere/str_mean;"),
    ],
)
def test_neither_a_file_nor_a_name(asked, sentence):
    with pytest.raises(MebenchError, match=sentence):
        found_experiment(Path(asked))


def test_an_installed_package_has_them_inside(tmp_path, monkeypatch):
    """As the wheel lays them: mebench/experiments, with the prompts that they name."""
    package = tmp_path / "site-packages" / "mebench"
    shutil.copytree(ROOT / "experiments", package / "experiments")
    (package / "__init__.py").write_text("")
    monkeypatch.setattr(mebench, "__file__", str(package / "__init__.py"))
    assert experiments_folder() == package / "experiments"
    name = "me_vqa/qwen2_5_vl_3b_zs_of"
    inside = load_experiment(found_experiment(Path(name)))
    assert inside == load_experiment(ROOT / f"experiments/{name}.toml")


def test_a_package_without_them_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(mebench, "__file__", str(tmp_path / "mebench" / "__init__.py"))
    assert shipped_names() == ()
    with pytest.raises(MebenchError, match=r"the experiments of mebench are not beside .*; install it anew"):
        shipped.shipped()


def test_the_wheel_takes_every_experiment_and_the_notices():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    folders = {path.relative_to(ROOT).parts[1] for path in FILES}
    assert included == {f"experiments/{name}": f"mebench/experiments/{name}" for name in folders}
    assert project["project"]["license-files"] == ["LICENSE", "mebench/assets/NOTICE"]
    notice = (ROOT / "mebench/assets/NOTICE").read_text()
    for path in sorted((ROOT / "mebench/assets/faces").glob("*.tflite")):
        assert path.relative_to(ROOT).as_posix() in notice
    assert "MediaPipe Authors" in notice


def test_the_list_names_every_experiment_with_what_it_is():
    shown = CliRunner().invoke(app, ["experiments"])
    assert shown.exit_code == 0, shown.output
    assert [name for name in shipped_names() if f"\n{name} " not in f"\n{shown.output}"] == []
    assert "    MEAN on the embedded dataset, leave one subject out" in shown.output
    rows = json.loads(CliRunner().invoke(app, ["experiments", "--json"]).output)
    (row,) = [row for row in rows if row["name"] == "megc2019/recognition_mean"]
    assert (row["task"], row["model"], row["datasets"]) == ("recognition", "mean", ["samm", "casme2", "smic"])
    assert row["cost"].startswith("estimated")


def test_run_takes_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = ["run", "synth_me/str_constant", "--set", "dataset.variant=tiny", "--dry-run", "--data", str(tmp_path)]
    shown = CliRunner().invoke(app, asked)
    assert shown.exit_code == 0, shown.output
    assert 'name = "synth_me/str_constant"' in shown.output


def test_names_and_files_are_completed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("synth_me").mkdir()
    Path("sync.toml").write_text("")
    Path("sync.txt").write_text("")
    found = cli_experiments.complete_experiment("syn")
    assert [one for one in found if not one.startswith("synth_me/")] == ["sync.toml"]
    assert {"synth_me/", "synth_me/str_mean", "synth_me/vqa_blind"} <= set(found)
    assert cli_experiments.complete_experiment("megc2019/") == ["megc2019/recognition_mean"]


def completed(shell, words, **more):
    environment = {"_MEBENCH_COMPLETE": f"complete_{shell}", "PATH": "/usr/bin:/bin", **more}
    code = "import sys; sys.argv = ['mebench']; from mebench.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=ROOT)
    return done.stdout


@pytest.mark.parametrize(
    ("shell", "variables"),
    [
        ("bash", {"COMP_WORDS": "mebench leaderb", "COMP_CWORD": "1"}),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "mebench leaderb"}),
        ("fish", {"_TYPER_COMPLETE_ARGS": "mebench leaderb", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}),
    ],
)
def test_every_shell_completes_commands(shell, variables):
    assert "leaderboard" in completed(shell, "leaderb", **variables)


@pytest.mark.parametrize("option", ["--install-completion", "--show-completion"])
def test_completion_can_be_installed(option):
    assert option in CliRunner().invoke(app, ["--help"]).output


def test_version():
    shown = CliRunner().invoke(app, ["--version"])
    assert (shown.exit_code, shown.output) == (0, f"mebench {mebench.__version__}\n")


def resolved(node, found):
    return resolved(found["$defs"][node["$ref"].rpartition("/")[2]], found) if "$ref" in node else node


def kinds(node, found):
    return [resolved(one, found) for one in node.get("anyOf", [node])]


def strange(value, node, found, where=""):
    """Yield the places of a value that the schema does not allow: unknown keys, and words that are no choice."""
    objects = [
        one for one in kinds(resolved(node, found), found) if one.get("type") == "object" and "properties" in one
    ]
    lists = [one for one in kinds(resolved(node, found), found) if one.get("type") == "array"]
    if isinstance(value, dict) and objects:
        objects = [
            one for one in objects if value.get("name") == one["properties"].get("name", {}).get("const")
        ] or objects
        for key, one in value.items():
            if key not in objects[0]["properties"]:
                yield f"{where}.{key}"
            else:
                yield from strange(one, objects[0]["properties"][key], found, f"{where}.{key}")
    elif isinstance(value, list) and lists and "items" in lists[0]:
        for one in value:
            yield from strange(one, lists[0]["items"], found, where)
    else:
        choices = [one["enum"] for one in kinds(resolved(node, found), found) if "enum" in one]
        if choices and value not in choices[0]:
            yield where


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT / "experiments").as_posix())
def test_every_experiment_is_allowed_by_the_schema(path):
    found = schema()
    assert list(strange(tomllib.loads(path.read_text()), found, found)) == []


def test_the_schema_allows_nothing_else():
    found = schema()
    assert found["additionalProperties"] is False
    assert set(found["required"]) == {"name", "dataset"}
    tree = tomllib.loads((ROOT / "experiments/synth_me/str_mean.toml").read_text())
    wrong = tree | {"task": "sing", "mood": 1, "train": {"epocs": 2}}
    assert set(strange(wrong, found, found)) == {".task", ".mood", ".train.epocs"}
    shown = CliRunner().invoke(app, ["config-schema"])
    assert json.loads(shown.output) == json.loads(json.dumps(found))
