"""Repairs of SMIC-E's rows by the policy `recommended`: classes by the clip's name, rows that share a folder."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from mebench.data.audit import Finding, Severity
from tfds_builders.archives.annotation import Annotation, Clip, Frames, Key
from tfds_builders.archives.rules import Change, Policy, Rule, Situation
from tfds_builders.archives.sheets import whole
from tfds_builders.smic.names import SmicName, smic_name

HOME: Mapping[Key, Key] = MappingProxyType(
    {
        SmicName(3, "ne", 3).key: SmicName(3, "ne", 2).key,
        SmicName(4, "ne", 5).key: SmicName(4, "ne", 4).key,
        SmicName(4, "ne", 6).key: SmicName(4, "ne", 4).key,
        SmicName(9, "sur", 2).key: SmicName(9, "sur", 1).key,
    }
)
"""Clip that has a row but no folder -> clip whose folder holds it (mebench/docs/datasets.md, SMIC-E)."""


OUTSIDE: tuple[Key, Frames] = (SmicName(1, "ne", 3).key, Frames(658536, None, 658562))
"""Row whose frames lie outside its clip, 650000 to 650699 (mebench/docs/datasets.md, SMIC-E)."""


def outside_left_out(frames: Frames, situation: Situation) -> Change | None:
    """Leave out the one row of the published table that lies outside its clip."""
    if (situation.annotation.key, frames) != OUTSIDE or frames.onset is None or frames.onset <= situation.last:
        return None
    what = f"{frames.onset} to {frames.offset} lies outside the clip's frames {situation.first} to {situation.last}"
    return Change("known-error", what, None, "the row is left out: what its frames should be is not known")


RULES: Mapping[Policy, tuple[Rule, ...]] = MappingProxyType(
    {"recommended": (outside_left_out,), "mean": (), "as_published": ()}
)


def labelled(rows: Sequence[Annotation], policy: Policy) -> tuple[tuple[Annotation, ...], list[Finding]]:
    """Return the rows, under `recommended` with the class that the clip's name tells where the column says another."""
    done, findings = [], []
    for row in rows:
        name = smic_name(row.key[1])
        if name is not None and row.emotion != name.emotion and row.coarse != name.emotion:
            what = f"emotion {row.emotion[:40] or 'empty'!r}, but the clip is named {name.token}"
            action = f"{name.emotion}, as named" if policy == "recommended" else "the column is followed"
            severity: Severity = "repair" if policy == "recommended" else "warning"
            findings.append(Finding(severity, "label-mismatch", row.where, what, action))
            if policy == "recommended":
                repairs = (*row.repairs, f"{what}: {action}")
                row = replace(row, emotion=name.emotion, coarse=name.emotion, repairs=repairs)
        done.append(row)
    return tuple(done), findings


def rehomed(
    rows: Sequence[Annotation], clips: Sequence[Clip], policy: Policy
) -> tuple[tuple[Annotation, ...], list[Finding]]:
    """Return the rows, under `recommended` those without a folder with the clip whose folder holds their frames."""
    by_key = {clip.key: clip for clip in clips}
    done, findings = [], []
    for row in rows:
        home = by_key.get(HOME.get(row.key, row.key))
        if policy == "recommended" and row.key not in by_key and home is not None and _holds(home, row):
            what, action = f"{row.key[1]} has no folder", f"an expression of {home.key[1]}, whose files hold its frames"
            findings.append(Finding("repair", "row-moved", row.where, what, action))
            row = replace(row, key=home.key, repairs=(*row.repairs, f"{what}: {action}"))
        done.append(row)
    return tuple(done), findings


def _holds(clip: Clip, row: Annotation) -> bool:
    onset, offset = whole(row.onset), whole(row.offset)
    return onset is not None and offset is not None and min(clip.files) <= onset <= offset <= max(clip.files)
