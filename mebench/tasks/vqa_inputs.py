"""Inputs of question answering: clips with their questions."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mebench.config.experiment import Experiment
from mebench.data.built_questions import read_questions
from mebench.data.interval import Expression, VideoInfo
from mebench.data.questions import Question
from mebench.data.source import Video
from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache
from mebench.features.feature import Mark, WithFeatures, feature_of
from mebench.progress import Progress
from mebench.tasks.datasets import OpenDatasets, without_dataset
from mebench.tasks.extracted import extract_features


@dataclass(frozen=True)
class AskedClip(WithFeatures):
    """A clip and what is asked about it.

    Attributes:
        video: facts and frames.
        questions: in the order of their file.
        found: features by name, those that the method names.
    """

    video: Video
    questions: tuple[Question, ...]
    found: Mapping[str, Any] = field(default_factory=dict)

    @property
    def info(self) -> VideoInfo:
        """Facts and labels."""
        return self.video.info

    @property
    def expression(self) -> Expression | None:
        """The clip's one expression; None where the source tells none, or several."""
        rows = self.info.expressions
        return rows[0] if len(rows) == 1 else None

    @property
    def interval(self) -> tuple[int, int | None, int]:
        """Onset, apex (None where unknown) and offset: those of the expression, or the whole clip."""
        shown = self.expression
        if shown is None:
            return 0, None, self.info.num_frames - 1
        return shown.onset, shown.apex if shown.apex >= 0 else None, shown.offset


def asked_clips(experiment: Experiment, inputs: OpenDatasets, data: Path | None) -> list[AskedClip]:
    """Return the clips of an experiment that have questions, in the order of the videos.

    Raises:
        MebenchError: a dataset without questions, or none about the videos that are used.
    """
    questions: dict[tuple[str, str], Sequence[Question]] = {}
    for one, label in experiment.labelled:
        found = read_questions(one.name, one.variant, data)
        questions |= {(label, video_id): rows for video_id, rows in found.items()}
    clips = []
    for video in inputs.videos:
        rows = questions.get((video.info.dataset, without_dataset(video.info).video_id))
        if rows:
            clips.append(AskedClip(video, tuple(rows)))
    if not clips:
        raise MebenchError("no question is about a video of this experiment; look at leave_out, limit and the dataset")
    return clips


def with_features(
    clips: Sequence[AskedClip], inputs: Mapping[str, Any], cache: FeatureCache, threads: int, progress: Progress
) -> list[AskedClip]:
    """Return the clips with the features of `inputs`; see `mebench.tasks.extracted`.

    Raises:
        MebenchError: clips that a feature cannot be made of; the others are cached by then.
    """
    marks = {clip.info.video_id: (Mark(*clip.interval),) for clip in clips}
    videos = [clip.video for clip in clips]
    values = extract_features(videos, lambda v: marks[v.info.video_id], inputs, cache, threads, progress)
    found = [{name: one[0] if feature_of(name).of_marks else one for name, one in own.items()} for own in values]
    return [dataclasses.replace(clip, found=own) for clip, own in zip(clips, found, strict=True)]
