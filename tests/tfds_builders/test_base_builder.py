"""The base of long-video builders: what is stored, that bytes repeat, and what it refuses."""

import fcntl
import hashlib
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from fixtures.made_videos import FRAMES, MadeVideos, expressions, image, video, with_info
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_datasets.core.decode import DeserializeMethod
from tensorflow_datasets.proto import tf_example_pb2

from mebench.data.interval import Expression
from mebench.errors import MebenchError
from tfds_builders.base import SEGMENT, SourceVideo
from tfds_builders.checks import DuplicateKey, check_video
from tfds_builders.elements import segments


def made(folder, form="frames", jobs=1, change=None, names=None):
    """Return a builder of the made dataset, perhaps with a fault."""
    builder = MadeVideos(data_dir=folder, config=form)
    builder.jobs = jobs
    builder.change = change or builder.change
    builder.names = names or builder.names
    return builder


def built(folder, form="frames", jobs=1):
    """Return a builder whose config is built."""
    builder = made(folder, form, jobs)
    builder.download_and_prepare()
    return builder


def stored(builder, split="full"):
    """Return (video id, start, image files) of every element; nothing is decoded."""
    for raw in builder.as_data_source(split, deserialize_method=DeserializeMethod.RAW_BYTES):
        feature = tf_example_pb2.Example.FromString(raw).features.feature
        video_id, start = feature["video_id"].bytes_list.value[0].decode(), feature["start"].int64_list.value[0]
        yield video_id, start, list(feature["frames"].bytes_list.value)


def digests(builder):
    """Return the sha256 of every shard by name."""
    paths = Path(builder.data_dir).glob("*.array_record*")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.mark.smoke
def test_frames_are_stored_as_they_came_in_segments_of_128(tmp_path):
    elements = list(stored(built(tmp_path), "full[1shard:2shard]"))
    assert [(video_id, start, len(files)) for video_id, start, files in elements] == [
        ("s10_0", 0, 128),
        ("s10_0", 128, 22),
        ("s10_1", 0, 128),
        ("s10_1", 128, 22),
    ]
    assert elements[1][2] == [image(4, number) for number in range(128, FRAMES)]


def test_images_that_end_in_zero_bytes_keep_them(tmp_path):
    padded = made(tmp_path, change=lambda v: SourceVideo(v.info, lambda: (data + b"\0\0" for data in v.frames())))
    padded.download_and_prepare()
    assert next(stored(padded))[2][0] == image(0, 0) + b"\0\0"


def test_videos_hold_facts_and_expressions(tmp_path):
    element = built(tmp_path, "videos").as_data_source("full")[0]
    rows = element["expressions"]
    assert element["subject"] == b"s1"
    assert element["video"] == b"take 0"
    assert element["fps"] == np.float64(np.float32(29.97))
    assert [list(rows[key]) for key in ("onset", "apex", "offset")] == [[10, 90], [14, -1], [20, 149]]
    assert list(rows["aus"]) == [b"AU12+L14", b""]
    assert "frames" not in element


@pytest.mark.parametrize("form", ["frames", "videos"])
def test_bytes_repeat_whatever_the_number_of_jobs(tmp_path, form):
    first, again, threads = (digests(built(tmp_path / str(n), form, jobs)) for n, jobs in enumerate((1, 1, 3)))
    assert len(first) == 3
    assert first == again == threads


def test_progress_is_told_of_every_frame(tmp_path):
    builder, seen = made(tmp_path, jobs=2), []
    builder.on_frames = seen.append
    builder.download_and_prepare()
    assert sum(seen) == 6 * FRAMES
    assert set(seen) == {128, 22}


def test_variants_are_configs(tmp_path):
    assert [config.name for config in MadeVideos.BUILDER_CONFIGS] == [
        "frames",
        "quick_frames",
        "videos",
        "quick_videos",
    ]
    quick = built(tmp_path, "quick_videos")
    assert quick.variant == "quick"
    assert len(quick.as_data_source("full")) == 2


def test_a_built_config_is_not_built_again(tmp_path):
    built(tmp_path)
    other = made(tmp_path, names=())
    other.download_and_prepare()
    assert other.is_prepared()


def keep_id(source):
    """Give every video the id of its subject."""
    return with_info(source, video_id=source.info.subject)


def one_id_for_all(source):
    """Give the first take of every subject one id."""
    return with_info(source, video_id="same") if source.info.video.endswith("0") else source


