"""The part `[model]` of an experiment: the settings of the method that it names, found by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from mebench import plugins
from mebench.config.faults import explain
from mebench.config.parts import MethodConfig
from mebench.errors import MebenchError, unknown_name

FUNCTION_OF: Mapping[str, str] = MappingProxyType(
    {"str": "spot_then_recognise", "recognition": "recognise", "vqa": "answer"}
)
"""By task: the function that a method has to have (`mebench.methods.protocols`)."""


@dataclass(frozen=True)
class MethodFacts:
    """A method's class as experiments see it: tasks, and whether it works without training."""

    cls: Any

    def can(self, task: str) -> bool:
        """Return whether the method can do a task."""
        return callable(getattr(self.cls, FUNCTION_OF[task], None))

    @property
    def zero_shot(self) -> bool:
        """True for a method that answers without training."""
        return bool(getattr(self.cls, "zero_shot", False))

    def idle(self, experiment: Any) -> tuple[tuple[str, str], ...]:
        """Return the parts and keys of an experiment that the method does not look at, each with the reason."""
        return tuple(self.cls().idle(experiment)) if hasattr(self.cls, "idle") else ()

    def fault(self, experiment: Any) -> str:
        """Return the sentence of a method that an experiment does not fit; empty where it does."""
        return str(self.cls().fault(experiment)) if hasattr(self.cls, "fault") else ""


def method_facts(name: str) -> MethodFacts:
    """Return what experiments see of a method.

    Raises:
        MebenchError: unknown name, or it cannot be imported.
    """
    return MethodFacts(plugins.load(plugins.METHODS, name))


def model_of(tree: Any, where: str = "the experiment") -> MethodConfig:
    """Return the settings of a method from the keys of `[model]`.

    Raises:
        MebenchError: no method of that name, a key that it does not have (the nearest is named), or a value that is
            not allowed.
    """
    if not isinstance(tree, Mapping):
        raise MebenchError(f"{where}: model = {tree!r} is not allowed: it is a part with keys, as [model] name")
    name = str(tree.get("name", "mean"))
    if ":" not in name and name not in plugins.names(plugins.METHODS):
        raise unknown_name("model.name", name, plugins.names(plugins.METHODS), "mebench methods")
    config = getattr(plugins.load(plugins.METHODS, name), "Config", None)
    if not (isinstance(config, type) and issubclass(config, MethodConfig)):
        raise MebenchError(f"model.name {name}: its class has no Config that comes from mebench's MethodConfig; add it")
    try:
        return config.model_validate({**tree, "name": name})
    except ValidationError as error:
        raise explain(error, where, config, ("model",)) from error
