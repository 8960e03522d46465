"""Repairs of annotated frames, each a rule with a name; a policy is the list of rules that a dataset applies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tfds_builders.archives.annotation import Annotation, Frames

Policy = Literal["recommended", "mean", "as_published"]
"""recommended: ours; mean: what MEAN's published code does; as_published: the table as it stands, no rule."""


@dataclass(frozen=True)
class Situation:
    """Facts that a rule may look at besides the frames: the row, and the first and last file number of its video."""

    annotation: Annotation
    first: int
    last: int


@dataclass(frozen=True)
class Change:
    """Change of a row by a rule.

    Attributes:
        code: of the finding, as `offset-missing`.
        what: what is wrong, a clause.
        frames: after the repair; None: the row is left out.
        action: what is done, a clause.
    """

    code: str
    what: str
    frames: Frames | None
    action: str


Rule = Callable[[Frames, Situation], Change | None]
"""Looks at a row; None where it does not apply. Onset and offset may be missing, and need not be in order."""


def apply_rules(rules: Sequence[Rule], frames: Frames, situation: Situation) -> tuple[Frames | None, list[Change]]:
    """Return the frames after every rule in turn (None: left out), and the changes that were made."""
    changes: list[Change] = []
    for rule in rules:
        change = rule(frames, situation)
        if change is None:
            continue
        changes.append(change)
        if change.frames is None:
            return None, changes
        frames = change.frames
    return frames, changes


def offset_to_apex(frames: Frames, situation: Situation) -> Change | None:
    """Put the apex where the offset is missing (SoftNet, MEAN, the MEGC2020 baseline)."""
    if frames.offset or frames.apex is None:
        return None
    return Change("offset-missing", "no offset", replace(frames, offset=frames.apex), f"offset := apex {frames.apex}")


def offset_symmetric(frames: Frames, situation: Situation) -> Change | None:
    """Put 2 apex - onset, at most the last frame, where the offset is missing (guanjz20, KDDI at MEGC2021)."""
    if frames.offset or frames.apex is None or frames.onset is None or frames.apex < frames.onset:
        return None
    offset = min(2 * frames.apex - frames.onset, situation.last)
    return Change("offset-missing", "no offset", replace(frames, offset=offset), f"offset := {offset} (2 apex - onset)")


def offset_clamped(frames: Frames, situation: Situation) -> Change | None:
    """Put the last frame where the offset lies behind it, and the onset does not."""
    if frames.offset is None or frames.offset <= situation.last:
        return None
    if frames.onset is not None and frames.onset > situation.last:
        return None
    what = f"offset {frames.offset} lies behind the last frame {situation.last}"
    return Change("offset-after-end", what, replace(frames, offset=situation.last), f"offset := {situation.last}")


def onset_clamped(frames: Frames, situation: Situation) -> Change | None:
    """Put the first frame where the onset lies before it, and the offset does not: it began before the recording."""
    if frames.onset is None or frames.onset >= situation.first:
        return None
    if frames.offset is not None and frames.offset < situation.first:
        return None
    what = f"onset {frames.onset} lies before the first frame {situation.first}"
    return Change("onset-before-start", what, replace(frames, onset=situation.first), f"onset := {situation.first}")


def onset_before_start_left_out(frames: Frames, situation: Situation) -> Change | None:
    """Leave a row out whose onset lies before the first frame (SoftNet, MEAN)."""
    if frames.onset is None or frames.onset >= situation.first:
        return None
    what = f"onset {frames.onset} lies before the first frame {situation.first}"
    return Change("onset-before-start", what, None, "the row is left out")


def apex_to_middle(frames: Frames, situation: Situation) -> Change | None:
    """Put the middle of onset and offset where the apex is missing or 0 (the MEGC2020 baseline)."""
    if frames.apex or frames.onset is None or frames.offset is None:
        return None
    middle = (frames.onset + frames.offset) // 2
    return Change("apex-missing", "no apex", replace(frames, apex=middle), f"apex := {middle}, the middle")


def apex_outside_unknown(frames: Frames, situation: Situation) -> Change | None:
    """Call the apex unknown where it does not lie between onset and offset."""
    if frames.apex is None or frames.onset is None or frames.offset is None:
        return None
    if frames.onset <= frames.apex <= frames.offset:
        return None
    what = f"apex {frames.apex} does not lie in {frames.onset} to {frames.offset}"
    return Change("apex-outside", what, replace(frames, apex=None), "apex unknown")


def known_errors(table: Mapping[tuple[tuple[str, str], Frames], Frames], source: str) -> Rule:
    """Return the rule that puts right rows that are known to be wrong.

    Args:
        table: key and frames as the table has them -> frames as they should be.
        source: who found it.
    """

    def rule(frames: Frames, situation: Situation) -> Change | None:
        right = table.get((situation.annotation.key, frames))
        if right is None:
            return None
        what = f"{frames.onset}/{frames.apex}/{frames.offset} is a known error"
        return Change("known-error", what, right, f"{right.onset}/{right.apex}/{right.offset} ({source})")

    return rule
