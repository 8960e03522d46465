"""Numbers and texts of a JSON document as arrays and tuples, nothing rounded and nothing cut."""

from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)
"""What reading a document raises where something in it is missing, of another type or too large."""


MOST = 2**53
"""No count and no sum is larger: below it sums in float64 are exact."""


def whole_numbers(values: Any, shape: tuple[int, ...]) -> Int64[np.ndarray, "..."]:
    """Return counts as they are.

    Args:
        values: lists of numbers.
        shape: of the array; without an entry, lists may be nested less deep.

    Raises:
        ValueError: a number that is not whole, is below 0 or does not fit, or another shape.
    """
    array = np.array(values)
    if array.size == 0 and 0 in shape:
        return np.zeros(shape, np.int64)
    wrong = array.dtype.kind != "i" or array.shape != shape
    if wrong or array.min(initial=0) < 0 or array.max(initial=0) > MOST:
        raise ValueError(f"whole numbers from 0 in the shape {shape} are wanted, not {array.dtype} in {array.shape}")
    return array.astype(np.int64)


def finite_numbers(
    values: Any, shape: tuple[int, ...], least: float = 0.0, most: float = MOST
) -> Float64[np.ndarray, "..."]:
    """Return numbers as they are.

    Raises:
        ValueError: a number that is not finite or not from `least` to `most`, or another shape.
    """
    array = np.array(values)
    if array.size == 0 and 0 in shape:
        return np.zeros(shape)
    wrong = array.dtype.kind not in "if" or array.shape != shape
    if wrong or not (np.isfinite(array) & (array >= least) & (array <= most)).all():
        raise ValueError(
            f"numbers from {least:g} to {most:g} in the shape {shape} are wanted, not {array.dtype} in {array.shape}"
        )
    return array.astype(np.float64)


def texts_of(values: Any) -> tuple[str, ...]:
    """Return a list of texts.

    Raises:
        ValueError: no list, or something in it is no text.
    """
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise ValueError("a list of texts is wanted")
    return tuple(values)


def names_of(rows: list[dict[str, Any]], key: str) -> tuple[str, ...]:
    """Return the text under a key of each row.

    Raises:
        ValueError: one is no text.
    """
    return texts_of([row[key] for row in rows])
