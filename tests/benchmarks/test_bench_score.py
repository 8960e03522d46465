"""`mebench bench score`: the peer counts as we do, and the rows are what a reader of the JSON expects."""

import json
import sys

import pytest
from typer.testing import CliRunner

from mebench.benchmarks.rows import seconds_beside
from mebench.benchmarks.score import benchmark_score, made_tables
from mebench.cli.main import app
from mebench.errors import MebenchError


def test_the_command(tmp_path):
    out = tmp_path / "rows.json"
    small = ["--predictions", "200", "--resamples", "20", "--repeats", "1"]
    done = CliRunner().invoke(app, ["bench", "score", *small, "--json", str(out)])
    assert done.exit_code == 0, done.output
    rows = json.loads(out.read_text())
    keys = ["name", "ours", "peer", "ratio", "unit", "limit_share", "threads", "device"]
    assert [list(row) for row in rows] == [keys, keys]
    assert all(row["ratio"] == pytest.approx(row["peer"] / row["ours"]) for row in rows)
    assert "200 intervals in 30 videos" in done.output


def test_tables_are_seeded_and_some_intervals_are_hit():
    one, other = made_tables(300), made_tables(300)
    assert one.predictions.onset.tolist() == other.predictions.onset.tolist()
    assert (len(one.predictions), len(one.truth), len(one.manifest)) == (300, 210, 30)


def test_both_are_called_in_turn_after_a_warm_up():
    calls = []
    seconds_beside(lambda: calls.append("a"), lambda: calls.append("b"), 2)
    assert "".join(calls) == "ababab"


def test_without_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MebenchError, match=r"the peer needs pandas; install it with: pip install '.\[bench\]'"):
        benchmark_score(10, 1, 1)
