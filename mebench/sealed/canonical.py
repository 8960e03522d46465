"""The one JSON text of a value, which hashes and keys are taken from."""

import json
from typing import Any


def canonical_json(value: Any) -> str:
    """Return the JSON text of a value with sorted keys and no spaces.

    Raises:
        ValueError: the value holds a number that is none, as NaN.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
