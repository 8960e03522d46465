"""Methods by name, as objects that can do an experiment's task, and the features that they name."""

from collections.abc import Mapping
from typing import Any

from mebench import plugins
from mebench.config.experiment import Experiment
from mebench.errors import MebenchError
from mebench.features.feature import feature_of
from mebench.methods.protocols import ExternalWeights


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


def inputs_of(experiment: Experiment) -> dict[str, Any]:
    """Return the features that the experiment's method names, each with its settings.

    Raises:
        MebenchError: a name that no feature has; the nearest one is given.
    """
    named = getattr(method_of(experiment.model.name), "inputs", ())
    chosen = named(experiment) if callable(named) else named
    names = (chosen,) if isinstance(chosen, str) else chosen
    settings = names if isinstance(names, Mapping) else dict.fromkeys(names)
    features = {name: feature_of(name) for name in settings}
    return {n: features[n].settings(experiment) if one is None else one for n, one in settings.items()}


def refuse_unused(external: ExternalWeights, experiment: Experiment) -> None:
    """Raise a MebenchError where the experiment's method would not look at what is given."""
    name, method = experiment.model.name, method_of(experiment.model.name)
    for option, path in (("--weights", external.weights), ("--adapter", external.adapter)):
        if path is not None and not getattr(method, "takes_weights", False):
            takers = [one for one in plugins.names(plugins.METHODS) if getattr(method_of(one), "takes_weights", False)]
            raise MebenchError(
                f"{option} {path}: model.name {name} takes no weights, so the figures would not be theirs; those that "
                f"do: {', '.join(takers)}; leave {option} out, or run an experiment of such a method"
            )
    if external.adapter is not None and external.weights is None:
        raise MebenchError(
            f"--adapter {external.adapter} goes with the checkpoint that it was tuned on; give that with --weights DIR"
        )
    if fault := method.weights_fault(experiment, external) if hasattr(method, "weights_fault") else "":
        raise MebenchError(fault)
