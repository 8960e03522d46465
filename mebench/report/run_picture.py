"""From the answers of a run to its picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mebench.config.experiment import Experiment
from mebench.report.figure import VideoCurve, draw_run
from mebench.tasks.answers import Curve, VideoAnswer
from mebench.tasks.str_inputs import StrVideo


def draw_answers(
    folder: Path,
    experiment: Experiment,
    videos: Sequence[StrVideo],
    answers: Sequence[VideoAnswer],
    confusion: Mapping[str, Any] | None,
) -> list[Path]:
    """Write the pictures of a run: a panel for each video, the confusion matrix of the scorer (None: there is none)."""
    curves = [_curve(video, answer) for video, answer in zip(videos, answers, strict=True)]
    names = " + ".join(one.name for one in (experiment.dataset, *experiment.more_datasets))
    where = f"{names}, tested on {experiment.test_dataset.name}" if experiment.test_dataset else names
    title = f"{experiment.name}, seed {experiment.seed}: {experiment.model.name} on {where}"
    if confusion is None:
        return draw_run(folder, title, curves, experiment.protocol.classes, None)
    counts = np.array(confusion["counts"], np.int64).reshape(len(confusion["true"]), -1)
    return draw_run(folder, title, curves, confusion["true"], counts)


def _curve(video: StrVideo, answer: VideoAnswer) -> VideoCurve:
    info = video.info
    curve = answer.curve or Curve(np.zeros(info.num_frames), 0.0, np.zeros(0, np.int64))
    predicted = tuple((one.interval, one.emotion) for one in answer.spotted)
    return VideoCurve(
        video_id=info.video_id,
        fps=info.fps,
        scores=curve.smoothed,
        threshold=curve.threshold,
        peaks=curve.peaks,
        predicted=predicted,
        true=info.expressions,
    )
