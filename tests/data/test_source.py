"""Reading built datasets: round trip, laziness, and errors that name the frame, the dataset and the next command."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
from fixtures.made_videos import FRAMES, MadeVideos, expressions, image, video, with_info

from mebench.data import builders, source
from mebench.data.builders import build_dataset, builder_classes, list_datasets
from mebench.data.built import NOTE
from mebench.data.frames import LazyFrames, Segment, SegmentStore
from mebench.data.source import open_dataset, read_infos
from mebench.errors import MebenchError
from mebench.progress import Silent
from tfds_builders.base import SourceVideo


class Watched(Silent):
    """Progress that remembers the stages."""

    def __init__(self):
        self.stages = []
        self.said = []

    def stage(self, description, total, unit):
        self.stages.append((description, total, unit))
        return super().stage(description, total, unit)

    def say(self, sentence):
        self.said.append(sentence)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder with the made dataset in it."""
    root = tmp_path_factory.mktemp("data")
    build_dataset("made_videos", "", root, Silent(), jobs=2)
    return root


@pytest.fixture(scope="module")
def dataset(folder):
    """The made dataset, open."""
    return open_dataset("made_videos", "", folder, Silent())


@pytest.mark.smoke
def test_everything_comes_back(dataset):
    assert (dataset.name, dataset.version, dataset.subjects) == ("made_videos", "1.0.0", ("s1", "s10", "s2"))
    assert [v.info.video_id for v in dataset.videos] == ["s1_0", "s1_1", "s10_0", "s10_1", "s2_0", "s2_1"]
    assert dataset.videos[3].info == video("s10", 1).info
    assert dataset.videos[3].info.expressions == expressions(5)
    assert dataset.videos[3].info.fps == 29.97


def test_pixels_are_those_of_opencv(dataset):
    frames = dataset.videos[2].frames
    files = [np.frombuffer(image(4, number), np.uint8) for number in range(120, 140)]
    assert len(frames) == FRAMES
    np.testing.assert_array_equal(frames.read(120, 140), [cv2.imdecode(data, cv2.IMREAD_COLOR) for data in files])
    gray = [cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) for data in files]
    np.testing.assert_array_equal(frames.read_gray(120, 140), gray)
    assert frames.encoded(0, FRAMES) == [image(4, number) for number in range(FRAMES)]


@pytest.mark.parametrize(("start", "stop"), [(-1, 3), (3, 3), (5, 4), (140, FRAMES + 1)])
def test_frames_outside_the_video(dataset, start, stop):
    with pytest.raises(IndexError, match=r"s1_0: frames \["):
        dataset.videos[0].frames.read(start, stop)


class Counted:
    """Serialised elements that count how often each is read."""

    def __init__(self, elements):
        self.elements = elements
        self.read = []

    def __len__(self):
        return len(self.elements)

    def __getitem__(self, number):
        self.read.append(number)
        return self.elements[number]


def raw_elements(folder):
    """Return the serialised elements of the made dataset."""
    return list(source._raw(builders.builder_of("made_videos", "", "frames", folder)))


def test_ten_frames_touch_one_segment(folder):
    counted = Counted(raw_elements(folder))
    frames = LazyFrames("made", "s1_1", FRAMES, 2, SegmentStore(folder, lambda: counted))
    assert counted.read == []
    frames.read(100, 110)
    frames.read(90, 128)
    assert counted.read == [2]
    frames.read(127, 129)
    assert counted.read == [2, 3]


def test_memory_is_bounded_by_bytes(folder):
    counted = Counted(raw_elements(folder))
    store = SegmentStore(folder, lambda: counted, held_bytes=len(counted.elements[0]) + len(counted.elements[1]))
    for number in (0, 1, 0, 1, 2, 2, 0):
        assert isinstance(store.segment(number), Segment)
    assert counted.read == [0, 1, 2, 0]
    assert store._size <= store._bound
    assert store.segment(99) is None


def test_an_element_larger_than_the_bound_is_kept_alone(folder):
    counted = Counted(raw_elements(folder))
    store = SegmentStore(folder, lambda: counted, held_bytes=1)
    for number in (0, 0, 1, 0):
        store.segment(number)
    assert counted.read == [0, 1, 0]


