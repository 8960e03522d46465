"""Results of a task for the record of its run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mebench.atomic import write_text
from mebench.config.experiment import Experiment
from mebench.metrics.bootstrap import metrics_of
from mebench.metrics.samples import samples_of
from mebench.metrics.score import Counted, score_of, write_score
from mebench.record.record import Metric
from mebench.record.run_folder import RunFolder

NO_LABELS = "the test set has no labels"
"""Reason of every figure that cannot be computed for want of labels."""


@dataclass(frozen=True)
class TaskScores:
    """Figures of a run.

    Attributes:
        metrics: of the model, by name; all null, with the reason `NO_LABELS`, where nothing can be scored.
        baselines: of each baseline; empty where nothing can be scored.
        warnings: sentences for the record.
        confusion: of the model, by name; empty where nothing can be scored.
        facts: what else decided the figures, as the hash of weights; they stand in the record's environment.
    """

    metrics: Mapping[str, Metric]
    baselines: Mapping[str, Mapping[str, Metric]]
    warnings: tuple[str, ...] = ()
    confusion: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)


def scored(experiment: Experiment, folder: RunFolder, counted: Counted, baselines: Mapping[str, Counted]) -> TaskScores:
    """Write statistics and score of a run; return its figures and those of the baselines.

    Args:
        experiment: with resamples and seed of the intervals.
        folder: of the run.
        counted: in the predictions.
        baselines: what was counted in the predictions of each baseline.
    """
    resamples, seed = experiment.score.bootstrap, experiment.seed
    score = score_of(counted, resamples, seed)
    write_text(folder.statistics, counted.text())
    write_score(folder.score, score)
    others = {name: metrics_of(samples_of(one.statistics), resamples, seed) for name, one in baselines.items()}
    return TaskScores(score.metrics, others, score.warnings, score.confusion)
