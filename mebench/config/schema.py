"""The JSON schema of experiments: which keys there are, what they hold, and their defaults."""

import json
from typing import Any

from mebench import plugins
from mebench.config.experiment import Experiment
from mebench.config.model import method_facts

DIALECT = "https://json-schema.org/draft/2020-12/schema"

PROMPT_FILE = {
    "type": "string",
    "description": "Path of the template beside the experiment's file; its text becomes `prompt`.",
}
"""A key that a file may have in place of `qwen.prompt`, and that a resolved experiment has not."""


BESIDE = {
    "type": "object",
    "properties": {"name": {"type": "string", "pattern": "^[^:]+:[^:]+$"}},
    "required": ["name"],
    "description": "A method that is no package's, as module:Class; its own settings are checked when it is loaded.",
}
"""Settings of a method of a module beside the experiment."""


def schema() -> dict[str, Any]:
    """Return the schema of an experiment's file as plain values."""
    found = Experiment.model_json_schema()
    found["$defs"]["QwenConfig"]["properties"]["prompt_file"] = PROMPT_FILE
    found["properties"]["model"] = {"anyOf": [*map(_settings, plugins.names(plugins.METHODS)), BESIDE]}
    return {"$schema": DIALECT, **found, "title": "mebench experiment"}


def _settings(name: str) -> dict[str, Any]:
    """Return the schema of `[model]` with a method; where no name is given it is MEAN."""
    found: dict[str, Any] = method_facts(name).cls.Config.model_json_schema()
    usual = name == found["properties"]["name"].get("default")
    found["properties"]["name"] = {"const": name}
    return {**found, "required": [*found.get("required", ()), *([] if usual and name == "mean" else ["name"])]}


def schema_text() -> str:
    """Return the same as JSON."""
    return json.dumps(schema(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
