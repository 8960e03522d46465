"""Kinds of values of a JSON document: a count, an amount, a table of counts, a text."""

from collections.abc import Iterable
from typing import Any

MOST = 2**53
"""No count is larger: below it every sum in float64 is exact."""


def is_count(value: Any) -> bool:
    """Return whether a value is a whole number from 0."""
    return type(value) is int and 0 <= value <= MOST


def are_counts(values: Iterable[Any]) -> bool:
    """Return whether all values are whole numbers from 0."""
    return all(is_count(value) for value in values)


def is_table(value: Any, rows: int, columns: int) -> bool:
    """Return whether a value is a list of `rows` lists of `columns` counts."""
    if not isinstance(value, list) or len(value) != rows:
        return False
    return all(isinstance(row, list) and len(row) == columns and are_counts(row) for row in value)


def are_texts(values: Iterable[Any]) -> bool:
    """Return whether all values are texts."""
    return all(isinstance(value, str) for value in values)


def is_amount(value: Any, most: float | int) -> bool:
    """Return whether a value is a number from 0 to `most`, up to rounding."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most + 1e-9
