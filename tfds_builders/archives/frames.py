"""From a row's cells to frames of its video: parsing, repairs, positions among the files that are there."""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mebench.data.audit import Finding, Severity
from tfds_builders.archives.annotation import Annotation, Clip, Frames, Span
from tfds_builders.archives.rules import Change, Policy, Rule, Situation, apply_rules
from tfds_builders.archives.sheets import number, text

NO_APEX = frozenset({"", "-1", "/", "\\", "-", "?", "none", "nan"})
"""What tables write where the apex is not annotated."""

LEFT_OUT = "the row is left out"

APEX_REACH = 2
"""Frames from an apex whose file is missing to the one that may stand for it: farther away the face is another."""


@dataclass(frozen=True)
class Repaired:
    """A row after its repair.

    Attributes:
        span: where the expression lies; None where the row is left out.
        repairs: what was changed, a clause each.
        findings: the same for the audit.
    """

    span: Span | None
    repairs: tuple[str, ...]
    findings: tuple[Finding, ...]


def repair(row: Annotation, clip: Clip, policy: Policy, rules: Sequence[Rule]) -> Repaired:
    """Return where a row's expression lies in its video, after the policy's rules.

    A row that no rule mends and that cannot be shown in the video (onset or offset missing, outside, or in the wrong
    order) is left out, under every policy: an error under `recommended`, for an expression is lost; under the others
    that is what the policy makes of the table. An apex that is no frame of the video is unknown.
    """
    files = sorted(clip.files)
    parsed, changes = _parsed(row, truncate=policy == "mean")
    situation = Situation(row, files[0], files[-1])
    frames, more = apply_rules(rules, parsed, situation)
    changes += more
    sound = span = None
    unsound: list[Change] = []
    if frames is not None:
        sound, unsound = _sound(frames, situation)
    if sound is not None:
        span, more = _positions(sound, files)
        unsound += more
    findings = [Finding("repair", c.code, row.where, c.what, c.action) for c in changes]
    for change in unsound:
        lost: Severity = "error" if change.frames is None and policy == "recommended" else "repair"
        findings.append(Finding(lost, change.code, row.where, change.what, change.action))
    return Repaired(span, tuple(f"{c.what}: {c.action}" for c in (*changes, *unsound)), tuple(findings))


def _parsed(row: Annotation, truncate: bool) -> tuple[Frames, list[Change]]:
    """Return the cells as whole numbers; fractions are rounded half up, or cut off as MEAN's `int` does."""
    values: dict[str, int | None] = {}
    fractions = []
    for name in ("onset", "apex", "offset"):
        cell = getattr(row, name)
        value = None if name == "apex" and text(cell).lower() in NO_APEX else number(cell)
        if value is not None and value != int(value):
            fractions.append(name)
        values[name] = None if value is None else int(value) if truncate else math.floor(value + 0.5)
    frames = Frames(**values)
    changes = []
    if fractions:
        what, way = f"{' and '.join(fractions)} with a fraction", "cut off" if truncate else "rounded half up"
        changes.append(Change("fraction", what, frames, f"{way}: {frames.onset}/{frames.apex}/{frames.offset}"))
    if frames.apex is None and row.has_apex:
        changes.append(Change("apex-missing", f"no apex ({text(row.apex) or 'empty'})", frames, "apex unknown"))
    elif frames.apex is not None and frames.apex < 0:
        frames = replace(frames, apex=None)
        changes.append(Change("apex-missing", f"apex {text(row.apex)}", frames, "apex unknown"))
    return frames, changes


def _sound(frames: Frames, situation: Situation) -> tuple[Span | None, list[Change]]:
    """Return the frames; None where they do not lie in the video in order. An impossible apex is unknown."""
    onset, apex, offset = frames.onset, frames.apex, frames.offset
    first, last, row = situation.first, situation.last, situation.annotation
    if onset is None or offset is None:
        name = "onset" if onset is None else "offset"
        what = f"{name} {text(getattr(row, name)) or 'empty'} is no frame number"
        return None, [Change("not-a-number", what, None, LEFT_OUT)]
    if offset < onset:
        what = f"offset {offset} lies before onset {onset}"
        return None, [Change("offset-before-onset", what, None, LEFT_OUT)]
    if onset < first or offset > last:
        what = f"{onset} to {offset} does not lie in the video's frames {first} to {last}"
        return None, [Change("outside-video", what, None, LEFT_OUT)]
    if apex is not None and not first <= apex <= last:
        what = f"apex {apex} does not lie in the video's frames {first} to {last}"
        return Span(onset, None, offset), [Change("apex-outside", what, replace(frames, apex=None), "apex unknown")]
    return Span(onset, apex, offset), []


def _positions(frames: Span, files: Sequence[int]) -> tuple[Span | None, list[Change]]:
    """Return 0-based positions among the numbers of the files that are there; the nearest inside stands for a gap.

    For an apex it does within `APEX_REACH` frames; otherwise the apex is unknown.
    """
    onset = bisect.bisect_left(files, frames.onset)
    offset = bisect.bisect_right(files, frames.offset) - 1
    apex = None if frames.apex is None else _apex(files, frames.apex, onset, offset)
    if offset < onset:
        what = f"no file of frames {frames.onset} to {frames.offset} is there"
        return None, [Change("frames-missing", what, None, LEFT_OUT)]
    found = Span(onset, apex, offset)
    names = ("onset", "apex", "offset")
    moved = [
        f"{name} {wanted} is not there, {files[position]} stands for it"
        for name, wanted, position in ((n, getattr(frames, n), getattr(found, n)) for n in names)
        if position is not None and files[position] != wanted
    ]
    stays = Frames(frames.onset, frames.apex, frames.offset)
    changes = [Change("frame-missing", what, stays, "see the files") for what in moved]
    if frames.apex is not None and apex is None:
        what = f"apex {frames.apex} is not there, nor a file of the expression within {APEX_REACH} frames of it"
        changes.append(Change("frame-missing", what, stays, "apex unknown"))
    return found, changes


def _apex(files: Sequence[int], wanted: int, onset: int, offset: int) -> int | None:
    """Return the position of an apex; where its file is missing that of the nearest inside; None: none is near."""
    right = bisect.bisect_left(files, wanted)
    if right < len(files) and files[right] == wanted:
        return right
    near = [p for p in (right - 1, right) if onset <= p <= offset and abs(files[p] - wanted) <= APEX_REACH]
    return min(near, key=lambda p: (abs(files[p] - wanted), -p), default=None)
