"""Regular expressions for names of layers, as an adapter's config brings them: each is held to a length and a time.

`re` cannot be stopped; `regex` can, and reads the same patterns.
"""

import math
import re

import regex

from mebench.errors import MebenchError

LONGEST = 10_000
"""Most characters of a pattern."""

MOST_REPEATS = 10_000
"""Largest product of all counts `{n}` of a pattern: they are written out when it is compiled."""

SECONDS = 1.0
"""Longest time to match one name; a usual pattern takes microseconds."""

_COUNT = re.compile(r"\{(\d*),?(\d*)\}")

_DIGITS = 9
"""Digits of a count that are looked at."""


def check_pattern(pattern: str) -> None:
    """Raise a MebenchError where a pattern is none, or is too large to be compiled."""
    counts = [max(1, *(int(end[:_DIGITS] or 0) for end in ends)) for ends in _COUNT.findall(pattern[:LONGEST])]
    if len(pattern) > LONGEST or math.prod(counts) > MOST_REPEATS:
        raise MebenchError(
            f"target_modules {pattern[:40]!r}... has {len(pattern)} characters and counts that multiply to "
            f"{math.prod(counts)}; allowed: {LONGEST} and {MOST_REPEATS}; name the layers in a list"
        )
    try:
        regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError, MemoryError) as error:
        raise MebenchError(
            f"target_modules {pattern[:80]!r} is no regular expression ({error}); mend it, or name the layers in a list"
        ) from error


def matches(pattern: str, name: str) -> bool:
    """Return whether a pattern fits a whole name.

    Raises:
        MebenchError: it takes longer than `SECONDS`.
    """
    try:
        return regex.fullmatch(pattern, name, timeout=SECONDS) is not None
    except TimeoutError as error:
        raise MebenchError(
            f"target_modules {pattern[:80]!r} takes more than {SECONDS:g} s to match {name}; name the layers in a list"
        ) from error
