"""Rules as the text of `rules.toml`, for versions that a command begins or freezes."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mebench.leaderboard.rules import FrozenTruth, Rules

PARTS = ("run", "scorer")
"""Keys that are tables of their own, below the others."""

LISTS = ("tables", "columns")
"""Keys whose rows stand one a line."""


def rules_text(rules: Rules) -> str:
    """Return the text that `read_rules` reads back to equal rules.

    What is as by default is left out, but not what decides figures: a default of another time would change them.
    """
    decides = {"label": rules.label, "bootstrap": rules.bootstrap, "seed": rules.seed}
    values = rules.model_dump(mode="json", exclude_defaults=True) | decides
    plain = [f"{key} = {_literal(value)}" for key, value in values.items() if key not in (*PARTS, *LISTS, "frozen")]
    lists = [line for key in LISTS for line in ("", f"{key} = [", *_rows(values[key]), "]")]
    parts = [line for key in PARTS if key in values for line in _part(key, values[key])]
    frozen = "".join(frozen_text(table, one) for table, one in rules.frozen.items())
    return "\n".join([*plain, *lists, *parts]) + "\n" + frozen


def frozen_text(table: str, frozen: FrozenTruth) -> str:
    """Return the part of `rules.toml` that freezes a table's truth; it may stand at the end of any rules."""
    lines = ["", f"[frozen.{_key(table)}]"]
    for key, value in frozen.model_dump(mode="json", exclude_defaults=True).items():
        if isinstance(value, list):
            lines += [f"{key} = [", *(f"    {_literal(row)}," for row in value), "]"]
        else:
            lines.append(f"{key} = {_literal(value)}")
    return "\n".join(lines) + "\n"


def _part(name: str, values: Mapping[str, Any]) -> Iterable[str]:
    plain = [f"{key} = {_literal(value)}" for key, value in values.items() if not isinstance(value, Mapping)]
    yield from ["", f"[{name}]", *plain]
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from [
                "",
                f"[{name}.{_key(key)}]",
                *(f"{_key(one)} = {_literal(more)}" for one, more in value.items()),
            ]


def _rows(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return [f"    {_literal(row)}," for row in rows]


def _literal(value: Any) -> str:
    """Return a value as TOML writes it on one line; texts, numbers and truth values are written as in JSON."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(key)} = {_literal(one)}' for key, one in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    bare = name.replace("-", "").replace("_", "")
    return name if bare.isascii() and bare.isalnum() else json.dumps(name)
