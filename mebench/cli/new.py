"""`mebench new`: a package of your own with a method or a dataset, which runs as it is."""

import re
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import typer

from mebench.errors import MebenchError, unknown_name

app = typer.Typer(help="Write a package with a method or a dataset of your own.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the package and of what is in it, as my_method.")]

TASKS = ("str", "recognition", "vqa")
"""Tasks that a package is written for: those that an experiment can have."""

_TEST = {
    "method": '''"""The method on the embedded dataset."""

from pathlib import Path

from mebench.config.experiment import load_experiment
from mebench.progress import Silent
from mebench.run.run import run_experiment


def test_it_runs(tmp_path):
    experiment = load_experiment(Path(__file__).with_name("@name@.toml"))
    result = run_experiment(experiment, tmp_path / "runs", tmp_path / "data", Silent())
    assert any(metric.value is not None for metric in result.record.metrics.values())
''',
    "dataset": '''"""The dataset, built."""

from mebench.data.source import build_dataset, read_infos
from mebench.progress import Silent


def test_it_is_built(tmp_path):
    build_dataset("@name@", "", tmp_path, Silent())
    assert [info.subject for info in read_infos("@name@", "", tmp_path)][:1] == ["s1"]
''',
}


@app.command("method")
def method(
    name: Name,
    task: Annotated[str, typer.Option(metavar="|".join(TASKS), help="What it does.")] = "str",
) -> None:
    """Write a package with a method: settings, class, an experiment and a test."""
    if task == "spotting":
        raise MebenchError(
            "task spotting is scored (mebench score spotting), but no experiment has it yet; take --task str, whose "
            "methods spot as well as recognise"
        )
    if task not in TASKS:
        raise unknown_name("task", task, TASKS)
    entry = f'{name} = "{name}.method:{_class(name)}"'
    files = {f"{name}/method.py": "method.py", f"{name}.toml": "experiment.toml"}
    _write(name, f"method_{task}", files, "mebench.methods", entry, f"A method for mebench, task {task}", "method")
    typer.echo(f"next         pip install -e {name} && mebench run {name}/{name}.toml")


@app.command("dataset")
def dataset(name: Name) -> None:
    """Write a package with a dataset: a TFDS builder of drawn frames, to be replaced by yours, and a test."""
    files = {f"{name}/dataset.py": "dataset.py"}
    entry = f'{name} = "{name}.dataset"'
    _write(name, "dataset", files, "mebench.builders", entry, "A dataset for mebench", "dataset")
    typer.echo(f"next         pip install -e {name} && mebench data build {name}")


def _class(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _write(
    name: str,
    template: str,
    files: dict[str, str],
    group: str,
    entry: str,
    about: str,
    kind: Literal["method", "dataset"],
) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise MebenchError(f"{name!r} is no name of a package; use small letters, digits and _, as my_method")
    root = Path(name)
    if root.exists():
        raise MebenchError(f"{root} is there already; choose another name, or move it away")
    words = {"name": name, "Class": _class(name), "group": group, "entry": entry, "about": about}
    folder = resources.files("mebench.cli") / "templates"
    texts = {
        path: (folder / template / f"{source}.template").read_text(encoding="utf-8") for path, source in files.items()
    }
    texts["pyproject.toml"] = (folder / "pyproject.toml.template").read_text(encoding="utf-8")
    texts[f"{name}/__init__.py"] = f'"""{about}."""\n'
    texts[f"test_{name}.py"] = _TEST[kind]
    for path, text in texts.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(re.sub(r"@(\w+)@", lambda word: words[word.group(1)], text), encoding="utf-8")
        typer.echo(f"written      {file}")
