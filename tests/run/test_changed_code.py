"""Code that is edited: features are computed anew, a finished run says so, and `--again` runs it with the new code."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.drawn import own_tiny

ROOT = Path(__file__).parents[2]
RUN = "synth_me/edited"
TEXT = f"""name = "{RUN}"
[dataset]
name = "synth_me"
variant = "tiny"
limit = 2
[model]
name = "constant"
[features]
flow = "opencv_farneback"
"""
KEYS = """from mebench.features.flow.registry import made_by
for makes, flow in (("windows", "jax_lucas_kanade"), ("windows", "opencv_dis"), ("clips", None)):
    print(made_by(f"mebench.features.{makes}.{'pipeline' if flow else 'media'}", flow)["code"])
"""


@pytest.fixture(scope="module")
def copy(drawn, tmp_path_factory) -> Path:
    """A copy of the packages, to be edited, and the dataset."""
    root = tmp_path_factory.mktemp("copy")
    own_tiny(drawn, root / "data")
    for package in ("mebench", "tfds_builders"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "e.toml").write_text(TEXT)
    return root


def python(copy: Path, *arguments: str) -> str:
    """Return what Python says that imports the copy."""
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run(copy: Path, *options: str) -> str:
    places = ("--runs", str(copy / "runs"), "--data", str(copy / "data"))
    return python(copy, "-m", "mebench", "run", str(copy / "e.toml"), *places, *options)


def append(copy: Path, file: str, text: str) -> None:
    path = copy / "mebench" / file
    path.write_text(path.read_text() + text)


def keys(copy: Path) -> list[str]:
    """Return the codes of MEAN's windows by two flow methods, and of pictures without one."""
    return python(copy, "-c", KEYS).split()


def test_features_are_keyed_by_the_code_that_makes_them(copy):
    before = keys(copy)
    assert len(set(before)) == 3
    append(copy, "features/flow/jax_lucas_kanade.py", "\n\n# a comment\n")
    append(copy, "leaderboard/add_run.py", "\n\nEDITED = 1\n")
    assert keys(copy) == before
    append(copy, "features/flow/jax_lucas_kanade.py", "\n\nEDITED = 1\n")
    method = keys(copy)
    assert [one == other for one, other in zip(method, before, strict=True)] == [False, True, True]
    append(copy, "features/face/crop.py", "\n\nEDITED = 1\n")
    assert not set(keys(copy)) & {*method, *before}


def test_a_finished_run_of_other_code_says_so_and_again_runs_it_anew(copy):
    run(copy)
    (folder,) = (copy / "runs" / RUN).iterdir()
    append(copy, "metrics/matching.py", "\n\n# a comment\n")
    append(copy, "leaderboard/add_run.py", "\n\nEDITED = 2\n")
    said = run(copy)
    assert "nothing was done. To run it anew, add --again" in said
    assert "other code" not in said
    append(copy, "metrics/matching.py", "\n\nEDITED = 1\n")
    assert "It was run by other code of mebench" in run(copy)
    aside = folder.with_name(f"{folder.name}.1")
    old = (folder / "record.json").read_bytes()
    assert f"set aside    {aside}" in run(copy, "--again")
    assert (aside / "record.json").read_bytes() == old != (folder / "record.json").read_bytes()
    said = run(copy)
    assert "nothing was done" in said
    assert "other code" not in said
    assert sorted(path.name for path in folder.parent.iterdir()) == [folder.name, aside.name]
