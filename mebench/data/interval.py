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
        """Intersection over union in frames (mebench/docs/str.md, Intersection over union)."""
        shared = self.intersection(other)
        return shared / (len(self) + len(other) - shared)


@dataclass(frozen=True)
class Expression:
    """One annotated expression of a video; frames are 0-based, both ends included.

    Attributes:
        onset, offset: first and last frame.
        apex: frame of the strongest expression; -1 where the source has none.
        kind: `micro` or `macro`.
        emotion: as the source calls it; "" where it says nothing.
        coarse: negative, positive, surprise or others; "" where the source does not tell.
        fine: the source's emotion in the common vocabulary (`mebench.data.labels`); "" where it does not tell.
        aus: action units, as `("AU12", "L14")`; a trailing `?` marks one of several alternatives.
        raw_row: row of the source's table, counted from 1 as spreadsheets do; 0 where there is no table.
        raw_onset, raw_apex, raw_offset, raw_aus: cells of that row as text, in the source's own numbering.
        notes: what else the row says, as JSON; "" for nothing.
        repairs: what was changed against the row, one sentence each.
    """

    onset: int
    apex: int
    offset: int
    kind: Kind
    emotion: str
    coarse: str
    fine: str
    aus: tuple[str, ...] = ()
    raw_row: int = 0
    raw_onset: str = ""
    raw_apex: str = ""
    raw_offset: str = ""
    raw_aus: str = ""
    notes: str = ""
    repairs: tuple[str, ...] = ()

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
        has_labels: whether the source tells the expressions; False for a challenge's test set.
        first_number: number of frame 0 in the source's file names.
        missing_numbers: numbers that are missing between the first and the last file, as `12-15,30`; frames are
            counted without them.
    """

    dataset: str
    video_id: str
    subject: str
    video: str
    fps: float
    num_frames: int
    expressions: tuple[Expression, ...]
    has_labels: bool = True
    first_number: int = 0
    missing_numbers: str = ""

    @property
    def micro(self) -> tuple[Expression, ...]:
        """The micro-expressions, in order of onset."""
        return tuple(e for e in self.expressions if e.kind == "micro")
