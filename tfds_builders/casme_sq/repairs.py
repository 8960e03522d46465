"""Repairs of CAS(ME)^2's table, by policy (mebench/docs/datasets.md, CAS(ME)^2)."""

from collections.abc import Mapping
from types import MappingProxyType

from tfds_builders.archives.annotation import Frames
from tfds_builders.archives.rules import (
    Change,
    Policy,
    Rule,
    Situation,
    apex_outside_unknown,
    apex_to_middle,
    offset_symmetric,
    offset_to_apex,
)


def apex_zero_to_middle(frames: Frames, situation: Situation) -> Change | None:
    """Put the middle where the apex is 0 and the offset lies behind the onset (the MEGC2020 baseline)."""
    if frames.apex != 0 or frames.onset is None or frames.offset is None or frames.offset < frames.onset:
        return None
    return apex_to_middle(frames, situation)


RULES: Mapping[Policy, tuple[Rule, ...]] = MappingProxyType(
    {
        "recommended": (offset_symmetric, apex_zero_to_middle, apex_outside_unknown),
        "mean": (offset_to_apex,),
        "as_published": (),
    }
)
"""recommended: a missing offset mirrors the onset at the apex, an apex of 0 is the middle, one outside is unknown."""
