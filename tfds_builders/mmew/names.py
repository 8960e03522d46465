"""Names of MMEW's clips: person, emotion and sample, `S01-01-001`."""

import re

from tfds_builders.archives.annotation import Key
from tfds_builders.archives.tree import plain

_NAME = re.compile(r"s?0{0,6}(\d{1,3})[-_ ]+0{0,6}(\d{1,3})[-_ ]+0{0,6}(\d{1,4})", re.IGNORECASE | re.ASCII)


def clip_key(name: str) -> Key | None:
    """Return subject and clip of a folder's or table's name, padded: ("S01", "S01-01-001"); None where it is none."""
    match = _NAME.fullmatch(name.strip())
    if match is None:
        return None
    subject = f"S{int(match[1]):02d}"
    return subject, f"{subject}-{int(match[2]):02d}-{int(match[3]):03d}"


def subject_of(name: str) -> str | None:
    """Return the subject that a folder is named by (`S01`, `s1`); None where it is none's."""
    match = re.fullmatch(r"s0*(\d{1,3})", plain(name))
    return None if match is None else f"S{int(match[1]):02d}"
