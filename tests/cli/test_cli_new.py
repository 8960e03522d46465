"""`mebench new`: what it writes installs and runs unchanged."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from mebench.cli.new import TASKS
from mebench.config.experiment import TASKS as EXPERIMENTS

ROOT = Path(__file__).parents[2]
KINDS = (("method", "str"), ("method", "recognition"), ("method", "vqa"), ("dataset", ""))


def call(folder: Path, *arguments: str, python: str = sys.executable) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [python, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """A folder with a package of each kind, all of them installed into an environment of their own."""
    folder = tmp_path_factory.mktemp("new")
    for kind, task in KINDS:
        options = ["--task", task] if task else []
        done = call(folder, "-m", "mebench", "new", kind, f"my_{task or kind}", *options)
        assert done.returncode == 0, done.stderr
    venv.create(folder / "env", with_pip=False)
    (site,) = folder.glob("env/lib/python*/site-packages")
    (site / "base.pth").write_text("".join(f"{path}\n" for path in sys.path if path.endswith("site-packages")))
    packages = [f"./my_{task or kind}" for kind, task in KINDS]
    command = ["pip", "--python", str(folder / "env/bin/python"), "install", "-q", "--no-index", "--no-deps"]
    done = call(folder, "-m", *command, "--no-build-isolation", *packages)
    assert done.returncode == 0, done.stderr
    return folder


def test_its_own_tests_pass(written):
    python = str(written / "env/bin/python")
    tests = [f"my_{name}/test_my_{name}.py" for name in ("str", "recognition", "vqa", "dataset")]
    done = call(written, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", *tests, python=python)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_they_are_listed(written):
    python = str(written / "env/bin/python")
    listed = call(written, "-m", "mebench", "methods", python=python).stdout
    assert [name for name in ("my_str", "my_recognition", "my_vqa") if name not in listed] == []
    assert "my_dataset" in call(written, "-m", "mebench", "data", "list", python=python).stdout


@pytest.mark.parametrize("name", ["My", "1a", "a-b", "", "a__b"])
def test_a_name_that_is_none(tmp_path, name):
    done = call(tmp_path, "-m", "mebench", "new", "method", name)
    assert done.returncode == 2
    assert "is no name of a package" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        ("spotting", "task spotting is scored (mebench score spotting), but no experiment has it yet; take --task str"),
        ("recogniton", "unknown task 'recogniton'; did you mean 'recognition'?"),
    ],
)
def test_a_task_that_is_none(tmp_path, task, sentence):
    done = call(tmp_path, "-m", "mebench", "new", "method", "my_spotter", "--task", task)
    assert (done.returncode, sentence in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_tasks_of_packages_are_those_of_experiments():
    assert set(TASKS) == set(EXPERIMENTS)


def test_what_is_there_stays(tmp_path):
    (tmp_path / "my_str").mkdir()
    done = call(tmp_path, "-m", "mebench", "new", "method", "my_str")
    assert done.returncode == 2
    assert "is there already" in done.stderr
