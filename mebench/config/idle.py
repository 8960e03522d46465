"""Changes (`--set`) that would change nothing but an experiment's id: they are refused, not dropped unseen."""

from collections.abc import Iterator, Sequence

from mebench.config.experiment import Experiment
from mebench.config.model import method_facts
from mebench.errors import MebenchError


def refuse_idle(experiment: Experiment, changes: Sequence[str]) -> None:
    """Raise a MebenchError where a change sets a key twice, or one that plays no part in this experiment.

    Args:
        experiment: with the changes.
        changes: such as `train.epochs=2`.
    """
    keys = [change.partition("=")[0].strip() for change in changes]
    if twice := [key for place, key in enumerate(keys) if key in keys[:place]]:
        raise MebenchError(f"{twice[0]} is set twice, and only the last would count; set it once")
    for part, why in _idle(experiment):
        found = [key for key in keys if key == part or key.startswith(f"{part}.")]
        if found:
            raise MebenchError(f"{found[0]} plays no part: {why}; leave it out")


def _idle(experiment: Experiment) -> Iterator[tuple[str, str]]:
    """Yield the parts and keys that an experiment does not look at, each with the reason."""
    task = experiment.task
    method = method_facts(experiment.model.name)
    yield from method.idle(experiment)
    if task != "vqa" and not hasattr(method.cls, "inputs"):
        yield "features", f"model.name {experiment.model.name} looks at none"
    if task != "str":
        yield "decode", f"task {task} spots nothing"
        yield "score.rules", f"task {task} has one way to count"
        yield "score.iou", f"task {task} spots nothing"
    if task == "vqa":
        yield "features", "task vqa shows what [media] says"
