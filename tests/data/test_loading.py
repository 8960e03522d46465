"""Built datasets in loaders of others: the examples of the page run, and what a loader needs is there."""

import os
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from operator import getitem
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds

from mebench.data.source import build_dataset, read_infos
from mebench.progress import Silent

PAGE = Path(__file__).parents[2] / "mebench" / "docs" / "loading.md"
COMMON, TORCH, GRAIN = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Folder of the built dataset that the page reads."""
    folder = tmp_path_factory.mktemp("data")
    build_dataset("synth_me", "tiny", folder, Silent())
    return folder


def test_what_a_loader_needs(data):
    source = tfds.data_source("synth_me/tiny_frames", split="full", data_dir=data)
    assert len(source) == 12
    first, last = source.__getitems__([0, 11])
    assert (first["video_id"], first["start"], last["start"]) == (b"s01_1", 0, 128)
    with ProcessPoolExecutor(1, get_context("spawn")) as workers:  # as a loader's workers get it
        again = workers.submit(getitem, source, 11).result(timeout=120)
    assert np.array_equal(again["frames"], source[11]["frames"])
    with pytest.raises((IndexError, ValueError)):
        source[12]


@pytest.mark.parametrize(
    ("package", "example", "shape"),
    [("torch", TORCH, "torch.Size([4, 16, 256, 256, 3])"), ("grain", GRAIN, "(4, 16, 256, 256, 3)")],
)
def test_examples_run(data, tmp_path, package, example, shape):
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    (script := tmp_path / "example.py").write_text(COMMON + example)
    environment = os.environ | {"TFDS_DATA_DIR": str(data)}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert [line.startswith(shape) for line in done.stdout.splitlines()] == [True] * 3
    labels = re.findall(r"[01]\.", done.stdout.replace(shape, ""))
    infos = read_infos("synth_me", "tiny", data)
    inside = sum(any(start <= e.apex < start + 128 for e in one.micro) for one in infos for start in (0, 128))
    assert (len(labels), labels.count("1.")) == (12, inside)
