"""The public functions of `mebench`: their examples run, and importing them costs nothing."""

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import mebench
from mebench import api

ROOT = Path(__file__).parents[1]


def test_every_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    runner, names = doctest.DocTestRunner(), vars(api) | {"folder": tmp_path}
    examples = [test for test in doctest.DocTestFinder().find(api, globs=names) if test.examples]
    order = ["load_experiment", "run_experiment", *mebench.__all__]
    for test in sorted(examples, key=lambda one: order.index(one.name.rpartition(".")[2])):
        assert runner.run(test).failed == 0, test.name
    assert {test.name.rpartition(".")[2] for test in examples} == set(mebench.__all__)


def test_what_is_offered_is_what_is_documented():
    assert [getattr(mebench, name) for name in mebench.__all__] == [getattr(api, name) for name in mebench.__all__]
    with pytest.raises(AttributeError, match="no attribute 'run_experimant'"):
        mebench.run_experimant  # noqa: B018


@pytest.mark.smoke
def test_importing_mebench_imports_nothing_heavy():
    code = "import sys, mebench; print([m for m in ('jax', 'cv2', 'numpy', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
