"""Repairs of the rows of SAMM Long Videos, by policy."""

from collections.abc import Mapping, Sequence

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Annotation, Frames
from tfds_builders.archives.rules import (
    Change,
    Policy,
    Rule,
    Situation,
    apex_outside_unknown,
    offset_clamped,
    onset_before_start_left_out,
    onset_clamped,
)
from tfds_builders.archives.sheets import number
from tfds_builders.samm_lv.table import BEFORE_START

FIRST_RELEASE = ("012", "012_4"), 1000
"""Video, and its last frame in the first image release; later 2000 (mebench/docs/datasets.md, SAMM Long Videos)."""


def behind_first_release(frames: Frames, situation: Situation) -> Change | None:
    """Leave out what lies wholly behind the end that a video has in the first image release (012_4_1)."""
    if (situation.annotation.key, situation.last) != FIRST_RELEASE:
        return None
    if frames.onset is None or frames.onset <= situation.last:
        return None
    what = f"onset {frames.onset} lies behind the last frame {situation.last}"
    return Change("image-release", what, None, "the row is left out: the first image release ends before it")


RULES: Mapping[Policy, tuple[Rule, ...]] = {
    "recommended": (behind_first_release, onset_clamped, offset_clamped, apex_outside_unknown),
    "mean": (onset_before_start_left_out, offset_clamped),
    "as_published": (),
}
"""In all of them an apex -1 is unknown and a fraction is made whole: rounded half up, by `mean` cut off. SoftNet and
MEAN leave out what begins at frame 0, and their int() cuts off (mebench/docs/datasets.md, SAMM Long Videos)."""


def began_before(rows: Sequence[Annotation]) -> list[Finding]:
    """Return a note for each row of version 3 whose onset 1 stands for a start before the recording.

    Only the names tell them from rows that begin with the first frame (011_2_4, 025_3_2).
    """
    what = "onset 1 was 0 up to version 2: the expression began before the recording"
    return [
        Finding("note", "onset-before-start", row.where, what, "kept")
        for row in rows
        if row.name in BEFORE_START and row.kind == "macro" and number(row.onset) == 1
    ]
