"""Figures of installed packages beside a task's own, by entry points of the group `mebench.metrics`.

An entry point `TASK.NAME` is a function of figures and counts by their names, as
`def f05_s(precision_s, recall_s)`: arrays with a row a resample, like what it returns; 0/0 is undefined.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from mebench import plugins
from mebench.errors import MebenchError, unknown_name
from mebench.metrics.sample import Sample, Sums, Values

TASKS = ("str", "spotting", "recognition", "vqa", "lvqa")

UNKNOWN = "undefined (0/0), or the tables do not hold what it is computed from"
"""Why a figure of a package has no value."""


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
    from mebench.metrics.spotting.counts import SPOTTING_FIGURES
    from mebench.metrics.str.figures import FIGURES, STRICT_FIGURES
    from mebench.metrics.vqa.lvqa_statistics import FIGURES as LVQA_FIGURES
    from mebench.metrics.vqa.statistics import SIX

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


def with_columns(task: str, sample: Sample) -> Sample:
    """Return a sample of a task with the figures of installed packages; one is absent where what it takes is.

    Raises:
        MebenchError: a package's figure has the name of another one, takes what the task has not, or (once it is
            computed) gives anything but a number a row.
    """
    if not (columns := _columns(task)):
        return sample
    own = own_figures(task)
    for one in columns:
        if one.name in (*own, *sample.counts):
            raise MebenchError(f"metric {one.entry}: {one.name} is one of mebench's own; give it another name")
        if strange := [name for name in one.takes if name not in (*own, *sample.counts)]:
            raise unknown_name(f"figure or count that metric {one.entry} takes", strange[0], {*own, *sample.counts})

    def figures(sums: Sums) -> dict[str, Values]:
        found = sample.figures(sums)
        known = {**sums, **found}
        there = (one for one in columns if all(name in known for name in one.takes))
        return found | {one.name: _checked(one, [known[name] for name in one.takes]) for one in there}

    reasons = {one.name: UNKNOWN for one in columns}
    return replace(sample, figures=figures, reasons={**reasons, **sample.reasons})


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