def test_frames_that_belong_to_another_video_are_noticed(folder):
    store = SegmentStore(folder, lambda: raw_elements(folder))
    with pytest.raises(MebenchError, match="holds s1_1 frame 0 where frames 0 to 127 of this video should be"):
        LazyFrames("made", "s1_0", FRAMES, 2, store).read(0, 1)
    with pytest.raises(MebenchError, match="holds nothing"):
        LazyFrames("made", "s1_0", FRAMES, 99, store).read(0, 1)


def spoilt(change):
    """Return a change of the builder that spoils frame 133 of every second take."""

    def changed(video):
        files = list(video.frames())
        files[133] = change(files[133])
        return SourceVideo(video.info, lambda: iter(files)) if video.info.video == "take 1" else video

    return changed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda data: data[: len(data) // 2],
            r"made_videos: subject s1, video s1_1: frame 133 .\d+ bytes. cannot be d",
        ),
        (
            lambda data: b"no image",
            r"s1_1: frame 133 .8 bytes. cannot be decoded; replace the file in the archive, delete .*quick_frames",
        ),
        (
            lambda data: cv2.imencode(".png", np.zeros((8, 9, 3), np.uint8))[1].tobytes(),
            r"s1_1: frame 133 is 9x8 pixels, frame 129 is 24x16; all frames of a video must have one size",
        ),
    ],
    ids=["torn", "no image", "other size"],
)
def test_a_bad_image_is_named(tmp_path, monkeypatch, change, said):
    monkeypatch.setattr(MadeVideos, "change", staticmethod(spoilt(change)))
    build_dataset("made_videos", "quick", tmp_path, Silent())
    videos = open_dataset("made_videos", "quick", tmp_path, Silent()).videos
    assert videos[0].frames.read(129, 140).shape == (11, 16, 24, 3)
    for read in (videos[1].frames.read, videos[1].frames.read_gray):
        with pytest.raises(MebenchError, match=said):
            read(129, 140)


def test_limit_keeps_the_first_subjects(folder, dataset):
    first = open_dataset("made_videos", "", folder, Silent(), limit=2)
    assert first.subjects == ("s1", "s10")
    assert [v.fingerprint for v in first.videos] == [v.fingerprint for v in dataset.videos[:4]]
    assert first.fingerprint != dataset.fingerprint
    assert len(read_infos("made_videos", "", folder, limit=1)) == 2


