"""Bounds: what they answer, and that they come from training videos alone."""

import numpy as np
import pytest

from mebench.config.experiment import DecodeConfig
from mebench.data.interval import Expression, Interval, VideoInfo
from mebench.data.splits import loso
from mebench.features.face.crop import FaceCrop
from mebench.features.windows.pipeline import VideoFeatures
from mebench.methods.baselines.spot_then_recognise import baseline_answers, constant_spots, most_frequent

CLASSES = ("negative", "positive", "surprise")


def magnitude_alone(magnitude, folder) -> VideoFeatures:
    """Features whose windows are in no file: a bound looks at their magnitude alone."""
    face = FaceCrop(left=0, top=0, side=128, size=128, landmarks=np.zeros((68, 2), np.float32))
    return VideoFeatures(folder / "none.npy", magnitude, 3, face)


def video(subject: str, onset: int, emotion: str):
    from mebench.tasks.str_inputs import StrVideo

    micro = (Expression(onset, onset + 4, onset + 9, "micro", emotion, emotion, emotion),)
    info = VideoInfo("d", f"{subject}_1", subject, f"{subject}_1", 30.0, 103, micro)
    magnitude = np.zeros(100, np.float32)
    magnitude[onset : onset + 9] = 1.0
    return info, micro, magnitude, StrVideo


@pytest.fixture
def videos(tmp_path):
    made = []
    for subject, onset, emotion in (("a", 20, "positive"), ("b", 50, "negative"), ("c", 70, "negative")):
        info, micro, magnitude, cls = video(subject, onset, emotion)
        made.append(cls(info, micro, (emotion,), {"windows": magnitude_alone(magnitude, tmp_path)}))
    return made


def test_oracle_is_the_annotation(videos):
    answers = baseline_answers("oracle", videos, loso("abc"), CLASSES, DecodeConfig())
    assert [one.spotted[0].interval for one in answers] == [Interval(20, 29), Interval(50, 59), Interval(70, 79)]
    assert [one.spotted[0].emotion for one in answers] == ["positive", "negative", "negative"]


def test_threshold_finds_the_bump_and_says_the_training_majority(videos):
    answers = baseline_answers("threshold", videos, loso("abc"), CLASSES, DecodeConfig())
    for answer, true in zip(answers, videos, strict=True):
        (found,) = answer.spotted
        assert found.interval.iou(true.micro[0].interval) > 0.5
    assert answers[0].spotted[0].emotion == "negative"
    assert answers[1].spotted[0].emotion == "negative"


def test_constant_says_the_same_everywhere(videos):
    answers = baseline_answers("constant", videos, loso("abc"), CLASSES, DecodeConfig())
    assert len({one.spotted[0].interval for one in answers}) == 1
    assert len(answers[0].spotted[0].interval) == 10


@pytest.mark.parametrize(("frames", "number", "length"), [(100, 3, 10), (8, 1, 30), (50, 7, 4)])
def test_constant_intervals_lie_in_the_video(frames, number, length):
    spots = constant_spots(frames, number, length, "negative")
    assert len(spots) == number
    assert all(0 <= s.interval.onset <= s.interval.offset < frames for s in spots)


def test_most_frequent_takes_the_first_of_a_tie():
    assert most_frequent(["others", "surprise", "surprise"], CLASSES) == "surprise"
    assert most_frequent([], CLASSES) == "negative"
    assert most_frequent(["surprise", "positive"], CLASSES) == "positive"
