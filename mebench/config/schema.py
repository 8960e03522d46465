"""The JSON schema of experiments: which keys there are, what they hold, and their defaults."""

import json
from typing import Any

from mebench import plugins
from mebench.config.experiment import Experiment
from mebench.config.model import method_facts

DIALECT = "https://json-schema.org/draft/2020-12/schema"


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
    settings = list(map(_settings, plugins.names(plugins.METHODS)))
    for one in settings:
        found["$defs"] |= one.pop("$defs", {})
    found["properties"]["model"] = {"anyOf": [*settings, BESIDE]}
    return {"$schema": DIALECT, **found, "title": "mebench experiment"}


def _settings(name: str) -> dict[str, Any]:
    """Return the schema of `[model]` with a method; where no name is given it is MEAN."""
    found: dict[str, Any] = method_facts(name).cls.Config.model_json_schema()
    usual = name == found["properties"]["name"].get("default")
    found["properties"]["name"] = {"const": name}
    for key, entry in list(found["properties"].items()):
        if entry.get("type") == "string" and not {"enum", "const", "format"} & entry.keys():
            about = f"Path of a text file beside the experiment's file; its text becomes `{key}`."
            found["properties"][f"{key}_file"] = {"type": "string", "description": about}
    return {**found, "required": [*found.get("required", ()), *([] if usual and name == "mean" else ["name"])]}


def schema_text() -> str:
    """Return the same as JSON."""
    return json.dumps(schema(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