@pytest.mark.parametrize("form", ["frames", "videos"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_a_damaged_shard_is_noticed_without_a_note_too(tmp_path, form, damage):
    build_dataset("made_videos", "quick", tmp_path, Silent())
    where = tmp_path / "made_videos" / f"quick_{form}" / "1.0.0"
    (where / NOTE).unlink()
    (shard,) = where.glob("*.array_record*")
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 255
    shard.write_bytes(data if damage == "flipped" else data[: len(data) // 2])
    if damage == "gone":
        shard.unlink()
    with pytest.raises(MebenchError, match=f"{where} is damaged .* delete that folder and build the dataset again"):
        open_dataset("made_videos", "quick", tmp_path, Silent())


@pytest.mark.smoke
def test_unknown_names_get_the_nearest(tmp_path):
    with pytest.raises(MebenchError, match=r"unknown dataset 'made_video'; did you mean 'made_videos'. .mebench data"):
        open_dataset("made_video", "", tmp_path, Silent())
    with pytest.raises(MebenchError, match="unknown variant of made_videos 'quik'; did you mean 'quick'"):
        build_dataset("made_videos", "quik", tmp_path, Silent())


def test_what_is_not_built_says_how(tmp_path):
    with pytest.raises(MebenchError, match=r"made_videos/quick is not built in .*; run: mebench data build made_video"):
        open_dataset("made_videos", "quick", tmp_path, Silent())


def test_a_dataset_from_an_archive_says_how(tmp_path, monkeypatch):
    monkeypatch.setattr(MadeVideos, "MANUAL_DOWNLOAD_INSTRUCTIONS", "Ask for it.")
    monkeypatch.setattr(MadeVideos, "HOMEPAGE", "https://example.org")
    with pytest.raises(
        MebenchError, match=r"from https://example.org and run: mebench data build made_videos --archive"
    ):
        build_dataset("made_videos", "quick", tmp_path, Silent())
    with pytest.raises(MebenchError, match="nowhere is no folder"):
        build_dataset("made_videos", "quick", tmp_path, Silent(), archive=tmp_path / "nowhere")
    (tmp_path / "archive").mkdir()
    assert build_dataset("made_videos", "quick", tmp_path, Silent(), archive=tmp_path / "archive").is_dir()


def test_building_shows_frames_once_and_hashing_once(tmp_path):
    progress = Watched()
    where = build_dataset("made_videos", "quick", tmp_path, progress)
    assert where == tmp_path / "made_videos" / "quick_frames" / "1.0.0"
    build_dataset("made_videos", "quick", tmp_path, progress)
    for _ in range(2):
        open_dataset("made_videos", "quick", tmp_path, progress)
    assert progress.stages == [("Dataset: made_videos/quick", 300, "frames"), ("Fingerprint", 2, "videos")]


def test_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("tensorflow_datasets.core.constants.DATA_DIR", "~/tfds")
    assert builders.data_root(None) == tmp_path / "tfds"
    assert builders.data_root(Path("~/mine")) == tmp_path / "mine"
    assert builders.builder_of("made_videos", "", "frames", None).data_dir == str(
        tmp_path / "tfds/made_videos/frames/1.0.0"
    )


def test_list_says_what_is_built(folder):
    made = {entry.title: entry.built for entry in list_datasets(folder) if entry.name == "made_videos"}
    assert made == {"made_videos": True, "made_videos/quick": False}
    entry = next(entry for entry in list_datasets(folder) if entry.name == "made_videos")
    assert str(entry).split() == ["made_videos", "1.0.0", "built"]


def test_fingerprint_is_that_of_content(tmp_path, monkeypatch, folder, dataset):
    """Rebuilt it is the same; one other label or one other byte makes another."""

    def fingerprint(name, change=lambda video: video):
        monkeypatch.setattr(MadeVideos, "change", staticmethod(change))
        build_dataset("made_videos", "", tmp_path / name, Silent())
        return open_dataset("made_videos", "", tmp_path / name, Silent())

    def other_label(video):
        first, *rest = video.info.expressions
        changed = (dataclasses.replace(first, emotion="Joy"), *rest)
        return with_info(video, expressions=changed) if video.info.video_id == "s2_0" else video

    def other_byte(video):
        files = list(video.frames())
        files[-1] += b"\0"
        return SourceVideo(video.info, lambda: iter(files)) if video.info.video_id == "s2_0" else video

    again, label, byte = fingerprint("again"), fingerprint("label", other_label), fingerprint("byte", other_byte)
    assert again.fingerprint == dataset.fingerprint
    assert len({dataset.fingerprint, label.fingerprint, byte.fingerprint}) == 3
    keys = [d.videos[4].content_key for d in (dataset, label, byte)]
    assert (keys[0] == keys[1], keys[0] == keys[2]) == (True, False)
    assert [v.fingerprint for v in label.videos[:4]] == [v.fingerprint for v in dataset.videos[:4]]


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(tmp_path, monkeypatch):
    def refuse(place: Path, folder: Path, hashes: dict[str, str]) -> None:
        raise MebenchError("cannot write")

    build_dataset("made_videos", "quick", tmp_path, Silent())
    monkeypatch.setattr(source, "store_frame_hashes", refuse)
    progress = Watched()
    assert len(open_dataset("made_videos", "quick", tmp_path, progress).videos) == 2
    assert progress.said == ["the fingerprint will be computed again next time: cannot write"]


def test_a_package_of_builders_that_fails_is_named(monkeypatch):
    monkeypatch.setattr(builders, "OWN", "no_such_builders")
    with pytest.raises(MebenchError, match="the builders in no_such_builders cannot be imported"):
        builders.register()


def test_a_builder_that_is_not_registered_is_not_listed():
    class Hidden(MadeVideos, skip_registration=True):
        name = "made_videos"

    assert builder_classes()["made_videos"] is MadeVideos
    assert Hidden.VARIANTS == MadeVideos.VARIANTS
