"""Subjects and clips as tables and folders of CAS(ME)^3 call them."""

import re

_SUBJECT = re.compile(r"\s*sp\s*no[\s._-]*0*([0-9]{1,4})\s*", re.ASCII | re.IGNORECASE)
_CLIP = re.compile(r"\s*([a-z])\s*", re.ASCII | re.IGNORECASE)
_CUT_OUT = re.compile(r"\s*sp\s*no[\s._-]*[0-9]{1,4}_[a-z]_[0-9]+\s*", re.ASCII | re.IGNORECASE)


def subject_of(name: str) -> str:
    """Return `spNO.1` for `spNO.1`, `spNo.1` and `spNO1` (some depth folders lose the dot); "" for no subject."""
    match = _SUBJECT.fullmatch(name)
    return f"spNO.{int(match[1])}" if match else ""


def clip_of(name: str) -> str:
    """Return the letter of a clip in lower case (`J` of some folders is `j`); "" for no clip."""
    match = _CLIP.fullmatch(name)
    return match[1].lower() if match else ""


def is_cut_out(name: str) -> bool:
    """Return whether a folder is a micro-expression that was cut out of its video (`spNo.1_a_355`)."""
    return _CUT_OUT.fullmatch(name) is not None
