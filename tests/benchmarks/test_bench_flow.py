"""`mebench bench flow`: rows of methods beside their peers, on faces whose flow is known."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from mebench.benchmarks import flow
from mebench.benchmarks.flow import FlowBenchmark, benchmark_flow
from mebench.benchmarks.flow_pairs import face_pairs
from mebench.cli.main import app
from mebench.errors import MebenchError


@pytest.fixture
def quick_methods(monkeypatch):
    """Methods that compile in seconds; TV-L1 has its peer in another environment."""
    monkeypatch.setattr(flow, "BESIDE", (("opencv_farneback", "opencv_dis"), ("jax_lucas_kanade", "opencv_dis")))
    monkeypatch.setattr(flow, "SAME", (("jax_lucas_kanade", "opencv_dis"),))


@pytest.mark.slow
def test_the_command(tmp_path, quick_methods):
    out = tmp_path / "rows.json"
    done = CliRunner().invoke(
        app, ["bench", "flow", "--size", "64", "--pairs", "2", "--repeats", "1", "--json", str(out)]
    )
    assert done.exit_code == 0, done.output
    rows = {row["name"]: row for row in json.loads(out.read_text())}
    assert len(rows) == 2 + 3 * 3
    same = rows["difference: jax_lucas_kanade - opencv_dis, 1 px motion, 64 px"]
    assert 0 < same["ours"] < 1
    error = rows["error: opencv_farneback | opencv_dis, 1 px motion, 64 px"]
    assert error["ratio"] == pytest.approx(error["peer"] / error["ours"])
    assert 0 < error["ours"] < 1


def test_faces_are_moved_by_what_is_said():
    face = np.random.default_rng(0).integers(0, 255, (256, 256)).astype(np.uint8)
    pairs = face_pairs([face], 64, 2.0, 3)
    assert pairs.previous.shape == (3, 64, 64)
    assert np.sqrt(np.square(pairs.flow).sum(axis=-1)).max() <= 2.1
    assert pairs.previous[0].tobytes() == face_pairs([face], 64, 2.0, 1).previous[0].tobytes()


@pytest.mark.parametrize("wrong", [{"sizes": (32,)}, {"sizes": ()}, {"pairs": 0}])
def test_wrong_sizes(wrong):
    with pytest.raises(MebenchError, match="allowed: sizes from 64 px, pairs from 1"):
        FlowBenchmark(**wrong)


def test_a_peer_without_contrib_is_told(quick_methods):
    with pytest.raises(MebenchError, match="no-such-python cannot be started"):
        benchmark_flow(FlowBenchmark((64,), 1, 1), "no-such-python")
