"""One way from counts to figures: statistics, samples, metrics, and the document that holds them for every task."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mebench.atomic import write_text
from mebench.metrics.bootstrap import estimates_of, metric_of
from mebench.metrics.samples import STATISTICS, samples_of
from mebench.record.record import Metric

SCHEMA = "mebench-score/1"
"""What a score document says that it is; the same for every task, of a run and of tables."""


@dataclass(frozen=True, eq=False)
class Counted:
    """Counts of a scorer, before any figure is computed.

    Attributes:
        task: whose statistics these are.
        statistics: counts a unit, JSON-ready; every figure follows from them (`samples_of`).
        warnings: what the scorer had to say about the tables.
        settings: what a score says of itself beside the settings of its samples.
        limits: computes, by full name, why a figure cannot be 1 whatever is predicted.
        extra: computes figures of other tools, which have no metric here.
    """

    task: str
    statistics: dict[str, Any]
    warnings: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    limits: Callable[[], Mapping[str, str]] = dict
    extra: Callable[[], Mapping[str, Any]] = dict

    def text(self) -> str:
        """Return the statistics as a file holds them, the same each time."""
        return json.dumps(self.statistics, sort_keys=True, allow_nan=False) + "\n"


@dataclass(frozen=True, eq=False)
class Score:
    """Every figure of some predictions, and what goes with them.

    Attributes:
        counted: what the figures follow from.
        metrics: by full name, as `official.f1_s`: value, 95% interval, n, unit, and a reason where one is None.
        confusion: by full name, as `strict.emotion`: true and predicted classes, and counts.
        limits: by full name of a figure, why it cannot be 1.
        settings: of the bootstrap, the scorer and each sample.
        undefined: by full name, in how many resamples a figure is undefined; its interval is of the others.
        extra: figures of other tools.
    """

    counted: Counted
    metrics: Mapping[str, Metric]
    confusion: Mapping[str, Mapping[str, Any]]
    limits: Mapping[str, str]
    settings: Mapping[str, Any]
    undefined: Mapping[str, int]
    extra: Mapping[str, Any]

    @property
    def task(self) -> str:
        """The task whose predictions were scored."""
        return self.counted.task

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences of the scorer about the tables."""
        return self.counted.warnings

    def to_json(self) -> dict[str, Any]:
        """Return the score document; it has no NaN."""
        return {
            "schema": SCHEMA,
            "task": self.task,
            "metrics": {name: metric.model_dump(mode="json") for name, metric in self.metrics.items()},
            "confusion": dict(self.confusion),
            "limits": dict(self.limits),
            "warnings": list(self.warnings),
            "settings": dict(self.settings),
            "undefined_resamples": dict(self.undefined),
            "extra": dict(self.extra),
            STATISTICS: self.counted.statistics,
        }


def score_of(counted: Counted, bootstrap: int = 1000, seed: int = 0) -> Score:
    """Return the score of what was counted.

    Args:
        counted: statistics and what goes with them.
        bootstrap: resamples of the intervals; 0: no intervals.
        seed: of their draws.

    Raises:
        MebenchError: a negative number of resamples, or statistics that cannot be.
    """
    samples = samples_of(counted.statistics)
    found = {(one, name): each for one in samples for name, each in estimates_of(one, bootstrap, seed).items()}
    settings = {"bootstrap": bootstrap, "seed": seed, **counted.settings}
    return Score(
        counted=counted,
        metrics={sample.key(name): metric_of(sample, one) for (sample, name), one in found.items()},
        confusion={one.key(name): table for one in samples for name, table in one.confusion.items()},
        limits=counted.limits(),
        settings=settings | {"samples": {one.name: dict(one.settings) for one in samples}},
        undefined={sample.key(name): one.undefined for (sample, name), one in found.items() if one.undefined},
        extra=counted.extra(),
    )


def write_score(path: str | Path, score: Score) -> None:
    """Write the score document as JSON, whole or not at all.

    Raises:
        MebenchError: the file cannot be written, or the disk is full.
    """
    write_text(path, json.dumps(score.to_json(), indent=1, allow_nan=False, ensure_ascii=False) + "\n")
