"""A run that is killed with SIGKILL, wherever, goes on and ends with the bytes of a run that was left alone."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.drawn import own_tiny

from mebench.record.record import metrics_text, read_record

TEXT = """name = "synth_me/resume"
[dataset]
name = "synth_me"
variant = "tiny"
limit = 2
[features]
flow = "opencv_farneback"
[train]
epochs = 2
recognition_epochs = 20
[score]
bootstrap = 50
"""

MOMENTS = {
    "while the dataset is drawn": ("data", "synth_me/tiny_frames/.staging/*.part"),
    "while features are computed": ("data", "mebench_features/*/*.npy"),
    "after a checkpoint": ("runs", "synth_me/resume/*/checkpoints/*"),
    "while windows are scored": ("runs", "synth_me/resume/*/scores/*.npz"),
    "while scores are written": ("runs", "synth_me/resume/*/predictions.csv"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with the experiment."""
    folder = tmp_path_factory.mktemp("resume")
    (folder / "e.toml").write_text(TEXT)
    return folder


def start(folder: Path, place: Path) -> subprocess.Popen:
    """Start the run; what it says goes to a file, since nobody reads along."""
    command = [sys.executable, "-m", "mebench", "run", str(folder / "e.toml")]
    command += ["--runs", str(place / "runs"), "--data", str(place / "data")]
    place.mkdir(exist_ok=True)
    with (place / "said.txt").open("w") as said:
        return subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)


def finish(folder: Path, place: Path) -> tuple[bytes, str, bytes]:
    """Run to the end; return predictions, metrics and training losses."""
    assert start(folder, place).wait(timeout=300) == 0, (place / "said.txt").read_text()
    (run,) = (place / "runs/synth_me/resume").iterdir()
    metrics = metrics_text(read_record(run / "record.json"))
    return (run / "predictions.csv").read_bytes(), metrics, (run / "metrics.jsonl").read_bytes()


def kill_when(folder: Path, place: Path, pattern: str, root: str) -> bool:
    """Start the run and kill it as soon as a file of that pattern is there; return whether it was still running."""
    process = start(folder, place)
    deadline = time.monotonic() + 300
    while process.poll() is None and time.monotonic() < deadline:
        if any((place / root).glob(pattern)):
            process.send_signal(signal.SIGKILL)
            process.wait()
            return process.returncode == -signal.SIGKILL
        time.sleep(0.01)
    process.kill()
    raise AssertionError(f"the run ended before {pattern} was there: {(place / 'said.txt').read_text()}")


@pytest.fixture(scope="module")
def undisturbed(drawn, folder):
    own_tiny(drawn, folder / "undisturbed" / "data")
    return finish(folder, folder / "undisturbed")


@pytest.mark.parametrize(
    "moments", [("while features are computed", "after a checkpoint"), pytest.param(MOMENTS, marks=pytest.mark.slow)]
)
def test_killed_at_some_stages_it_ends_with_the_same_bytes(drawn, folder, undisturbed, moments):
    place = folder / f"killed {len(moments)} times"
    if "while the dataset is drawn" not in moments:
        own_tiny(drawn, place / "data")
    for moment in moments:
        root, pattern = MOMENTS[moment]
        assert kill_when(folder, place, pattern, root), moment
    assert finish(folder, place) == undisturbed


def test_third_start_says_that_nothing_is_to_do(folder, undisturbed):
    place = folder / "undisturbed"
    assert start(folder, place).wait(timeout=300) == 0
    assert "finished; nothing was done" in (place / "said.txt").read_text()
