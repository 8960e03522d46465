"""Who may import whom: data flows one way, metrics know no JAX, only the command line talks to the terminal."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mebench

ROOT = Path(mebench.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Names of the modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def below(name: str) -> list[Path]:
    return [path for path in FILES if path.is_relative_to(ROOT / name)]


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        (
            "metrics",
            ("jax", "flax", "cv2", "mebench.models", "mebench.tasks", "mebench.features", "mebench.leaderboard"),
        ),
        ("models", ("mebench.data", "mebench.tasks", "mebench.features", "tfds_builders")),
        ("features", ("mebench.models", "mebench.training", "mebench.tasks", "mebench.metrics")),
        ("training", ("mebench.data", "mebench.tasks", "mebench.metrics")),
        ("data", ("mebench.features", "mebench.models", "mebench.tasks", "mebench.metrics", "tfds_builders")),
        ("tasks", ("mebench.leaderboard",)),
        ("leaderboard", ("jax", "flax", "cv2", "mebench.models", "mebench.training", "mebench.features")),
        (".", ("mebench.cli.main", "mebench.cli.terminal", "pickle", "dill", "joblib")),
    ],
)
def test_nobody_imports_upwards(package, forbidden):
    doors = {*ROOT.glob("cli*.py"), ROOT / "__main__.py", ROOT / "terminal.py"}
    for path in below(package):
        wrong = {n for n in imported(path) if any(n == f or n.startswith(f"{f}.") for f in forbidden)}
        assert not wrong or path in doors, f"{path}: {wrong}"


@pytest.mark.smoke
def test_metrics_splits_record_and_config_load_no_jax():
    modules = "mebench.metrics.str.files, mebench.data.splits, mebench.record.record, mebench.config.experiment"
    code = f"import sys, {modules}; print([m for m in ('jax', 'cv2', 'tensorflow_datasets') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_only_the_command_line_prints():
    scripts = {*ROOT.glob("cli*.py"), *below("assets"), *below("features/flow")}
    for path in FILES:
        calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]
        prints = [n for n in calls if isinstance(n.func, ast.Name) and n.func.id == "print"]
        assert not prints or path in scripts, path


def test_files_are_small():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert max(lengths.values()) <= 350
