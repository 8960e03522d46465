"""The JSON schema of experiments: which keys there are, what they hold, and their defaults."""

import json
from typing import Any

from mebench.config.experiment import Experiment

DIALECT = "https://json-schema.org/draft/2020-12/schema"

PROMPT_FILE = {
    "type": "string",
    "description": "Path of the template beside the experiment's file; its text becomes `prompt`.",
}
"""A key that a file may have in place of `qwen.prompt`, and that a resolved experiment has not."""


def schema() -> dict[str, Any]:
    """Return the schema of an experiment's file as plain values."""
    found = Experiment.model_json_schema()
    found["$defs"]["QwenConfig"]["properties"]["prompt_file"] = PROMPT_FILE
    return {"$schema": DIALECT, **found, "title": "mebench experiment"}


def schema_text() -> str:
    """Return the same as JSON."""
    return json.dumps(schema(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
