"""Media of a clip: the right frames in RGB, one face, nothing computed twice, the same bytes again, clear refusals."""

import dataclasses

import cv2
import numpy as np
import pytest
from fixtures.drawn_clips import drawn_clips

from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache
from mebench.features.clips import media as module
from mebench.features.clips.flow_picture import FULL, flow_picture
from mebench.features.clips.media import Media, MediaSettings, clip_media, sampled_frames
from mebench.features.face.crop import crop_frames, find_face
from mebench.features.face.nose import facial_flow
from mebench.features.flow.registry import flow_function

VIDEO, OAO, OF = (MediaSettings(kind=kind, size=96, num_frames=4) for kind in ("video", "oao", "of"))


class Tinted:
    """A reader whose frames are coloured and tell who asks for them."""

    def __init__(self, reader):
        self.reader = reader

    def __len__(self):
        return len(self.reader)

    def read(self, start, stop):
        self.reader.read_frames += stop - start
        return (self.reader.read(start, stop) * np.array([1, 0.8, 0.5])).astype(np.uint8)

    def read_gray(self, start, stop):
        return np.stack([cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in self.read(start, stop)])


@pytest.fixture
def clip(moving_face, tmp_path):
    """`clip(settings, apex, ...)` gives media of frames 2 to 17 of a drifting face; `clip.reader` counts."""
    reader = Tinted(moving_face(20))

    def media(settings, apex=9, fps=30.0, onset=2, offset=17, root="a"):
        cache = FeatureCache(tmp_path / root)
        return clip_media(reader, onset, apex, offset, fps, settings, "clip 1", "key", cache)

    media.reader = reader
    media.root = tmp_path
    return media


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("onset", "offset", "count", "expected"),
    [
        (0, 9, 4, (0, 3, 6, 9)),
        (5, 10, 3, (5, 8, 10)),
        (5, 10, 2, (5, 10)),
        (0, 2, 5, (0, 1, 1, 2, 2)),
        (100, 227, 8, (100, 118, 136, 154, 173, 191, 209, 227)),
    ],
)
def test_sampled_frames_by_hand(onset, offset, count, expected):
    assert sampled_frames(onset, offset, count) == expected


@pytest.mark.smoke
def test_pictures_are_the_frames_in_rgb(clip):
    face = find_face(clip.reader.read(2, 3)[0], 128, "v").at(96)
    for settings, shown in ((VIDEO, (2, 7, 12, 17)), (OAO, (2, 9, 17))):
        media = clip(settings)
        assert media.frames == shown
        expected = np.concatenate([crop_frames(clip.reader.read(i, i + 1), face) for i in shown])[..., ::-1]
        np.testing.assert_array_equal(media.pictures, expected)
    assert media.pictures[..., 0].mean() < 0.7 * media.pictures[..., 2].mean()  # tinted blue


def test_flow_picture_is_the_facial_flow(clip):
    media = clip(OF)
    face = find_face(clip.reader.read(2, 3)[0], 128, "v").at(96)
    first, second = (crop_frames(clip.reader.read_gray(i, i + 1), face) for i in (2, 9))
    field = facial_flow(first[0], second, face.landmarks, flow_function(OF.flow))[0]
    assert media.frames == (2, 9)
    np.testing.assert_array_equal(media.pictures, flow_picture(field, FULL * 96)[None])


def test_a_drifting_head_is_no_motion(clip):
    """The picture drifts by up to 1.5 px; what is left is as dark as a tenth of full brightness."""
    shift = [0.8 * (np.sin(1) - np.sin(2 / 9)), 0.6 * (np.cos(9 / 7) - np.cos(2 / 7))]
    assert np.hypot(*shift) > 0.6
    assert clip(OF).pictures[0, 12:84, 12:84].max(axis=-1).mean() < 40


@pytest.mark.smoke
def test_facts(clip):
    video, oao, of = clip(VIDEO), clip(OAO), clip(OF, fps=None)
    assert (video.kind, oao.kind, of.kind) == ("video", "oao", "of")
    assert video.seconds_between == pytest.approx(15 / 3 / 30)
    assert oao.seconds_between == pytest.approx(15 / 2 / 30)
    assert of.seconds_between is None
    assert clip(VIDEO, fps=None).seconds_between is None
    assert all((m.apex_frame, m.apex_estimated) == (9, False) for m in (video, oao, of))
    assert clip(VIDEO, apex=None).apex_frame is None


def test_estimated_apex_is_used_and_said(tmp_path):
    drawn = drawn_clips("tiny")[2]
    onset, offset = drawn.expression.onset, drawn.expression.offset
    found = {}
    for settings in (OAO, OF):
        media = clip_media(drawn.frames, onset, None, offset, 30.0, settings, "c", "key", FeatureCache(tmp_path))
        assert media.apex_estimated
        found[media.kind] = media
    apex = found["of"].apex_frame
    assert found["oao"].frames == (onset, apex, offset)
    assert found["of"].frames == (onset, apex)
    assert abs(apex - drawn.expression.apex) <= 1
    given = clip_media(drawn.frames, onset, apex, offset, 30.0, OF, "c", "key", FeatureCache(tmp_path / "b"))
    assert given.pictures.tobytes() == found["of"].pictures.tobytes()
    assert not given.apex_estimated


