"""The benchmark of building: it measures, cleans up, and shows that memory does not grow with a subject's size."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

from tfds_builders import benchmark

ROOT = Path(__file__).parents[2]


def said(place, *args):
    """Run the benchmark as a user does; return what it prints."""
    command = [sys.executable, "-m", "tfds_builders.benchmark", "--dir", str(place), *args]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_it_prints_speeds_and_leaves_nothing(tmp_path):
    lines = said(tmp_path, "--total-mb", "4", "--file-kb", "50", "--repeats", "1", "--fsync").splitlines()
    assert lines[0] == "4 MB in files of 50 kB, 4 subjects, page cache is warm"
    for line, jobs in zip(lines[1:3], (1, 2), strict=True):
        assert re.fullmatch(rf"jobs {jobs}: cp -r +\d+ MB/s, build +\d+ MB/s, ratio \d+\.\d\d, peak memory .*", line)
    assert re.fullmatch(r"147 videos with 588 expressions read in \d+\.\d\d s", lines[3])
    assert len(lines) == 4
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_size_of_a_subject(tmp_path):
    line = said(tmp_path, "--total-mb", "300", "--file-kb", "100", "--subjects", "2", "--repeats", "1", "--jobs", "2")
    peak, before = map(int, re.search(r"peak memory (\d+) MB \((\d+) MB before\)", line).groups())
    element = 128 * 100 // 1000  # MB; a job holds one as files, one as a record, and the writer's copies
    assert peak - before < 2 * 6 * element + 60


def test_the_tree_is_that_size_and_the_same_every_time(tmp_path):
    sizes = [benchmark.make_tree(tmp_path / name, 2, 100, 2) for name in "ab"]
    first, second = (sorted(path.read_bytes() for path in (tmp_path / name).rglob("*.jpg")) for name in "ab")
    assert sizes == [sum(map(len, first))] * 2 == [2_000_000] * 2
    assert first == second
    assert len({hashlib.sha256(data).digest() for data in first}) == 20
