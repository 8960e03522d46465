"""The figures of a leaderboard's columns, from the samples of statistics."""

from collections.abc import Sequence
from typing import Any

from mebench.errors import MebenchError
from mebench.leaderboard.rules import Rules
from mebench.metrics.bootstrap import Estimate, metric_of, metrics_of
from mebench.metrics.columns import refuse_unknown
from mebench.metrics.sample import Sample
from mebench.record.record import Metric

ABSENT = "the predictions do not hold what this figure needs"
"""Why a figure is missing whose sample is there and knows no reason."""


def figures_of(samples: Sequence[Sample], rules: Rules) -> dict[str, Metric]:
    """Return the figure of every column, with interval (`rules.bootstrap`, `rules.seed`), n and unit.

    Raises:
        MebenchError: the statistics lack the sample of a column, or its figure is none that is installed here.
    """
    names = wanted_samples(samples, rules)
    known = {one.name: one for one in samples if one.name in names}
    found = metrics_of(known.values(), rules.bootstrap, rules.seed)
    for column in rules.columns:
        if column.key not in found:
            refuse_unknown(rules.task, column.key)
    return {
        column.key: found.get(column.key) or metric_of(known[split_key(column.key)[0]], Estimate(None, None, ABSENT))
        for column in rules.columns
    }


def wanted_samples(samples: Sequence[Sample], rules: Rules) -> list[str]:
    """Return the names of the samples that the columns need, in order of the columns.

    Raises:
        MebenchError: the statistics lack one.
    """
    names = list(dict.fromkeys(split_key(column.key)[0] for column in rules.columns))
    there = {one.name for one in samples}
    for name in names:
        if name not in there:
            raise MebenchError(
                f"{rules.benchmark} wants the figures {name}.*, but the result has {', '.join(sorted(there))}; "
                "score it by the same rules on the same datasets"
            )
    return names


def split_key(key: str) -> tuple[str, str]:
    """Return sample and figure of a full name: `strict.samm.f1_s` is f1_s of strict.samm."""
    sample, _, figure = key.rpartition(".")
    return sample, figure


def refuse_other_settings(samples: Sequence[Sample], rules: Rules) -> None:
    """Raise a MebenchError where a sample that the columns need was not scored as the rules say."""
    names = wanted_samples(samples, rules)
    for sample in (one for one in samples if one.name in names):
        for key, wanted in wanted_settings(rules, sample.name).items():
            if key in sample.settings and sample.settings[key] != wanted:
                raise MebenchError(
                    f"{rules.benchmark} is scored with {key} = {wanted}, but {sample.name} has {sample.settings[key]}; "
                    "score the result as the rules say"
                )


def wanted_settings(rules: Rules, sample: str) -> dict[str, Any]:
    """Return the settings that a sample must have, where it has such a setting at all."""
    shared = {key: value for key, value in rules.scorer.items() if not isinstance(value, dict)}
    own = rules.scorer.get(sample, {})
    return shared | (own if isinstance(own, dict) else {})
