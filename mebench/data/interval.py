"""Intervals of frames, annotated expressions and the facts of a video."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["micro", "macro"]


@dataclass(frozen=True, order=True)
class Interval:
    """Frames `onset` to `offset`, 0-based, both ends included."""

    onset: int
    offset: int

    def __len__(self) -> int:
        """Number of frames: offset - onset + 1."""
        return self.offset - self.onset + 1

    def intersection(self, other: "Interval") -> int:
        """Number of frames that both intervals hold."""
        return max(0, min(self.offset, other.offset) - max(self.onset, other.onset) + 1)

    def iou(self, other: "Interval") -> float:
        """Intersection over union in frames (spec of the STR protocol)."""
        shared = self.intersection(other)
        return shared / (len(self) + len(other) - shared)


@dataclass(frozen=True)
class Expression:
    """One annotated expression of a video; frames are 0-based, both ends included.

    Attributes:
        onset, offset: first and last frame.
        apex: frame of the strongest expression; -1 where the source has none.
        kind: `micro` or `macro`.
        emotion: as the source calls it.
        coarse: negative, positive, surprise or others.
        fine: the source's emotion in the common vocabulary (`mebench.data.labels`).
        aus: action units as the source writes them, as `("AU12", "L14")`.
    """

    onset: int
    apex: int
    offset: int
    kind: Kind
    emotion: str
    coarse: str
    fine: str
    aus: tuple[str, ...] = ()

    @property
    def interval(self) -> Interval:
        """The frames from onset to offset."""
        return Interval(self.onset, self.offset)


@dataclass(frozen=True)
class VideoInfo:
    """A video without its pixels: one element of a builder's `videos` config.

    Attributes:
        dataset: name of the dataset, as `synth_me`.
        video_id: unique in the dataset and fit for a file name.
        subject, video: ids as the annotation table writes them.
        fps: frames per second.
        num_frames: of the whole video.
        expressions: in order of onset.
    """

    dataset: str
    video_id: str
    subject: str
    video: str
    fps: float
    num_frames: int
    expressions: tuple[Expression, ...]

    @property
    def micro(self) -> tuple[Expression, ...]:
        """The micro-expressions, in order of onset."""
        return tuple(e for e in self.expressions if e.kind == "micro")
