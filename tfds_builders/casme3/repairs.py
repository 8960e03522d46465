"""Rows of CAS(ME)^3's tables that are known to be wrong, and the rule that tells micro from macro in version 2."""

from dataclasses import dataclass, replace

from mebench.data.interval import Kind
from tfds_builders.archives.annotation import Frames, Key
from tfds_builders.archives.rules import Change, Rule, Situation, apex_outside_unknown, offset_clamped, onset_clamped

MAX_MICRO = 15
"""Most frames from onset to offset of a micro-expression of 0.5 s at 30 fps."""

MAX_RISE = 8
"""Version 2 calls an expression micro whose apex comes at most so many frames after its onset."""


@dataclass(frozen=True)
class KnownError:
    """A row that is wrong.

    Attributes:
        key: subject and clip.
        wrong: what the row says; None where that does not matter.
        right: what it should say; None where the row is right.
        source: who says so.
    """

    key: Key
    wrong: Frames
    right: Frames
    source: str


_XLS = "as in CAS(ME)3_part_A_v2.xls"
_MEB = "as in the code of meb"
KNOWN = (
    KnownError(("spNO.149", "d"), Frames(112, 83, None), Frames(None, 160, None), _XLS),
    KnownError(("spNO.216", "d"), Frames(3647, 2668, None), Frames(2647, None, None), _XLS),
    KnownError(("spNO.216", "e"), Frames(0, 0, 25), Frames(1, 1, None), f"there is no frame 0; {_MEB}"),
    KnownError(("spNO.214", "c"), Frames(5, 5, 3460), Frames(None, None, 34), _MEB),
)
"""Source: mebench/docs/datasets.md, CAS(ME)^3."""

_ZERO_OFFSETS = (("spNO.40", "e"), (1845, 2403))
"""Rows whose offset is 0 in the JpgIndex table, and the offsets of both in CAS(ME)3_part_A_v2.xls."""


def corrected(key: Key, frames: Frames) -> tuple[Frames, str] | None:
    """Return a row's frames put right, and who says so; None where the row is not known to be wrong."""
    for known in KNOWN:
        if known.key == key and _agrees(known.wrong, frames):
            return _patched(frames, known.right), known.source
    if key == _ZERO_OFFSETS[0] and frames.offset == 0:
        reached = max(frames.onset or 0, frames.apex or 0)
        after = [offset for offset in _ZERO_OFFSETS[1] if offset >= reached]
        if after:
            return replace(
                frames, offset=after[0]
            ), f"{_XLS}: the first of 1845 and 2403 that does not precede the apex"
    return None


def is_known(key: Key, frames: Frames) -> bool:
    """Return whether a row is one of those that are wrong in a table, as it is there or as it is put right."""
    if key == _ZERO_OFFSETS[0] and frames.offset in (0, *_ZERO_OFFSETS[1]):
        return True
    return any(k.key == key and (_agrees(k.wrong, frames) or _agrees(k.right, frames)) for k in KNOWN)


def known_error(frames: Frames, situation: Situation) -> Change | None:
    """Put a row right that is known to be wrong; one with frame 0 only where the video has no frame 0."""
    found = corrected(situation.annotation.key, frames)
    if found is None or (frames.onset == 0 and situation.first == 0):
        return None
    right, source = found
    what = f"{frames.onset}/{frames.apex}/{frames.offset} is a known error"
    return Change("known-error", what, right, f"{right.onset}/{right.apex}/{right.offset} ({source})")


def longer_than_15(frames: Frames, situation: Situation) -> Change | None:
    """Leave a micro-expression out that is longer than 0.5 s (offset - onset > 15): the `max15` variants."""
    if situation.annotation.kind != "micro" or frames.onset is None or frames.offset is None:
        return None
    if frames.offset - frames.onset <= MAX_MICRO:
        return None
    what = f"a micro-expression of offset - onset = {frames.offset - frames.onset} frames"
    return Change("micro-too-long", what, None, "the row is left out (max15)")


RECOMMENDED: tuple[Rule, ...] = (known_error, onset_clamped, offset_clamped, apex_outside_unknown)


def kind_by_rule(frames: Frames) -> Kind | None:
    """Return what version 2's rule makes of a row: micro where offset - onset <= 15 or apex - onset <= 8.

    None where a frame is missing. The rule was recovered from the table (mebench/docs/datasets.md, CAS(ME)^3).
    """
    if frames.onset is None or frames.apex is None or frames.offset is None:
        return None
    micro = frames.offset - frames.onset <= MAX_MICRO or frames.apex - frames.onset <= MAX_RISE
    return "micro" if micro else "macro"


def _agrees(wrong: Frames, frames: Frames) -> bool:
    pairs = ((wrong.onset, frames.onset), (wrong.apex, frames.apex), (wrong.offset, frames.offset))
    return all(stated is None or stated == found for stated, found in pairs)


def _patched(frames: Frames, right: Frames) -> Frames:
    return Frames(
        frames.onset if right.onset is None else right.onset,
        frames.apex if right.apex is None else right.apex,
        frames.offset if right.offset is None else right.offset,
    )
