"""A build that is killed with SIGKILL, wherever, goes on with its finished shards and ends with the same bytes."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow_datasets as tfds
from fixtures.made_videos import FRAMES, MadeVideos, with_info

from mebench.errors import MebenchError
from tfds_builders.base import SourceVideo

DRIVER = """
import hashlib, json, os, signal, sys, threading
from pathlib import Path
from fixtures.made_videos import MadeVideos
from tfds_builders.base import SourceVideo

root, form, jobs = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
MOVES = {"open", "os.link", "os.rename", "os.remove", "os.mkdir", "os.rmdir"}

def build(place, said, kill_at=None):
    # Build in a process of its own; write what happened to `said`; be killed at the given event.
    pid = os.fork()
    if pid == 0:
        seen, drawn, told, lock = 0, [], [], threading.RLock()
        def event():
            nonlocal seen
            with lock:
                seen += 1
                if seen == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)
        def audit(name, args):
            if name in MOVES and str(args[0]).startswith(str(place)):
                event()
        def frames(source):
            drawn.append(source.info.subject)
            return source.frames()
        def on_frames(count):
            told.append(count)
            event()
        builder = MadeVideos(data_dir=place, config=form)
        builder.jobs, builder.on_frames = jobs, on_frames
        builder.change = lambda v: SourceVideo(v.info, lambda: frames(v))
        sys.addaudithook(audit)
        builder.download_and_prepare()
        done = {"events": seen, "drawn": sorted(drawn), "told": sum(told)}
        said.write_text(json.dumps(done))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def state(place):
    # Digests of all files of the dataset, and whatever else lies beside it.
    folder = place / "made_videos" / form
    files = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (folder / "1.0.0").glob("*")}
    return files, sorted(p.name for p in folder.glob("*"))

def staged(place):
    return {s.with_suffix(".shard").stat().st_ino for s in (place / "made_videos" / form / ".staging").glob("*.json")}

assert build(root / "whole", root / "said") == 0
whole, events = state(root / "whole"), json.loads((root / "said").read_text())["events"]
found = []
for kill_at in range(1, events + 1, int(sys.argv[4])):
    place = root / str(kill_at)
    killed = build(place, root / "said", kill_at)
    kept, over = staged(place), (place / "made_videos" / form / "1.0.0").exists()
    again = build(place, root / "said")
    done = json.loads((root / "said").read_text())
    inodes = {p.stat().st_ino for p in (place / "made_videos" / form / "1.0.0").glob("*.array_record*")}
    found.append({"killed": killed, "again": again, "over": over, "kept": len(kept), "used": len(kept & inodes),
                  "same": state(place) == whole, "drawn": done["drawn"], "told": done["told"]})
