"""Whether a value of a JSON document is a count: a whole number from 0, and no truth value."""

from collections.abc import Iterable
from typing import Any


def is_count(value: Any) -> bool:
    """Return whether a value is a whole number from 0."""
    return type(value) is int and value >= 0


def are_counts(values: Iterable[Any]) -> bool:
    """Return whether all values are whole numbers from 0."""
    return all(is_count(value) for value in values)


def is_amount(value: Any, most: float | int) -> bool:
    """Return whether a value is a number from 0 to `most`, up to rounding."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most + 1e-9
