"""Spotting by the change of grey levels, in plain NumPy: where a video changes most, an expression is.

The flow's mean motion there is the score of it.
"""

import numpy as np

from mebench.config.parts import MethodConfig
from mebench.data.interval import Interval
from mebench.tasks.answers import Spotted
from mebench.tasks.by_fold import videos_by_fold


class StillnessConfig(MethodConfig):
    """Settings: how long an expression is taken to be, and how many a video has at most."""

    seconds: float = 0.4
    most: int = 2


class Stillness:
    """The most frequent emotion of the training subjects, wherever the picture changes most."""

    Config = StillnessConfig
    inputs = ("windows",)

    def spot_then_recognise(self, run, videos, folds):
        """Return an answer for every video that some fold tests on, in order."""

        def learn(train):
            known = [emotion for video in train for emotion in video.emotions]
            emotion = max(sorted(set(known)), key=known.count)
            return lambda video: spots(video, run.experiment.model, emotion)

        return videos_by_fold(videos, folds, learn)


def spots(video, config, emotion):
    """Return the intervals of a video whose grey levels change most."""
    grey = video.frames.read_gray(0, video.info.num_frames)[:, ::8, ::8].astype(np.float32)
    change = np.abs(np.diff(grey, axis=0)).mean(axis=(1, 2))
    half = max(1, round(config.seconds * video.info.fps / 2))
    intervals = []
    for _ in range(config.most):
        peak = int(change.argmax())
        motion = video.features.magnitude[min(peak, len(video.features) - 1)]
        intervals.append((max(0, peak - half), min(video.info.num_frames - 1, peak + half), float(motion)))
        change[max(0, peak - 2 * half) : peak + 2 * half + 1] = -1
    return tuple(Spotted(Interval(onset, offset), emotion, score) for onset, offset, score in sorted(intervals))
