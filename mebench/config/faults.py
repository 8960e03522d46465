"""A validation that failed, as one sentence: which key of which file, and what is allowed there."""

import re
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from mebench.errors import MebenchError, unknown_name

_SHOWN = 60
"""Most characters of a value that a sentence repeats."""


def explain(error: ValidationError, where: str, model: type[BaseModel], inside: tuple[str, ...] = ()) -> MebenchError:
    """Return the first fault of a validation as one sentence.

    Args:
        error: of `model`.
        where: what was validated, as the path of a file.
        model: whose keys are allowed.
        inside: keys that lead to `model` in the file; empty: it is the whole.
    """
    fault = error.errors()[0]
    keys = [*inside, *(str(part) for part in fault["loc"])]
    name = ".".join(keys)
    if fault["type"] == "extra_forbidden":
        allowed = [".".join([*keys[:-1], field]) for field in _fields(keys[len(inside) : -1], model)]
        return MebenchError(f"{where}: {unknown_name('key', name, allowed)}")
    if fault["type"] == "missing":
        return MebenchError(f"{where}: the key {name!r} is missing; add it")
    if fault["type"] == "literal_error":
        allowed = re.findall(r"'([^']*)'", fault["ctx"]["expected"]) or [fault["ctx"]["expected"]]
        return MebenchError(f"{where}: {unknown_name(name, str(fault['input'])[:_SHOWN], allowed)}")
    if fault["type"] == "json_invalid":
        return MebenchError(f"{where}: it is no JSON ({fault['ctx']['error']})")
    if fault["type"] == "value_error":
        return MebenchError(f"{where}: {fault['ctx']['error']}")
    message, value = fault["msg"][0].lower() + fault["msg"][1:], repr(fault["input"])
    shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}..."
    return MebenchError(f"{where}: {name or 'it'} = {shown} is not allowed: {message}")


def _fields(parents: list[str], model: type[BaseModel]) -> list[str]:
    """Return the allowed keys of the part that the parents lead to; numbers and names of entries lead nowhere."""
    part: Any = model
    for parent in parents:
        if parent in part.model_fields:
            kind = part.model_fields[parent].annotation
            part = next((one for one in (kind, *get_args(kind)) if hasattr(one, "model_fields")), part)
    return list(part.model_fields)
