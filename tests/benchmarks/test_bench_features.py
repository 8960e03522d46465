"""`mebench bench features`: both ways go over the same videos."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from mebench.benchmarks import features
from mebench.benchmarks.features import benchmark_features
from mebench.cli.main import app
from mebench.errors import MebenchError


@pytest.mark.slow
def test_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(features, "DATASET", ("synth_me", "clips_tiny"))
    out = tmp_path / "rows.json"
    call = ["bench", "features", "--flow", "opencv_farneback", "--repeats", "1", "--json", str(out)]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    row, *growth = json.loads(out.read_text())
    assert row["name"] == "opencv_farneback, 12 videos | opencv_farneback, frame by frame"
    assert row["ratio"] == pytest.approx(row["ours"] / row["peer"])
    assert [one["name"].split(": ")[1] for one in growth] == ["time a frame", "peak memory"]
    assert growth[1]["ours"] >= 1


def test_repeated_frames_are_the_frames_over_and_over():
    class Numbers:
        def __len__(self):
            return 5

        def read(self, start, stop):
            assert 0 <= start < stop <= 5
            return pictures[start:stop]

        def read_gray(self, start, stop):
            return self.read(start, stop)[..., 0]

    pictures = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    repeated = features._Repeated(Numbers(), 3)
    whole = np.tile(pictures, (3, 1, 1, 1))
    assert len(repeated) == 15
    for start in range(15):
        for stop in range(start + 1, 16):
            np.testing.assert_array_equal(repeated.read(start, stop), whole[start:stop])


def test_an_unknown_flow_is_told_before_anything_is_drawn():
    with pytest.raises(MebenchError, match="unknown flow method 'dis'"):
        benchmark_features(("dis",), 1)
