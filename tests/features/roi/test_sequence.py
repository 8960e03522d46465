"""A video to sequences of regions and points: windows, cache, frames without a face."""

import numpy as np
import pytest

from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache
from mebench.features.feature import Footage, feature_of
from mebench.features.roi.point_sequence import extract_points
from mebench.features.roi.sequence import extract_sequence
from mebench.features.roi.windows import RoiSettings, starts_of, step_of

SETTINGS = RoiSettings(flow="opencv_farneback", frames=6, stride=3, size=80)


def extract(reader, folder, settings=SETTINGS, fps=30.0, key="key", what=extract_sequence):
    seen: list[int] = []
    found = what(Footage(reader, fps, "v", key), settings, FeatureCache(folder), seen.append)
    return found, sum(seen)


@pytest.mark.parametrize(
    ("fps", "rate", "step"), [(200.0, 30.0, 7), (200.0, 25.0, 8), (30.0, 30.0, 1), (25.0, 30.0, 1), (100.0, 30.0, 3)]
)
def test_step(fps, rate, step):
    assert step_of(fps, rate) == step


@pytest.mark.parametrize(
    ("count", "expected"), [(6, [0]), (4, [0]), (9, [0, 3]), (12, [0, 3, 6]), (13, [0, 3, 6, 7]), (1, [0])]
)
def test_windows_reach_the_end(count, expected):
    assert starts_of(count, 6, 3) == expected


def test_every_window_starts_anew(moving_face, tmp_path):
    found, done = extract(moving_face(13), tmp_path)
    assert found.values.shape == (4, 6, 18, 2)
    assert (found.starts.tolist(), found.reference.tolist(), found.step, done) == ([0, 3, 6, 7], [0] * 4, 1, 24)
    assert (found.values[:, 0] == 0).all()
    assert (found.values[:, 1:] != 0).any(axis=(2, 3)).all()
    assert feature_of("roi").amount(30.0, 13, 0, SETTINGS) == 24
    reader = moving_face(13)
    again, done = extract(reader, tmp_path)
    assert (again.values.tobytes(), done, reader.read_frames) == (found.values.tobytes(), 24, 0)


def test_frames_between_are_left_out(moving_face, tmp_path):
    found, _ = extract(moving_face(43), tmp_path, fps=200.0)
    assert (found.starts.tolist(), found.step) == ([0, 7], 7)  # frames 0, 7, ..., 42
    points, _ = extract(moving_face(43), tmp_path, fps=200.0, what=extract_points)
    assert (len(points), points.step) == (7, 7)


@pytest.mark.parametrize("length", [1, 4])
def test_a_short_video_is_one_window(moving_face, tmp_path, length):
    found, _ = extract(moving_face(length), tmp_path)
    assert found.values.shape == (1, 6, 18, 2)
    last = max(length - 1, 1)  # the last frame is repeated
    np.testing.assert_array_equal(found.values[0, last:], np.broadcast_to(found.values[0, last], (6 - last, 18, 2)))
    points, _ = extract(moving_face(length), tmp_path, what=extract_points)
    assert len(points) == length


@pytest.mark.parametrize(
    "changes", [{"flow": "opencv_dis"}, {"size": 120}, {"stride": 2}, {"frames": 7}, {"rate": 15.0}]
)
def test_whatever_decides_the_content_makes_another_entry(moving_face, tmp_path, changes):
    extract(moving_face(8), tmp_path)
    reader = moving_face(8)
    settings = RoiSettings(**{**{"flow": SETTINGS.flow, "frames": 6, "stride": 3, "size": 80}, **changes})
    extract(reader, tmp_path, settings)
    assert reader.read_frames > 0


class Darkened:
    """A reader whose first frames show nothing."""

    def __init__(self, reader, dark):
        self.reader, self.dark = reader, dark

    def __len__(self):
        return len(self.reader)

    def read(self, start, stop):
        return self.reader.read(start, stop) * np.uint8(start >= self.dark)

    def read_gray(self, start, stop):
        return self.reader.read_gray(start, stop) * np.uint8(start >= self.dark)


def test_a_window_waits_for_a_face(moving_face, tmp_path):
    found, _ = extract(Darkened(moving_face(12), 7), tmp_path)
    assert found.reference.tolist() == [-1, 4, 1]
    assert (found.values[0] == 0).all()
    assert (found.values[1, :5] == 0).all()
    assert (found.values[1, 5] != 0).any()
    points, done = extract(Darkened(moving_face(12), 7), tmp_path, what=extract_points)
    assert points.seen.tolist() == [False] * 8 + [True] * 4
    assert (points.values[:8] == 0).all()
    assert done == 12 == feature_of("roi_points").amount(30.0, 12, 0, SETTINGS)


@pytest.mark.parametrize("what", [extract_sequence, extract_points])
def test_no_face_at_all_is_one_sentence_and_leaves_nothing(moving_face, tmp_path, what):
    with pytest.raises(MebenchError, match=r"^v: no face was found in any of "):
        extract(Darkened(moving_face(8), 9), tmp_path, what=what)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_points_are_of_every_frame(moving_face, tmp_path):
    found, done = extract(moving_face(11), tmp_path, what=extract_points)
    assert (found.values.shape, len(found), done) == ((11, 12, 2), 11, 11)
    assert (found.values[0] == 0).all()
    assert (found.values[1:] != 0).any(axis=(1, 2)).all()
    assert not found.seen[0]
    reader = moving_face(11)
    again, done = extract(reader, tmp_path, what=extract_points)
    assert (again.values.tobytes(), done, reader.read_frames) == (found.values.tobytes(), 11, 0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"flow": "dis"}, "unknown flow method 'dis'"),
        ({"size": 100}, "a crop of 100 px; its side is a multiple of 40, 80 or more"),
        ({"stride": 31}, "windows of 30 frames every 31"),
        ({"frames": 1, "stride": 1}, "a window needs 2 frames or more"),
        ({"rate": 0.0}, "a rate above 0"),
    ],
)
def test_settings_that_do_not_fit_are_one_sentence(changes, sentence):
    with pytest.raises(MebenchError, match=sentence):
        RoiSettings(**{"flow": "opencv_dis", **changes})
