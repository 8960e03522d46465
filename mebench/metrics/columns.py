"""Figures of installed packages beside a task's own, by entry points of the group `mebench.metrics`.

An entry point `TASK.NAME` is a function of figures and counts by their names, as
`def f05_s(precision_s, recall_s)`: arrays with a row a resample, like what it returns; 0/0 is undefined.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mebench import plugins
from mebench.errors import MebenchError, unknown_name
from mebench.metrics.sample import Values

TASKS = ("str", "spotting", "recognition", "vqa", "lvqa")


@dataclass(frozen=True)
class Column:
    """A figure of an installed package: its entry point, the names of what it is computed from, the function."""

    entry: str
    takes: tuple[str, ...]
    compute: Callable[..., Values]

    @property
    def name(self) -> str:
        """Name of the figure, without its task's."""
        return self.entry.partition(".")[2]


def column_names(task: str) -> tuple[str, ...]:
    """Return the names of the figures that installed packages add to a task, sorted."""
    return tuple(one.name for one in _columns(task))


def own_figures(task: str) -> tuple[str, ...]:
    """Return the names of mebench's own figures of a task."""
    from mebench.metrics.recognition.score import RECOGNITION_FIGURES
    from mebench.metrics.spotting.samples import SPOTTING_FIGURES
    from mebench.metrics.str.score import FIGURES, STRICT_FIGURES
    from mebench.metrics.vqa.lvqa_samples import FIGURES as LVQA_FIGURES
    from mebench.metrics.vqa.samples import SIX

    return {
        "str": (*FIGURES, *STRICT_FIGURES, "n_classes"),
        "spotting": SPOTTING_FIGURES,
        "recognition": RECOGNITION_FIGURES,
        "vqa": (*SIX, "final", "parse_failures"),
        "lvqa": LVQA_FIGURES,
    }[task]


def refuse_unknown(task: str, key: str) -> None:
    """Raise a MebenchError where a full name, as `strict.f1_s`, is no figure of a task that is installed here."""
    sample, _, name = key.rpartition(".")
    known = (*own_figures(task), *column_names(task))
    if name not in known:
        error = unknown_name(f"figure of task {task}", key, [f"{sample}.{one}" for one in known])
        raise MebenchError(f"{error}; where a package has it (entry point {plugins.METRICS}), install that package")


def with_columns(task: str, figures: Mapping[str, Values], counts: Mapping[str, np.ndarray]) -> dict[str, Values]:
    """Return figures, followed by those of installed packages; one is absent where what it takes is.

    Args:
        task: whose figures they are.
        figures: of one sample, by name.
        counts: sums over the sample's units, by name, a row a resample as well.

    Raises:
        MebenchError: a package's figure has the name of another one, takes what the task has not, or gives anything
            but a number a row.
    """
    found, known = dict(figures), {**counts, **figures}
    for one in _columns(task):
        if one.name in {*known, *own_figures(task)}:
            raise MebenchError(f"metric {one.entry}: {one.name} is one of mebench's own; give it another name")
        if strange := [name for name in one.takes if name not in known and name not in own_figures(task)]:
            names = {*known, *own_figures(task)}
            raise unknown_name(f"figure or count that metric {one.entry} takes", strange[0], names)
        if all(name in known for name in one.takes):
            found[one.name] = _checked(one, [known[name] for name in one.takes])
    return found


def _checked(column: Column, taken: list[np.ndarray]) -> Values:
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.asarray(column.compute(*taken), np.float64)
    if values.shape != (rows := taken[0].shape[:1]):
        raise MebenchError(f"metric {column.entry} gives the shape {values.shape}, not {rows}, a number a resample")
    return np.where(np.isfinite(values), values, np.nan)


@lru_cache
def _columns(task: str) -> tuple[Column, ...]:
    names = plugins.names(plugins.METRICS)
    for name in names:
        if (first := name.partition(".")[0]) not in TASKS:
            raise unknown_name(f"task of metric {name} (entry points are called TASK.NAME):", first, TASKS)
    return tuple(_column(name) for name in names if name.partition(".")[0] == task)


def _column(entry: str) -> Column:
    function = plugins.load(plugins.METRICS, entry)
    takes = tuple(inspect.signature(function).parameters) if callable(function) else ()
    if not takes or not entry.partition(".")[2].isidentifier():
        raise MebenchError(f"metric {entry}: no function of figures under a name like str.f05_s; mend or uninstall it")
    return Column(entry, takes, function)