@pytest.mark.parametrize(
    ("change", "said"), [(keep_id, "made_videos: video id s1 .subject s1, video take"), (one_id_for_all, "id same")]
)
def test_a_video_id_that_stands_twice_is_refused(tmp_path, change, said):
    with pytest.raises(DuplicateKey, match=said):
        made(tmp_path, "videos", change=change).download_and_prepare()


def test_a_subject_that_stands_twice_is_refused(tmp_path):
    with pytest.raises(DuplicateKey, match="made_videos: the source names subject s2 twice"):
        made(tmp_path, names=("s1", "s2", "s2")).download_and_prepare()


def test_a_source_without_subjects_is_refused(tmp_path):
    builder = made(tmp_path)
    builder.subjects = lambda dl_manager, variant: []
    with pytest.raises(MebenchError, match="has no subject"):
        builder.download_and_prepare()


@pytest.mark.parametrize(
    ("count", "said"), [(FRAMES + 1, "has 150 frames, not the 151"), (FRAMES - 1, "has more frames than the 149")]
)
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_wrong_frame_count_is_refused_and_nothing_is_left(tmp_path, count, said, jobs):
    builder = made(tmp_path, jobs=jobs, change=lambda v: with_info(v, num_frames=count, expressions=()))
    with pytest.raises(MebenchError, match=f"video s1.*{said}|video s10.*{said}"):
        builder.download_and_prepare()
    assert not builder.is_prepared()
    assert [path.name for path in (tmp_path / "made_videos" / "frames").iterdir()] == [".build.lock"]


def test_an_endless_source_is_stopped(tmp_path):
    def endless():
        while True:
            yield b"x"

    builder = made(tmp_path, change=lambda v: SourceVideo(v.info, endless))
    with pytest.raises(MebenchError, match="more frames than the 150"):
        builder.download_and_prepare()


def test_an_empty_file_is_named(tmp_path):
    builder = made(tmp_path, change=lambda v: SourceVideo(v.info, lambda: iter([b"x"] * 130 + [b""] * 20)))
    with pytest.raises(MebenchError, match="the file of frame 130 is empty"):
        builder.download_and_prepare()


CUT_OFF = """
import os, sys
from fixtures.made_videos import MadeVideos
from tfds_builders.base import SourceVideo
def frames(source):
    yield from list(source.frames())[:140]
    os._exit(9)
builder = MadeVideos(data_dir=sys.argv[1], config="frames")
builder.change = lambda v: SourceVideo(v.info, lambda: frames(v))
builder.download_and_prepare()
"""


def run(code, *args):
    """Run Python code in a process of its own, in the tests' folder."""
    tests = Path(__file__).parents[1]
    path = f"import sys; sys.path[:0] = [{str(tests)!r}, {str(tests.parent)!r}]\n"
    return subprocess.run([sys.executable, "-c", path + code, *args], capture_output=True, text=True, check=False)


def test_what_a_killed_build_left_is_cleared_away(tmp_path):
    assert run(CUT_OFF, str(tmp_path)).returncode == 9
    folder = tmp_path / "made_videos" / "frames"
    assert len(list(folder.glob("incomplete.*"))) == 1
    assert digests(built(tmp_path)) == digests(built(tmp_path / "other"))
    assert not list(folder.glob("incomplete.*"))


