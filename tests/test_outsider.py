"""An outsider's package in an environment made of wheels alone: mebench's and its own, and no source tree.

Methods, a flow method, a dataset and figures of its own; every command is given in a folder that was empty.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLUGIN = ROOT / "tests" / "plugin"
COLUMN = '    { key = "strict.f2_s", title = "F2 spotting", group = "strict" },\n'


def called(folder: Path, *command: str) -> str:
    """Return what a command that ends well prints."""
    done = subprocess.run(command, cwd=folder, env=outside(), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refused(folder: Path, *command: str) -> str:
    """Return the one sentence of a command that is refused."""
    done = subprocess.run(command, cwd=folder, env=outside(), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    return done.stderr


def outside() -> dict[str, str]:
    """Return an environment that says nothing of the source tree."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> str:
    """The command in a fresh environment: two wheels that were built here, and the test environment's packages."""
    root = tmp_path_factory.mktemp("wheels")
    venv.create(root / "env", with_pip=False)
    (site,) = root.glob("env/lib/python*/site-packages")
    (site / "packages.pth").write_text("".join(f"{path}\n" for path in sys.path if path.endswith("site-packages")))
    pip = (sys.executable, "-m", "pip")
    called(root, *pip, "wheel", "-q", "--no-index", "--no-deps", "--no-build-isolation", str(ROOT), str(PLUGIN))
    wheels = map(str, root.glob("*.whl"))
    called(
        root,
        *pip,
        "--python",
        "env/bin/python",
        "install",
        "-q",
        "--ignore-installed",
        "--no-index",
        "--no-deps",
        *wheels,
    )
    names = ("mebench", "tfds_builders", "mebench_plugin")
    places = f"import {', '.join(names)}; print({', '.join(f'{name}.__file__' for name in names)})"
    found = called(root, "env/bin/python", "-c", places).split()
    assert [Path(place).parents[1] for place in found] == [site] * 3
    return str(root / "env/bin/mebench")


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Folder of the dataset and its features, which the first run makes."""
    return tmp_path_factory.mktemp("data")


def ran(folder: Path, *command: str) -> Path:
    """Run an experiment of the package; return the run's folder."""
    called(folder, *command)
    (root,) = folder.glob("runs/outside/*/*")
    return root


def test_a_network_in_flax_goes_on_after_a_kill_to_the_same_bytes(program, data, tmp_path):
    (whole := tmp_path / "whole").mkdir()
    (killed := tmp_path / "killed").mkdir()
    command = (program, "run", str(PLUGIN / "net.toml"), "--data", str(data))
    undisturbed = ran(whole, *command)
    process = subprocess.Popen(command, cwd=killed, env=outside(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while process.poll() is None and time.monotonic() < deadline:
        if any(killed.glob("runs/outside/small_net/*/checkpoints/[4-9].files.json")):
            process.send_signal(signal.SIGKILL)
        time.sleep(0.005)
    assert process.wait() == -signal.SIGKILL
    root = ran(killed, *command)
    for name in ("predictions.csv", "statistics.json", "score.json"):
        assert (root / name).read_bytes() == (undisturbed / name).read_bytes()
    assert "statistics   follow from predictions and truth" in called(killed, program, "check", str(root))


def test_methods_and_datasets_of_the_package_are_listed(program, tmp_path):
    listed = called(tmp_path, program, "methods")
    assert "small_net        str" in listed
    assert "stillness        str" in listed
    assert "model.most = 2" in called(tmp_path, program, "methods", "stillness")
    assert "fps 30; CC0" in called(tmp_path, program, "data", "list")
    facts = called(tmp_path, program, "data", "info", "plugin_faces")
    (cited,) = (line.split()[-1] for line in facts.splitlines() if line.strip().startswith("cite"))
    assert "@misc{pluginfaces" in Path(cited).read_text()


def test_method_flow_dataset_and_figures_come_onto_a_board(program, data, tmp_path):
    root = ran(tmp_path, program, "run", str(PLUGIN / "still.toml"), "--data", str(data))
    record = json.loads((root / "record.json").read_text())
    assert (record["experiment"]["config"]["features"]["flow"], record["datasets"][0]["micro_expressions"]) == (
        "shift",
        6,
    )
    document, f2 = json.loads((root / "score.json").read_text()), record["metrics"]["strict.f2_s"]
    assert document["metrics"]["strict.f2_s"] == f2
    assert "f2_s" in (root / "table.md").read_text()
    scored = called(tmp_path, program, "score", "str", "--pred", str(root / "predictions.csv"))
    assert "right_pairs" in scored

    without = refused(tmp_path, sys.executable, "-m", "mebench", "check", str(root))
    assert "unknown figure of task str 'official.f2_s'" in without

    board = begun_board(program, tmp_path, record["datasets"][0]["fingerprint"])
    given = ("--predictions", str(root / "predictions.csv"), "--method", "Stillness", "--by", "An outsider")
    added = called(tmp_path, program, "leaderboard", "add", "outside-str", *given)
    assert f"strict.f2_s              {f2['value']:.4f}" in added
    called(tmp_path, program, "leaderboard", "render")
    assert "F2 spotting" in (board / "plugin-faces.md").read_text()
    verified = called(tmp_path, program, "leaderboard", "verify")
    assert "verified     every figure follows from its statistics" in verified
    assert "1 recomputed" in verified

    rules = board / "rules.toml"
    rules.write_text(rules.read_text().replace("strict.f2_s", "strict.f2s"))
    assert "did you mean 'strict.f2_s'?" in refused(tmp_path, program, "leaderboard", "verify")


def begun_board(program: str, folder: Path, fingerprint: str) -> Path:
    """Begin a board of the package's dataset with a column of its own, from the rules of one of ours; freeze it."""
    (like := folder / "leaderboard" / "synth-str" / "v2").mkdir(parents=True)
    shutil.copy(ROOT / "leaderboard/synth-str/v2/rules.toml", like)
    called(folder, program, "leaderboard", "new", "outside-str", "--from", "synth-str")
    rules = folder / "leaderboard/outside-str/v1/rules.toml"
    text = rules.read_text().replace('name = "synth_me", variant = "quick"', 'name = "plugin_faces"')
    text = text.replace('name = "plugin_faces"', f'name = "plugin_faces", fingerprint = "{fingerprint}"')
    text = text.replace('name = "synth-me"', 'name = "plugin-faces"').replace("columns = [\n", f"columns = [\n{COLUMN}")
    rules.write_text(text)
    called(folder, program, "leaderboard", "freeze", "outside-str")
    return rules.parent