print(json.dumps({"events": events, "beside": whole[1], "found": found}))
"""


def run(tmp_path, *args):
    """Build, kill and build again for many moments, in a process that has no threads before it forks."""
    tests = Path(__file__).parents[1]
    env = {**os.environ, "PYTHONPATH": f"{tests}:{tests.parent}"}
    command = [sys.executable, "-W", "ignore", "-c", DRIVER, str(tmp_path), *args]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("form", "jobs", "step"), [("frames", "1", "2"), ("frames", "3", "3"), ("videos", "3", "7")])
def test_killed_anywhere_it_ends_with_the_same_bytes(tmp_path, form, jobs, step):
    said = run(tmp_path, form, jobs, step)
    assert said["beside"] == [".build.lock", "1.0.0"]
    assert len(said["found"]) > 5
    for moment in said["found"]:
        assert (moment["killed"], moment["again"]) == (-9, 0)
        assert moment["same"], moment
        pixels = form == "frames" and not moment["over"]
        assert moment["told"] == (6 * FRAMES if pixels else 0)
        assert len(moment["drawn"]) == (6 - 2 * moment["kept"] if pixels else 0)
        assert moment["used"] == moment["kept"]
    assert {moment["kept"] for moment in said["found"]} >= {0, 3}
    if form == "frames":
        assert any(0 < moment["kept"] < 3 for moment in said["found"])


def folder_of(tmp_path, form="frames"):
    return tmp_path / "made_videos" / form


def made(tmp_path, change=None, jobs=1, form="frames"):
    """Return a builder, and a list to which the subjects are added whose frames are asked for."""
    builder, asked = MadeVideos(data_dir=tmp_path, config=form), []

    def changed(source):
        source = change(source) if change else source

        def frames():
            asked.append(source.info.subject)
            return source.frames()

        return dataclasses.replace(source, frames=frames)

    builder.change, builder.jobs = changed, jobs
    return builder, asked


def fail_at_s2(source):
    """Return a video that has a frame too few if it is of subject s2, the last one."""
    if source.info.subject != "s2":
        return source
    return SourceVideo(source.info, lambda: iter([b"x"] * 149), source.stamp)


def shards(tmp_path):
    """Return the bytes of every shard by name."""
    return {path.name: path.read_bytes() for path in folder_of(tmp_path).glob("1.0.0/*.array_record*")}


def fail_once(tmp_path, change=lambda source: source, jobs=1):
    """Build all subjects but s2."""
    builder, asked = made(tmp_path, lambda source: fail_at_s2(change(source)), jobs)
    with pytest.raises(MebenchError, match=r"video s2_0 .* has 149 frames, not the 150"):
        builder.download_and_prepare()
    return asked


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_subject_that_fails_leaves_the_finished_shards(tmp_path, jobs):
    fail_once(tmp_path, jobs=jobs)
    kept = len(list(folder_of(tmp_path).glob(".staging/*.json")))
    assert kept == 2 or jobs == 2  # the other thread may be stopped before its shard is whole
    assert not list(folder_of(tmp_path).glob(".staging/*.part"))
    builder, asked = made(tmp_path)
    builder.download_and_prepare()
    assert asked.count("s2") == 2
    assert len(asked) == 6 - 2 * kept
    whole, _ = made(tmp_path / "whole")
    whole.download_and_prepare()
    assert shards(tmp_path) == shards(tmp_path / "whole")
    assert sorted(path.name for path in folder_of(tmp_path).iterdir()) == [".build.lock", "1.0.0"]


CHANGES = {
    "file stamps": lambda source: dataclasses.replace(source, stamp="a.jpg 100 5"),
    "frame rate": lambda source: with_info(source, fps=30.0),
    "annotations": lambda source: with_info(source, expressions=source.info.expressions[:1]),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_source_is_written_again(tmp_path, what):
    assert fail_once(tmp_path)[:4] == ["s1", "s1", "s10", "s10"]
    changed = CHANGES[what]
    builder, asked = made(tmp_path, lambda source: changed(source) if source.info.subject == "s1" else source)
    builder.download_and_prepare()
    assert asked == ["s1", "s1", "s2", "s2"]


def test_a_shard_of_another_version_is_written_again(tmp_path, monkeypatch):
    fail_once(tmp_path)
    monkeypatch.setattr(MadeVideos, "VERSION", tfds.core.Version("1.0.1"))
    builder, asked = made(tmp_path)
    builder.download_and_prepare()
    assert sorted(set(asked)) == ["s1", "s10", "s2"]
    assert sorted(path.name for path in folder_of(tmp_path).iterdir()) == [".build.lock", "1.0.1"]


def test_what_is_asked_to_be_overwritten_is_written_again(tmp_path):
    fail_once(tmp_path)
    builder, asked = made(tmp_path)
    mode = tfds.download.GenerateMode.REUSE_CACHE_IF_EXISTS
    builder.download_and_prepare(download_config=tfds.download.DownloadConfig(download_mode=mode))
    assert sorted(set(asked)) == ["s1", "s10", "s2"]


def test_a_source_that_changes_while_it_is_built_is_told(tmp_path):
    times = []

    def ever_new(source):
        times.append(source)
        return dataclasses.replace(source, stamp=str(len(times)))

    builder, _ = made(tmp_path, ever_new)
    with pytest.raises(MebenchError, match="the source changed while it was built"):
        builder.download_and_prepare()
    assert not builder.is_prepared()
