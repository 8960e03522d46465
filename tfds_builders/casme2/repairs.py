"""Repairs of CASME II's table, by policy (mebench/docs/datasets.md, CASME II)."""

from collections.abc import Mapping
from types import MappingProxyType

from tfds_builders.archives.annotation import Frames
from tfds_builders.archives.rules import (
    Change,
    Policy,
    Rule,
    Situation,
    apex_outside_unknown,
    offset_clamped,
    offset_to_apex,
    onset_clamped,
)

MEAN_LEFT_OUT = Frames(66, 111, 111)
"""The row of 12/EP09_06, which MEAN's code passes over because of an index error."""


def mean_leaves_out(frames: Frames, situation: Situation) -> Change | None:
    """Leave out what MEAN's code does: rows whose apex is no number (04/EP12_01f), and 12/EP09_06."""
    if frames.apex is None:
        return Change("apex-missing", "no apex", None, "the row is left out, as MEAN does")
    if frames == MEAN_LEFT_OUT:
        return Change("known-error", "66/111/111", None, "the row is left out, as MEAN does")
    return None


RULES: Mapping[Policy, tuple[Rule, ...]] = MappingProxyType(
    {
        "recommended": (onset_clamped, offset_clamped, apex_outside_unknown),
        "mean": (offset_to_apex, mean_leaves_out),
        "as_published": (),
    }
)
"""recommended: an interval that leaves the clip is cut to it; an apex outside of the interval is unknown."""
