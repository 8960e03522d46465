"""Inputs of question answering: clips with their questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mebench.config.experiment import Experiment
from mebench.data.asked import read_questions
from mebench.data.interval import Expression, VideoInfo
from mebench.data.questions import Question
from mebench.data.source import Video
from mebench.errors import MebenchError
from mebench.tasks.datasets import Inputs, without_dataset


@dataclass(frozen=True)
class AskedClip:
    """A clip and what is asked about it.

    Attributes:
        video: facts and frames.
        questions: in the order of their file.
    """

    video: Video
    questions: tuple[Question, ...]

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


def asked_clips(experiment: Experiment, inputs: Inputs, data: Path | None) -> list[AskedClip]:
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