def test_second_time_nothing_is_read_or_computed(clip, monkeypatch):
    wanted = [(VIDEO, 9), (OAO, None), (OF, None), (OF, 9)]
    first = [clip(settings, apex) for settings, apex in wanted]
    clip.reader.reader.read_frames = 0
    for name in ("find_face", "onset_magnitude", "facial_flow", "crop_frames"):
        monkeypatch.delattr(module, name)
    for (settings, apex), media in zip(wanted, first, strict=True):
        again = clip(settings, apex)
        assert again.pictures.tobytes() == media.pictures.tobytes()
        assert dataclasses.replace(again, pictures=media.pictures) == media
    assert clip.reader.reader.read_frames == 0


def test_modes_share_face_and_apex(clip, monkeypatch):
    calls = []
    for name in ("find_face", "onset_magnitude"):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *a, name=name, real=real: calls.append(name) or real(*a))
    for settings in (VIDEO, OAO, OF, dataclasses.replace(OF, size=64)):
        clip(settings, None)
    assert sorted(calls) == ["find_face", "onset_magnitude"]


@pytest.mark.parametrize("settings", [VIDEO, OAO, OF])
def test_same_bytes_from_another_start(clip, settings):
    one, other = clip(settings, None, root="a"), clip(settings, None, root="b")
    assert one.pictures.tobytes() == other.pictures.tobytes()
    assert one.apex_frame == other.apex_frame
    assert one.pictures.flags.c_contiguous


def test_whatever_decides_the_pictures_makes_another_entry(clip):
    def entries():
        return len(list(clip.root.glob("a/*/*.json")))

    clip(OF)
    seen = entries()
    changed = [
        {"settings": dataclasses.replace(OF, size=64)},
        {"settings": dataclasses.replace(OF, flow="opencv_farneback")},
        {"settings": OF, "apex": 10},
        {"settings": VIDEO},
        {"settings": dataclasses.replace(VIDEO, num_frames=3)},
    ]
    for change in changed:
        clip(**change)
        assert entries() == (seen := seen + 1)
    clip(OF, fps=25.0)
    clip(OF, offset=15)
    assert entries() == seen


@pytest.mark.parametrize(("onset", "offset"), [(3, 3), (5, 2), (-1, 5), (0, 20)])
def test_clip_that_cannot_be(clip, onset, offset):
    with pytest.raises(MebenchError, match=rf"^clip 1: a clip from frame {onset} to {offset} is asked of frames 0 to"):
        clip(VIDEO, None, onset=onset, offset=offset)


@pytest.mark.parametrize("apex", [-1, 1, 18])
def test_apex_outside(clip, apex):
    with pytest.raises(MebenchError, match=rf"^clip 1: the apex {apex} lies outside the clip, frames 2 to 17; correct"):
        clip(OF, apex)


@pytest.mark.parametrize("settings", [VIDEO, OAO, OF])
def test_no_face_is_one_sentence_and_leaves_nothing(clip, settings):
    clip.reader.reader.picture = np.zeros_like(clip.reader.reader.picture)
    with pytest.raises(MebenchError, match=r"^clip 1: no face was found in its first frame"):
        clip(settings)
    assert not (clip.root / "a").exists()


class BlackAfterOnset(Tinted):
    """The light goes out after frame 2."""

    def read(self, start, stop):
        return super().read(start, stop) * (np.arange(start, stop) <= 2)[:, None, None, None].astype(np.uint8)


@pytest.mark.parametrize(("apex", "sentence"), [(9, "not found again in the apex, frame 9"), (None, "in no later")])
def test_lost_nose_is_one_sentence(moving_face, tmp_path, apex, sentence):
    reader = BlackAfterOnset(moving_face(20))
    with pytest.raises(MebenchError, match=rf"^dark: the nose of frame 2 is .*{sentence}"):
        clip_media(reader, 2, apex, 17, None, OF, "dark", "key", FeatureCache(tmp_path))


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"flow": "opencv_di"}, "unknown flow method 'opencv_di'; did you mean 'opencv_dis'?"),
        ({"num_frames": 1}, "media of 1 frames, 224 px; at least 2 frames and 32 px are needed"),
        ({"size": 16}, "media of 8 frames, 16 px"),
    ],
)
def test_wrong_settings(wrong, sentence):
    with pytest.raises(MebenchError) as caught:
        MediaSettings(kind="video", **wrong)
    assert str(caught.value).startswith(sentence)


def test_wrong_mode():
    """Where no test checks types, a mode that is none is refused in words."""
    settings = MediaSettings(kind="video")
    object.__setattr__(settings, "kind", "vidoe")
    with pytest.raises(MebenchError, match=r"^unknown input mode 'vidoe'; did you mean 'video'\?"):
        settings.__post_init__()


def test_media_is_frozen(clip):
    with pytest.raises(dataclasses.FrozenInstanceError):
        clip(VIDEO).apex_frame = 3
    assert isinstance(clip(VIDEO), Media)
