"""`mebench bench features`: both ways go over the same videos."""

import json

import pytest
from typer.testing import CliRunner

from mebench.benchmarks import features
from mebench.benchmarks.features import benchmark_features
from mebench.cli import app
from mebench.errors import MebenchError


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(features, "DATASET", ("synth_me", "clips_tiny"))
    out = tmp_path / "rows.json"
    call = ["bench", "features", "--flow", "opencv_farneback", "--repeats", "1", "--json", str(out)]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    (row,) = json.loads(out.read_text())
    assert row["name"] == "opencv_farneback, 12 videos | frame by frame"
    assert row["ratio"] == pytest.approx(row["ours"] / row["peer"])


def test_an_unknown_flow_is_told_before_anything_is_drawn():
    with pytest.raises(MebenchError, match="unknown flow method 'dis'"):
        benchmark_features(("dis",), 1)
