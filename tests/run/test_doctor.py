"""`mebench doctor`: what is here, what is pinned, what is built, and what is wrong, without stopping at the first."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.drawn import own_tiny
from typer.testing import CliRunner

from mebench.cli.main import app
from mebench.errors import MebenchError
from mebench.run import doctor
from mebench.run.doctor import Finding, examine

ROOT = Path(__file__).parents[2]


def of(found, what):
    return [one for one in found if one.what == what]


def test_everything_that_decides_numbers_is_there(drawn, tmp_path, monkeypatch):
    monkeypatch.setenv("JAX_MADE_UP", "1")
    monkeypatch.setenv("HOME_OF_NOBODY", "secret")
    own_tiny(drawn, tmp_path)
    found = examine(tmp_path)
    assert {one.what for one in found} >= {
        *("mebench", "experiments", "python", "packages", "devices", "numbers", "self-check", "pinned"),
        *("data", "features", "compiled", "built"),
    }
    assert [one for one in found if one.state == "wrong"] == []
    assert "JAX_MADE_UP=1" in [one.found for one in of(found, "pinned")]
    assert not any("secret" in one.found for one in found)
    assert of(found, "built") == [Finding("built", "synth_me/tiny")]
    assert "30 come with it" in of(found, "experiments")[0].found
    (data,) = of(found, "data")
    assert data.found.startswith(f"{tmp_path}: ")


def test_where_nothing_is_there_yet(tmp_path):
    found = examine(tmp_path / "none")
    assert "no dataset yet; synth_me is drawn when a run needs it" in of(found, "built")[0].found
    assert "not there yet, " in of(found, "data")[0].found
    assert not (tmp_path / "none").exists()


def test_what_is_wrong_does_not_hide_the_rest(tmp_path, monkeypatch):
    def broken():
        raise MebenchError("jaxlib computes wrong values here")

    monkeypatch.setattr("mebench.runtime.selfcheck.self_check", broken)
    found = examine(tmp_path)
    (wrong,) = [one for one in found if one.state == "wrong"]
    assert (wrong.what, "computes wrong values" in wrong.found) == ("devices", True)
    assert of(found, "built")
    shown = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path)])
    assert shown.exit_code == 2
    assert "<- wrong" in shown.output


@pytest.mark.parametrize("error", [RuntimeError("no such backend"), AssertionError()])
def test_a_platform_that_is_not_here(tmp_path, monkeypatch, error):
    def none():
        raise error

    monkeypatch.setattr("mebench.runtime.environment.environment", none)
    monkeypatch.setenv("JAX_PLATFORMS", "cuda")
    (devices,) = of(examine(tmp_path), "devices")
    assert devices == Finding(
        "devices", "jax finds none (JAX_PLATFORMS='cuda'); unset it, or install its driver", "wrong"
    )


def test_a_folder_that_cannot_be_written_is_a_note(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor.os, "access", lambda place, mode: False)
    (data,) = of(examine(tmp_path), "data")
    assert (data.state, "--data DIR" in data.found) == ("note", True)


def test_the_command(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "mebench", "doctor", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"JAX_PLATFORMS": "cpu"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "self-check   compiled programs compute what single operations do" in done.stdout
