"""Methods by name, as objects that can do an experiment's task."""

from typing import Any

from mebench import plugins
from mebench.config.experiment import Experiment
from mebench.errors import MebenchError


def method_of(name: str) -> Any:
    """Return the method of a name, made without arguments.

    Raises:
        MebenchError: unknown name, or its class cannot be imported.
    """
    return plugins.load(plugins.METHODS, name)()


def method_for(experiment: Experiment, seam: Any) -> Any:
    """Return the experiment's method, which has the functions of a protocol of `mebench.methods.protocols`.

    Raises:
        MebenchError: it lacks them.
    """
    method = method_of(experiment.model.name)
    if not isinstance(method, seam):
        raise MebenchError(f"method {experiment.model.name} is none that {seam.__name__}; see mebench methods")
    return method
