"""JSON and TOML that somebody else wrote: one reader, which neither depth nor length of a file can bring down.

Python's parsers recurse, so a text of brackets alone ends them with a RecursionError; what they still take can end
whoever walks through it. A number of thousands of digits is refused by Python itself, with advice for programmers.
"""

import json
import math
import tomllib
from pathlib import Path
from typing import Any, NoReturn

DEEPEST = 100
"""Most lists and objects within one another: far more than any file needs that is read here."""

MOST_DIGITS = 40
"""Longest whole number."""

_SHOWN = 40
"""Most characters of a number that a sentence repeats."""

_BEYOND = 10**MOST_DIGITS

MOST_BYTES = 1 << 28
"""Longest file; the tokeniser of a released model, the longest that is read here, has a twentieth."""


def parsed_json(text: str | bytes, finite: bool = False) -> Any:
    """Return the value of a JSON text.

    Args:
        text: the whole text; bytes are UTF-8.
        finite: refuse NaN and infinity, which JSON has not and Python reads and writes all the same.

    Raises:
        ValueError: no JSON or no UTF-8, nested deeper than `DEEPEST`, a whole number longer than `MOST_DIGITS`, or
            what `finite` refuses.
    """
    hooks: dict[str, Any] = {"parse_constant": _refuse, "parse_float": _finite} if finite else {}
    try:
        return _checked(json.loads(text, **hooks))
    except RecursionError as error:
        raise ValueError(_too_deep()) from error
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        raise ValueError(_reason(error)) from error


def parsed_toml(text: str) -> dict[str, Any]:
    """Return the tree of a TOML text.

    Raises:
        ValueError: no TOML, nested deeper than `DEEPEST`, or a whole number longer than `MOST_DIGITS`.
    """
    try:
        found: dict[str, Any] = _checked(tomllib.loads(text))
    except RecursionError as error:
        raise ValueError(_too_deep()) from error
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:
        raise ValueError(_reason(error)) from error
    return found


def read_json(path: Path, most: int = MOST_BYTES, finite: bool = False) -> Any:
    """Return the value of a JSON file.

    Raises:
        OSError: the file cannot be read.
        ValueError: as for `parsed_json`, or the file is longer than `most` bytes.
    """
    return parsed_json(_bytes(path, most), finite)


def read_toml(path: Path, most: int = MOST_BYTES) -> dict[str, Any]:
    """Return the tree of a TOML file.

    Raises:
        OSError: the file cannot be read.
        ValueError: as for `parsed_toml`, no UTF-8, or the file is longer than `most` bytes.
    """
    return parsed_toml(read_text(path, most))


def read_text(path: Path, most: int) -> str:
    """Return the text of a file.

    Raises:
        OSError: the file cannot be read.
        ValueError: no UTF-8, or the file is longer than `most` bytes.
    """
    return _bytes(path, most).decode("utf-8-sig")


def _bytes(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it is longer than {most} bytes")
    return data


def _checked(value: Any) -> Any:
    """Return the value; a list of what is still to be looked at takes the place of recursion."""
    layer, depth = [value], 0
    while layer:
        if depth > DEEPEST:
            raise ValueError(_too_deep())
        below: list[Any] = []
        for one in layer:
            if isinstance(one, dict):
                below += one.values()
            elif isinstance(one, list):
                below += one
            elif isinstance(one, int) and abs(one) >= _BEYOND:
                raise ValueError(f"a whole number of more than {MOST_DIGITS} digits")
        layer, depth = below, depth + 1
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(text[:_SHOWN])


def _too_deep() -> str:
    return f"lists or objects nested more than {DEEPEST} deep"


def _reason(error: ValueError) -> str:
    """Return why a text was refused; Python's own limit on digits is told as ours."""
    long = "integer string conversion" in str(error)
    return f"a whole number of more than {MOST_DIGITS} digits" if long else str(error)
