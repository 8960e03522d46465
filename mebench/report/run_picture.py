"""From the answers of a run to its picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mebench.config.experiment import Experiment
from mebench.metrics.matching import edges, one_to_one
from mebench.report.figure import draw_run
from mebench.report.panel import VideoCurve
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
    least = experiment.score.iou
    curves = [_curve(video, answer, least) for video, answer in zip(videos, answers, strict=True)]
    names = " + ".join(one.name for one in (experiment.dataset, *experiment.more_datasets))
    where = f"{names}, tested on {experiment.test_dataset.name}" if experiment.test_dataset else names
    title = f"{experiment.name}, seed {experiment.seed}: {experiment.model.name} on {where}"
    if confusion is None:
        return draw_run(folder, title, curves, experiment.protocol.classes, None)
    counts = np.array(confusion["counts"], np.int64).reshape(len(confusion["true"]), -1)
    return draw_run(folder, title, curves, confusion["true"], counts)


def _curve(video: StrVideo, answer: VideoAnswer, least: float) -> VideoCurve:
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
        hits=_hits(video, answer, least) if info.has_labels else None,
    )


def _hits(video: StrVideo, answer: VideoAnswer, least: float) -> tuple[tuple[int, int], ...]:
    """Return which prediction found which micro-expression, as the strict rules match them."""
    sides = [[one.interval for one in intervals] for intervals in (answer.spotted, video.info.micro)]
    ends = [np.array([[one.onset, one.offset] for one in side], np.int64).reshape(-1, 2) for side in sides]
    pred, true = one_to_one(edges(ends[0][:, 0], ends[0][:, 1], ends[1][:, 0], ends[1][:, 1], least))
    return tuple(zip(pred.tolist(), true.tolist(), strict=True))
