"""Results of a task for the record of its run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mebench.record.record import Metric

NO_LABELS = "the test set has no labels"
"""Reason of every figure that cannot be computed for want of labels."""


@dataclass(frozen=True)
class Outcome:
    """Figures of a run.

    Attributes:
        metrics: of the model, by name; all null, with the reason `NO_LABELS`, where nothing can be scored.
        bounds: of each bound; empty where nothing can be scored.
        warnings: sentences for the record.
        facts: what else decided the figures, as the hash of weights; they stand in the record's environment.
    """

    metrics: Mapping[str, Metric]
    bounds: Mapping[str, Mapping[str, Metric]]
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
