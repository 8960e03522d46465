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
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def below(name: str) -> list[Path]:
    return [path for path in FILES if path.is_relative_to(ROOT / name)]


ROOMS = (
    "cli",
    "api",
    "benchmarks",
    "run",
    "leaderboard",
    "challenges",
    "report",
    "methods",
    "tasks",
    "training",
    "features",
    "metrics",
    "record",
    "config",
    "tables",
    "data",
    "runtime",
    "sealed",
    "plugins",
    "assets",
    "file_lock",
    "progress",
    "torch_files",
    "documents",
    "atomic",
    "errors",
)
"""From the top down: a room imports rooms below it, and none above."""

NOT_FOR = {
    "metrics": ("jax", "flax", "cv2"),
    "tables": ("jax", "flax", "cv2"),
    "leaderboard": ("jax", "flax", "cv2", "mebench.methods", "mebench.features"),
    "features": ("mebench.metrics", "mebench.tables"),
    "methods": ("mebench.report", "tfds_builders"),
    "data": ("tfds_builders",),
    "report": ("mebench.methods",),
}
"""What a room may not import besides the rooms above it."""


def room(path: Path) -> str:
    """Return the first folder of a file below the package, or its name where it lies in none."""
    return path.relative_to(ROOT).with_suffix("").parts[0]


def arrows() -> dict[tuple[str, str], set[Path]]:
    """Return which rooms import which, with the files that do."""
    found: dict[tuple[str, str], set[Path]] = {}
    for path in FILES:
        for name in imported(path):
            top, _, rest = name.partition(".")
            target = rest.split(".")[0]
            if top == "mebench" and target and target != room(path):
                found.setdefault((room(path), target), set()).add(path)
    return found


def test_every_room_has_its_place():
    assert {room(path) for path in FILES} - {"__init__", "__main__"} == set(ROOMS)


ARROWS = arrows()


@pytest.mark.parametrize("name", ROOMS)
def test_no_room_imports_a_higher_one(name):
    higher = ROOMS[: ROOMS.index(name)]
    assert {upper: found for upper in higher if (found := ARROWS.get((name, upper)))} == {}


@pytest.mark.parametrize("name", NOT_FOR)
def test_what_else_a_room_may_not_import(name):
    for path in below(name):
        wrong = {n for n in imported(path) if any(n == f or n.startswith(f"{f}.") for f in NOT_FOR[name])}
        assert not wrong, f"{path}: {wrong}"


def test_every_import_of_our_own_is_there():
    packages = {"mebench", "tfds_builders"}
    for path in FILES:
        own = {name for name in imported(path) if name.partition(".")[0] in packages}
        parts = {name: ROOT.parent.joinpath(*name.split(".")) for name in own}
        missing = [
            n for n, p in parts.items() if not any(x.with_suffix(".py").is_file() or x.is_dir() for x in (p, p.parent))
        ]
        assert missing == [], path


def test_nobody_unpickles():
    for path in FILES:
        assert not imported(path) & {"pickle", "dill", "joblib", "cloudpickle"}, path


@pytest.mark.smoke
def test_metrics_splits_record_and_config_load_no_jax():
    modules = "mebench.metrics.str.files, mebench.data.splits, mebench.record.record, mebench.config.experiment"
    code = f"import sys, {modules}; print([m for m in ('jax', 'cv2', 'tensorflow_datasets') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_only_the_command_line_prints():
    scripts = {*below("cli"), *below("assets"), *below("features/flow")}
    for path in FILES:
        calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]
        prints = [n for n in calls if isinstance(n.func, ast.Name) and n.func.id == "print"]
        assert not prints or path in scripts, path


def test_files_are_small():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert max(lengths.values()) <= 350
