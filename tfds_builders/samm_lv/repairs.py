"""What each policy does about the rows of SAMM Long Videos."""

from collections.abc import Mapping, Sequence

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.rules import (
    Policy,
    Rule,
    apex_outside_unknown,
    offset_clamped,
    onset_before_start_left_out,
    onset_clamped,
)
from tfds_builders.archives.sheets import number
from tfds_builders.samm_lv.table import BEFORE_START

RULES: Mapping[Policy, tuple[Rule, ...]] = {
    "recommended": (onset_clamped, offset_clamped, apex_outside_unknown),
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
