"""Faults of experiments as sentences that name the key, what is allowed and what is near."""

import re
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from mebench.errors import MebenchError, unknown_name


def explain(error: ValidationError, where: str, of: type[BaseModel], inside: tuple[str, ...] = ()) -> MebenchError:
    """Return the first fault of a validation as one sentence.

    Args:
        error: of pydantic.
        where: the file.
        of: what was validated.
        inside: keys of the part of an experiment that it is; empty: the whole.
    """
    fault = error.errors()[0]
    keys = [*inside, *(str(part) for part in fault["loc"])]
    name = ".".join(keys)
    if fault["type"] == "extra_forbidden":
        allowed = _fields(keys[len(inside) : -1], of)
        return unknown_name("key", name, [".".join([*keys[:-1], field]) for field in allowed], f"in {where}")
    if fault["type"] == "missing":
        return MebenchError(f"{where}: the key {name!r} is missing")
    if fault["type"] == "literal_error":
        return unknown_name(name, str(fault["input"]), re.findall(r"'([^']*)'", fault["ctx"]["expected"]))
    message = fault["msg"][0].lower() + fault["msg"][1:]
    if fault["type"] == "value_error":
        return MebenchError(f"{where}: {fault['ctx']['error']}")
    return MebenchError(f"{where}: {name} = {fault['input']!r} is not allowed: {message}")


def _fields(parents: list[str], part: Any) -> list[str]:
    """Return the allowed keys of the part that the parents lead to; numbers count the parts of a list."""
    for parent in parents:
        if not parent.isdigit():
            kind = part.model_fields[parent].annotation
            part = next((one for one in (kind, *get_args(kind)) if hasattr(one, "model_fields")), kind)
    return list(part.model_fields)
