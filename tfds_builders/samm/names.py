"""Subjects, inducements and events as SAMM writes them into file and folder names (`006_1_2`)."""

import re
from collections.abc import Sequence

from tfds_builders.archives.tree import plain

_CODE = re.compile(r"\s*([0-9]{1,3})[\s_-]+([0-9]{1,3})(?:[\s_-]+([0-9]{1,3}))?\s*", re.ASCII)
_TEST_SET = re.compile("testset|sammtest|castest")

Code = tuple[int, ...]
"""Subject, inducement and, of a short clip or a row, number of the event."""


def code_of(name: str) -> Code | None:
    """Return the two or three numbers that a name consists of, as (6, 1, 2) for `006_1_2`; None for any other name."""
    match = _CODE.fullmatch(name)
    return tuple(int(part) for part in match.groups() if part is not None) if match else None


def nearest_code(names: Sequence[str]) -> Code | None:
    """Return the code of the first name that is one; None where none is."""
    return next((code for code in map(code_of, names) if code is not None), None)


def subject_id(code: Code) -> str:
    """Return the subject as tables write it: `006`."""
    return f"{code[0]:03d}"


def code_id(code: Code) -> str:
    """Return a code as tables write it: `006_1` or `006_1_2`."""
    return "_".join([subject_id(code), *map(str, code[1:])])


def is_cropped(names: Sequence[str]) -> bool:
    """Return whether a folder on the way says that faces were cut out (`SAMM_CROP`)."""
    return any("crop" in plain(name) for name in names)


def is_test_set(names: Sequence[str]) -> bool:
    """Return whether a folder on the way is a challenge's test set, whose videos are called as SAMM's are (`001_2`)."""
    return any(_TEST_SET.search(plain(name)) for name in names)