def test_another_process_is_waited_for(tmp_path):
    folder = tmp_path / "made_videos" / "frames"
    folder.mkdir(parents=True)
    said, done = [], threading.Event()
    builder = made(tmp_path)
    builder.on_notice = said.append
    with (folder / ".build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = threading.Thread(target=lambda: (builder.download_and_prepare(), done.set()))
        waiting.start()
        while not said:
            done.wait(0.01)
        assert said == [f"another process is building {folder}; waiting until it is done"]
        assert not done.is_set()
    waiting.join()
    assert builder.is_prepared()


READ = """
import sys
import tensorflow_datasets as tfds
import fixtures.made_videos
tfds.disable_progress_bar()
source = tfds.data_source("made_videos/quick_frames", data_dir=sys.argv[1])["full"]
print(source[1]["frames"][0].shape, len(source), "tensorflow" in sys.modules)
"""


@pytest.mark.smoke
def test_tfds_alone_builds_and_reads_without_tensorflow_or_noise(tmp_path):
    done = run(READ, str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "(16, 24, 3) 4 False\n", "")


HIDE = """
import sys
from importlib.machinery import PathFinder
class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] in ("tensorflow", "apache_beam") else super().find_spec(name, path, target)
sys.meta_path[:] = [Without if finder is PathFinder else finder for finder in sys.meta_path]
"""

WITHOUT = """
from fixtures.made_videos import MadeVideos
for builder in (lambda: MadeVideos(data_dir=sys.argv[1], config="frames", file_format="tfrecord"),
                lambda: MadeVideos(data_dir=sys.argv[1], config="frames").download_and_prepare(file_format="tfrecord")):
    try:
        builder()
    except Exception as error:
        print(type(error).__name__, error)
"""


def test_tfrecord_without_tensorflow_says_what_to_install(tmp_path):
    sentence = "MebenchError made_videos as tfrecord needs TensorFlow, which is missing: pip install 'mebench[tf]'\n"
    assert run(HIDE + WITHOUT, str(tmp_path)).stdout == 2 * sentence


NO_ROOM = """
import resource, sys
from fixtures.made_videos import MadeVideos
builder = MadeVideos(data_dir=sys.argv[1], config="frames")
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    builder.download_and_prepare()
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_shard_that_cannot_be_written_is_one_sentence(tmp_path):
    said = run(NO_ROOM, str(tmp_path)).stdout
    assert re.match(r"MebenchError cannot write in .* .*File too large.*; make room there and run the same again", said)
    assert not list((tmp_path / "made_videos").rglob("*.part"))


@pytest.mark.parametrize("name", ["riegeli", "csv"])
def test_a_format_that_is_not_written_is_refused(tmp_path, name):
    with pytest.raises(MebenchError, match=f"written as array_record or tfrecord, not as {name}"):
        MadeVideos(data_dir=tmp_path, config="frames", file_format=name)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subject": "s2"}, "calls it made_videos, subject s2"),
        ({"dataset": "other"}, "calls it other"),
        ({"video_id": "a/b"}, "fit for a file name"),
        ({"video_id": ".."}, "fit for a file name"),
        ({"num_frames": 0}, "0 frames"),
        ({"fps": float("nan")}, "at nan a second"),
        ({"num_frames": 140}, "onset 90, apex -1, offset 149"),
        ({"expressions": expressions(0)[::-1]}, "in order of onset"),
    ],
)
def test_facts_that_cannot_be_are_refused(changes, said):
    with pytest.raises(MebenchError, match=said):
        check_video("made_videos", "s1", with_info(video("s1", 0), **changes).info)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        (Expression(5, 4, 3, "micro", "x", "others", "others"), "do not lie in order"),
        (Expression(1, 2, 3, "micro", "x", "bad", "others"), "coarse is 'bad'; it must be one of negative"),
        (Expression(1, 2, 3, "micro", "x", "others", "joy"), "fine is 'joy'"),
        (Expression(1, 2, 3, "micro", "x", "others", "others", ("AU1+2",)), "without a plus sign"),
    ],
)
def test_expressions_that_cannot_be_are_refused(expression, said):
    with pytest.raises(MebenchError, match=said):
        check_video("made_videos", "s1", with_info(video("s1", 0), expressions=(expression,)).info)


@given(st.integers(1, 3 * SEGMENT + 1))
def test_segments_hold_every_frame_once(count):
    source = with_info(video("s1", 0), num_frames=count, expressions=())
    numbered = SourceVideo(source.info, lambda: (str(i).encode() for i in range(count)))
    elements = [element for _, element in segments(numbered)]
    assert [e["start"] for e in elements] == list(range(0, count, SEGMENT))
    assert [int(data) for e in elements for data in e["frames"]] == list(range(count))


WITHOUT_BEAM = """
import tensorflow_datasets as tfds
from fixtures.made_videos import MadeVideos
config = tfds.download.DownloadConfig(beam_runner="DirectRunner")
try:
    MadeVideos(data_dir=sys.argv[1], config="videos").download_and_prepare(download_config=config)
except Exception as error:
    print(type(error).__name__, error)
"""


def test_beam_without_beam_says_what_to_install(tmp_path):
    sentence = "MebenchError building on Beam needs apache-beam, which is missing: pip install 'mebench[beam]'\n"
    assert run(HIDE + WITHOUT_BEAM, str(tmp_path)).stdout == sentence
