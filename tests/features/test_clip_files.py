"""A user's clip: folders of pictures and video files, in order, of one size; whatever is wrong is one sentence."""

import cv2
import numpy as np
import pytest

from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache
from mebench.features.clips import files as clip_files
from mebench.features.clips.files import HeldFrames, read_clip
from mebench.features.clips.media import MediaSettings, clip_media
from mebench.features.windows.pipeline import FrameReader


def frames_of(count, height=48, width=64):
    """Smooth pictures that codecs keep well, each another."""
    y, x = np.mgrid[:height, :width]
    return np.stack([np.stack([x * 3, y * 4, np.full_like(x, 20 * i)], axis=-1) for i in range(count)]).astype(np.uint8)


def write_pictures(folder, frames, name="{}.png"):
    folder.mkdir(exist_ok=True)
    for index, frame in enumerate(frames):
        assert cv2.imwrite(str(folder / name.format(index)), frame)
    return folder


def write_video(path, frames, fps, code="MJPG"):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), fps, frames.shape[2:0:-1])
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path


@pytest.mark.smoke
def test_folder_in_the_order_of_its_numbers(tmp_path):
    frames = frames_of(12)
    folder = write_pictures(tmp_path / "clip", frames, "img{}.png")
    (folder / "notes.txt").write_text("no frame")
    (folder / "._img1.png").write_text("left by another system")
    (folder / "sub.png").mkdir()
    read, fps = read_clip(folder)
    np.testing.assert_array_equal(read, frames)
    assert fps is None


def test_names_of_all_sorts_have_an_order(tmp_path):
    folder = tmp_path / "clip"
    names = ["7.png", "a1b2.png", "a1b10.png", "a01b2.bmp", "b.PNG", "²3.png"]
    for number, name in enumerate(names):
        write_pictures(folder, frames_of(7)[number : number + 1], name.replace("PNG", "png"))
    assert len(read_clip(folder)[0]) == len(names)
    assert read_clip(folder)[0].tobytes() == read_clip(folder)[0].tobytes()


def test_grey_and_deep_pictures_become_bgr_of_8_bits(tmp_path):
    grey = frames_of(2)[..., 0]
    folder = write_pictures(tmp_path / "clip", [grey[0], grey[1].astype(np.uint16) * 257])
    read, _ = read_clip(folder)
    np.testing.assert_array_equal(read, np.repeat(grey[..., None], 3, axis=-1))


@pytest.mark.smoke
@pytest.mark.parametrize(("name", "code", "fps"), [("a.avi", "MJPG", 25.0), ("a.mp4", "mp4v", 200.0)])
def test_video_file(tmp_path, name, code, fps):
    frames = frames_of(9)
    read, found = read_clip(write_video(tmp_path / name, frames, fps, code))
    assert read.shape == frames.shape
    assert found == pytest.approx(fps)
    assert np.abs(read.astype(int) - frames).mean() < 6


def test_lossless_video_is_exact(tmp_path):
    frames = frames_of(5)
    read, _ = read_clip(write_video(tmp_path / "a.avi", frames, 30.0, "FFV1"))
    assert np.abs(read.astype(int) - frames).max() <= 1 or np.abs(read.astype(int) - frames).mean() < 2


def refusal(path):
    with pytest.raises(MebenchError) as caught:
        read_clip(path)
    sentence = str(caught.value)
    assert sentence.startswith(str(path))
    assert "\n" not in sentence
    return sentence


@pytest.mark.smoke
def test_what_is_no_clip(tmp_path):
    assert "there is no such file or folder" in refusal(tmp_path / "absent")
    assert "0 frames were found; a clip needs 2 or more" in refusal(tmp_path)
    write_pictures(tmp_path / "one", frames_of(1))
    assert "1 frames were found" in refusal(tmp_path / "one")
    assert "one picture is no clip" in refusal(tmp_path / "one" / "0.png")
    (tmp_path / "text.mp4").write_text("hello")
    assert "no video that FFmpeg can read" in refusal(tmp_path / "text.mp4")
    (tmp_path / "empty.avi").touch()
    assert "no video that FFmpeg can read" in refusal(tmp_path / "empty.avi")


def test_damaged_picture_is_named(tmp_path):
    folder = write_pictures(tmp_path / "clip", frames_of(3))
    (folder / "1.png").write_bytes((folder / "1.png").read_bytes()[:20])
    assert "the picture cannot be decoded" in refusal_of_file(folder, "1.png")
    (folder / "1.png").write_bytes(b"")
    assert "the picture cannot be decoded" in refusal_of_file(folder, "1.png")


def refusal_of_file(folder, name):
    with pytest.raises(MebenchError) as caught:
        read_clip(folder)
    assert str(caught.value).startswith(str(folder / name))
    return str(caught.value)


def test_sizes_that_differ_are_named(tmp_path):
    folder = write_pictures(tmp_path / "clip", frames_of(2))
    cv2.imwrite(str(folder / "2.png"), frames_of(1, 40, 60)[0])
    assert "2.png is 60x40 pixels, the frames before it 64x48; all frames" in refusal(folder)


def test_cut_video_is_refused(tmp_path):
    path = write_video(tmp_path / "a.avi", frames_of(60), 25.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "frames can be decoded; copy the file again" in refusal(path)


def test_too_long_a_clip_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(clip_files, "MOST_BYTES", 3 * 48 * 64 * 3)
    assert len(read_clip(write_pictures(tmp_path / "three", frames_of(3)))[0]) == 3
    assert "GiB of frames; cut out the part" in refusal(write_pictures(tmp_path / "four", frames_of(4)))


@pytest.mark.smoke
def test_held_frames_are_a_reader():
    frames = frames_of(4)
    held = HeldFrames(frames)
    assert isinstance(held, FrameReader)
    assert len(held) == 4
    np.testing.assert_array_equal(held.read(1, 3), frames[1:3])
    assert held.read_gray(1, 3).shape == (2, 48, 64)
    assert held.content_key == HeldFrames(frames.copy()).content_key
    others = [frames[:3], frames[::-1], frames.reshape(4, 64, 48, 3)]
    assert len({held.content_key, *(HeldFrames(other).content_key for other in others)}) == 4


def test_a_clip_from_disk_becomes_media(face_picture, tmp_path):
    folder = write_pictures(tmp_path / "clip", [face_picture] * 3)
    frames, fps = read_clip(folder)
    held, cache = HeldFrames(frames), FeatureCache(tmp_path / "cache")
    settings = MediaSettings(kind="video", num_frames=2)
    media = clip_media(held, 0, None, len(held) - 1, fps, settings, str(folder), held.content_key, cache)
    assert media.pictures.shape == (2, 224, 224, 3)
    assert media.pictures[0].tobytes() == media.pictures[1].tobytes()
    assert media.seconds_between is None
