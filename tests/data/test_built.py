"""A built dataset whose files are damaged: named, built again where that is possible, never half used."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.damages import DAMAGES, damaged_copies
from fixtures.made_videos import FRAMES
from fixtures.read_only import read_only

from mebench.data.builders import build_dataset, builder_of
from mebench.data.built import NOTE, damage_of
from mebench.data.source import open_dataset, read_infos
from mebench.errors import MebenchError
from mebench.progress import Silent
from mebench.sealed.folder import files_below


class Listening(Silent):
    """Progress that remembers what is said."""

    def __init__(self):
        self.said = []

    def say(self, sentence):
        self.said.append(sentence)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A data folder with the made dataset in it, opened once."""
    root = tmp_path_factory.mktemp("data")
    build_dataset("made_videos", "", root, Silent())
    open_dataset("made_videos", "", root, Silent())
    return root


@pytest.fixture(scope="module")
def whole(root):
    return open_dataset("made_videos", "", root, Silent()).fingerprint


def content(dataset):
    """Every frame of a dataset, so that every shard is read to its end."""
    return [video.frames.encoded(0, FRAMES) for video in dataset.videos]


@pytest.fixture(scope="module")
def pixels(root):
    return content(open_dataset("made_videos", "", root, Silent()))


def files(root):
    """Every file but locks and the name of the main config, which TFDS keeps for callers that name none."""
    return [path for path in files_below(root) if not any(part.startswith(".") for part in path.parts[-2:])]


def built_and_read(root, progress):
    """Fingerprint and frames of the dataset after a build, or the sentence that refuses it."""
    try:
        build_dataset("made_videos", "", root, progress)
        dataset = open_dataset("made_videos", "", root, progress)
        return dataset.fingerprint, content(dataset)
    except MebenchError as error:
        return str(error)


def test_every_damaged_file_is_built_again_or_named(root, whole, pixels, tmp_path):
    refused = set()
    for number, path in enumerate(files(root)):
        for name, copy, inside in damaged_copies(root, path, tmp_path / str(number)):
            progress = Listening()
            found = built_and_read(copy, progress)
            if isinstance(found, str):
                assert found.startswith(f"{inside.parent} is damaged ("), (name, path)
                assert "delete that folder and build the dataset again" in found
                refused.add((path.parent.parent.name, path.suffix == ".json", name))
            else:
                assert found == (whole, pixels), (name, path)
                named = [said for said in progress.said if f"{inside.parent}/" in said and "is damaged (" in said]
                assert named, (name, path)
                assert name == "swapped" or str(inside) in named[0]
            shutil.rmtree(copy)
    assert refused == {("frames", False, "flipped")}  # shards of pixels, which are not hashed: found when they are read


def test_a_flipped_bit_in_a_shard_is_refused_or_changes_nothing(root, pixels, tmp_path):
    """ArrayRecord's own hashes, at many places of a file; a quarter of it is filling between blocks."""
    copy = Path(shutil.copytree(root, tmp_path / "data"))
    (shard,) = copy.glob("made_videos/frames/1.0.0/*-00001-of-00003")
    data, found = shard.read_bytes(), []
    for place in range(0, len(data), 8999):
        shard.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        found.append(built_and_read(copy, Silent()))
    refused = [one for one in found if isinstance(one, str)]
    assert all(f"{shard.parent} is damaged" in one for one in refused)
    assert all(one[1] == pixels for one in found if not isinstance(one, str))
    assert len(found) > len(refused) > 0.6 * len(found)


def test_a_damaged_dataset_is_not_read_before_it_is_built_again(root, tmp_path):
    copy = Path(shutil.copytree(root, tmp_path / "data"))
    path = copy / "made_videos" / "videos" / "1.0.0" / "dataset_info.json"
    DAMAGES["cut"](path, path)
    with pytest.raises(MebenchError, match=r"dataset_info.json is damaged .* run: mebench data build made_videos$"):
        read_infos("made_videos", "", copy)


def test_another_configs_files_are_found(root, tmp_path):
    copy = Path(shutil.copytree(root, tmp_path / "data"))
    videos, frames = (copy / "made_videos" / form / "1.0.0" for form in ("videos", "frames"))
    shutil.rmtree(frames)
    shutil.copytree(videos, frames)
    assert "it belongs to" in str(damage_of(frames))


def test_what_was_built_before_there_were_notes_is_read_and_gets_one(root, whole, tmp_path):
    copy = Path(shutil.copytree(root, tmp_path / "data"))
    notes = [path for path in files(copy) if path.name == NOTE]
    for path in notes:
        path.unlink()
    assert open_dataset("made_videos", "", copy, Silent()).fingerprint == whole
    build_dataset("made_videos", "", copy, Silent())
    assert all(path.is_file() for path in notes)
    info = notes[0].with_name("dataset_info.json")
    notes[0].unlink()
    DAMAGES["cut"](info, info)
    with pytest.raises(MebenchError, match="TFDS cannot read its description"):
        builder_of("made_videos", "", notes[0].parent.parent.name, copy)


BUILD = """
import sys
from pathlib import Path
import fixtures.made_videos as made
from mebench.data.builders import build_dataset
from mebench.data.source import open_dataset
from mebench.progress import Silent

class Told(Silent):
    def say(self, sentence):
        print(sentence, flush=True)

root, first = Path(sys.argv[1]), sys.argv[2] == "first"
if first:
    def slow(source):
        def frames():
            print("drawing", flush=True)
            sys.stdin.readline()
            yield from source.frames()
        return made.SourceVideo(source.info, frames)
    made.MadeVideos.change = staticmethod(slow)
build_dataset("made_videos", "quick", root, Told())
print(open_dataset("made_videos", "quick", root, Told()).fingerprint, flush=True)
"""


def test_two_processes_that_build_the_same_are_one_that_builds_and_one_that_waits(tmp_path):
    tests = Path(__file__).parents[1]
    command = [sys.executable, "-W", "ignore", "-c", BUILD, str(tmp_path)]
    settings = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "text": True,
        "env": {**os.environ, "PYTHONPATH": f"{tests}:{tests.parent}"},
    }
    with subprocess.Popen([*command, "first"], **settings) as first:
        assert first.stdout.readline() == "drawing\n"
        with subprocess.Popen([*command, "second"], **settings) as second:
            place = tmp_path / "made_videos" / "quick_frames"
            assert second.stdout.readline() == f"another process is building {place}; waiting until it is done\n"
            said = first.communicate("\n\n")[0].splitlines()
            assert second.communicate()[0].splitlines() == said[-1:]
    assert (first.returncode, second.returncode, said[:-1]) == (0, 0, ["drawing"])


def test_hashes_of_a_folder_that_cannot_be_written_are_kept_elsewhere(root, whole, tmp_path):
    """A lab's read-only copy: opened without a write, hashed once."""
    copy = Path(shutil.copytree(root, tmp_path / "data"))
    for path in copy.rglob("fingerprint.json"):
        path.unlink()
    stages = []

    class Watched(Listening):
        def stage(self, description, total, unit):
            stages.append(description)
            return super().stage(description, total, unit)

    with read_only(copy):
        for _ in range(2):
            build_dataset("made_videos", "", copy, Watched())
            found = open_dataset("made_videos", "", copy, Watched(), spare=tmp_path / "spare")
            assert found.fingerprint == whole
    assert stages == ["Fingerprint"]
    assert [path.name for path in files(tmp_path / "spare")] == ["made_videos-frames-1.0.0.json"]
    assert not list(copy.rglob("fingerprint.json"))
