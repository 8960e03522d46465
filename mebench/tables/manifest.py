"""The rows that a scorer needs of a dataset: which videos there are, and which expressions they hold."""

from collections.abc import Iterable
from dataclasses import dataclass

from mebench.data.interval import Expression, VideoInfo
from mebench.data.labels import UNKNOWN


@dataclass(frozen=True)
class VideoRow:
    """A row of a manifest: one video; `num_frames` in frames, `fps` frames per second."""

    dataset: str
    subject: str
    video: str
    num_frames: int
    fps: float


@dataclass(frozen=True)
class TruthRow:
    """A row of the ground truth: one expression; frames 0-based, both ends included, apex -1 where unknown."""

    subject: str
    video: str
    onset: int
    apex: int
    offset: int
    emotion: str


def manifest_rows(videos: Iterable[VideoInfo]) -> list[VideoRow]:
    """Return a row for each video, sorted by dataset, subject and video; videos without expression are among them."""
    rows = [VideoRow(v.dataset, v.subject, v.video, v.num_frames, v.fps) for v in videos]
    return sorted(rows, key=lambda row: (row.dataset, row.subject, row.video))


def truth_rows(videos: Iterable[VideoInfo], label: str, kind: str = "micro") -> list[TruthRow]:
    """Return a row for each expression of a kind, sorted by subject, video and onset.

    Args:
        videos: facts and labels.
        label: what the emotion column holds: `coarse`, `fine`, or `emotion` (as the source calls it).
        kind: `micro` or `macro`.
    """
    rows = [
        TruthRow(v.subject, v.video, e.onset, e.apex, e.offset, label_of(e, label))
        for v in videos
        for e in v.expressions
        if e.kind == kind
    ]
    return sorted(rows, key=lambda row: (row.subject, row.video, row.onset, row.offset))


def label_of(expression: Expression, label: str) -> str:
    """Return the emotion of an expression: `coarse`, `fine`, or `emotion` as the source calls it.

    `unknown` where the source does not tell: both scorers count such an expression when they spot, and leave it out
    when they score recognition, as they do with every emotion that is no class.
    """
    return {"coarse": expression.coarse, "fine": expression.fine, "emotion": expression.emotion}[label] or UNKNOWN
