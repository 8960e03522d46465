"""Repairs of MMEW's rows by the policy `recommended`: emotions by folder, offsets and apexes known to be wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from mebench.data.audit import Finding, Severity
from mebench.data.label_maps import coarse_of
from tfds_builders.archives.annotation import Annotation, Frames, Key
from tfds_builders.archives.rules import Change, Policy, Rule, Situation, apex_outside_unknown

_MEB = {
    **{33: (40, 75), 35: (15, 54), 36: (46, 59), 37: (20, 98), 38: (25, 80), 39: (20, 93), 40: (23, 58), 41: (28, 61)},
    **{42: (32, 68), 142: (56, 88), 143: (32, 80), 145: (27, 85), 146: (22, 61), 148: (29, 108), 154: (31, 72)},
    156: (38, 106),
}
KNOWN: Mapping[int, tuple[int, int]] = MappingProxyType({index + 2: frames for index, frames in _MEB.items()})
"""Row of the workbook -> apex and offset as the code of meb has them (tvaranka/meb, class MMEW, rows from 0)."""


def known_error(frames: Frames, situation: Situation) -> Change | None:
    """Put meb's apex and offset in a row that it corrects, where the clip ends with that offset."""
    right = KNOWN.get(situation.annotation.row)
    if right is None or frames.onset is None or right[1] != situation.last or frames.offset == right[1]:
        return None
    what = f"{frames.onset}/{frames.apex}/{frames.offset} is a known error"
    return Change("known-error", what, Frames(frames.onset, *right), f"{frames.onset}/{right[0]}/{right[1]} (meb)")


def offset_to_end(frames: Frames, situation: Situation) -> Change | None:
    """Put the last file where the offset is missing, before the onset or behind the clip, which ends at the offset."""
    onset, offset, last = frames.onset, frames.offset, situation.last
    if onset is None or not situation.first <= onset <= last or (offset is not None and onset <= offset <= last):
        return None
    if offset is None:
        code, what = "offset-missing", "no offset"
    elif offset < onset:
        code, what = "offset-before-onset", f"offset {offset} lies before onset {onset}"
    else:
        code, what = "offset-after-end", f"offset {offset} lies behind the last frame {last}"
    return Change(code, what, replace(frames, offset=last), f"offset := {last}, the clip's last file")


RULES: Mapping[Policy, tuple[Rule, ...]] = MappingProxyType(
    {"recommended": (known_error, offset_to_end, apex_outside_unknown), "as_published": ()}
)


def labelled(
    rows: Sequence[Annotation], emotions: Mapping[Key, str], policy: Policy
) -> tuple[tuple[Annotation, ...], list[Finding]]:
    """Return the rows, under `recommended` with the folder's repression where the table says others (meb); findings.

    Args:
        rows: of the table.
        emotions: of the folders above the clips, by clip; "" where none is.
        policy: its name.

    Any other difference is told, and the table is followed.
    """
    done, findings = [], []
    for row in rows:
        folder = emotions.get(row.key, "")
        if folder and folder != row.fine:
            what = f"emotion {row.emotion[:40] or 'empty'!r}, but the clip lies in folder {folder}"
            follows = policy == "recommended" and (row.fine, folder) == ("others", "repression")
            severity: Severity = "repair" if follows else "warning"
            action = f"{folder}, as meb has it" if follows else "the table is followed"
            findings.append(Finding(severity, "label-mismatch", row.where, what, action))
            if follows:
                repairs = (*row.repairs, f"{what}: {action}")
                row = replace(row, emotion=folder, coarse=coarse_of(folder), fine=folder, repairs=repairs)
        done.append(row)
    return tuple(done), findings
