"""`mebench bench train` and `infer` without a peer, the made-up case, and the peer of decoding."""

import json
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from typer.testing import CliRunner

from mebench.benchmarks.infer import HALF, scipy_decoding
from mebench.benchmarks.mean_case import check_peer, made_case, write_case
from mebench.benchmarks.peer import started
from mebench.cli.main import app
from mebench.config.experiment import TrainConfig
from mebench.errors import MebenchError
from mebench.methods.mean.network import new_weights
from mebench.tasks.decode import decode_spots, vote_emotions

KEYS = ["name", "ours", "peer", "ratio", "unit", "limit_share", "threads", "device"]


def rows_of(tmp_path, *arguments):
    out = tmp_path / "rows.json"
    done = CliRunner().invoke(app, ["bench", *arguments, "--repeats", "1", "--no-growth", "--json", str(out)])
    assert done.exit_code == 0, done.output
    rows = json.loads(out.read_text())
    assert all(list(row) == KEYS for row in rows)
    return rows


@pytest.mark.slow
def test_the_command_infer(tmp_path):
    rows = rows_of(tmp_path, "infer", "--folds", "2", "--videos", "1", "--windows", "66")
    assert [row["unit"] for row in rows] == ["windows/s", "s"]
    assert rows[0]["peer"] is None
    assert 0 < rows[0]["limit_share"] < 1
    assert rows[1]["ratio"] == pytest.approx(rows[1]["peer"] / rows[1]["ours"])


@pytest.mark.slow
def test_the_command_train(tmp_path):
    sizes = ["--folds", "2", "--windows", "8", "--apexes", "8", "--recognition-epochs", "1", "--batch", "8"]
    rows = rows_of(tmp_path, "train", *sizes)
    names = [row["name"].split(",")[0] for row in rows]
    assert names[:4] == ["spotting", "recognition", "whole LOSO", "whole LOSO"]
    assert [row["name"] for row in rows[-3:]] == [f"spotting, folds = {how}" for how in ("map", "threads", "vmap")]
    assert all(row["ours"] > 0 or row["name"].startswith("compiling") for row in rows)


def test_made_folds_and_what_the_peer_reads(tmp_path):
    one, other = made_case(2, 70, 9, 32), made_case(2, 70, 9, 32)
    np.testing.assert_array_equal(one.windows, other.windows)
    assert one.spotting.places.shape == (2, 96)
    assert one.spotting.counts.tolist() == [70, 70]
    assert len(set(one.spotting.places[0, :70].tolist())) == 70
    assert one.spotting.targets[0, :70].sum() == 12
    assert sorted(set(one.recognition.targets[0, :9].tolist())) == [0, 1, 2]
    write_case(tmp_path, one, new_weights(3, jax.random.key(0)))
    with np.load(tmp_path / "weights.npz") as file:
        assert file["strain.conv.kernel"].shape == (5, 5, 1, 8)
        assert "u.norm.var" in file.files
    np.testing.assert_array_equal(np.load(tmp_path / "windows.npy"), one.windows)


OTHER = """
import json, sys
found = {"scores": [0.0] * 32, "probabilities": [[1, 0, 0]] * 32, "loss": 1.0, "norms": {"u": 1.0}}
for line in sys.stdin:
    print(json.dumps(found), flush=True)
"""


@pytest.mark.slow
def test_another_network_is_no_peer(tmp_path):
    script = tmp_path / "other.py"
    script.write_text(OTHER)
    with started(sys.executable, script, []) as peer, pytest.raises(MebenchError, match="another network"):
        check_peer(peer, made_case(1, 40, 8, 32), new_weights(3, jax.random.key(0)), TrainConfig())


def test_a_peer_without_torch(tmp_path):
    missing = tmp_path / "python"
    arguments = ["infer", "--folds", "1", "--videos", "1", "--windows", "32", "--torch-python", str(missing)]
    done = CliRunner().invoke(app, ["bench", *arguments])
    assert isinstance(done.exception, MebenchError)
    assert "cannot be started" in str(done.exception)


def test_scipy_decodes_as_we_do():
    generator = np.random.default_rng(4)
    scores, probabilities = generator.random(900), generator.random((900, 3))
    spots = decode_spots(scores, HALF, 0.55, 900, clip=False)
    emotions = vote_emotions(probabilities, spots.peaks, HALF)
    assert scipy_decoding(scores, probabilities) == list(zip(spots.peaks.tolist(), emotions.tolist(), strict=True))
    assert len(emotions) > 2


def test_the_peer_needs_no_mebench():
    script = Path(sys.modules["mebench.benchmarks.infer"].__file__).with_name("mean_torch.py").read_text()
    assert "import mebench" not in script
    assert "from mebench" not in script
