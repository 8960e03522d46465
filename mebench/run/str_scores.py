"""From predictions to the figures of a record: score documents, metrics by name, the bounds' figures."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mebench.config.experiment import Experiment
from mebench.metrics.scored_classes import declared_classes
from mebench.metrics.str.score import figure_names, score_statistics, str_statistics
from mebench.record.record import Metric
from mebench.tables.intervals import IntervalTable, Manifest


def scored(
    predictions: IntervalTable, truth: IntervalTable, manifest: Manifest, experiment: Experiment
) -> tuple[dict[str, Any], str]:
    """Return the score document of the experiment's rules, and the text of the statistics that it follows from."""
    settings = experiment.score
    found = str_statistics(predictions, truth, manifest, experiment.protocol.classes, settings.rules, settings.iou)
    document = score_statistics(found, settings.bootstrap, experiment.seed)
    document |= declared_classes(experiment.protocol.classes, truth.emotion).to_json()
    text = json.dumps({rules: one.to_json() for rules, one in found.items()}, sort_keys=True, allow_nan=False)
    return document, text + "\n"


def metrics_of(document: Mapping[str, Any]) -> dict[str, Metric]:
    """Return a score document's figures as `official.f1_s`, `strict.strs` and so on, with interval and n."""
    metrics: dict[str, Metric] = {}
    for rules in ("official", "strict"):
        part = document.get(rules)
        if part is not None:
            known = [name for name in figure_names() if name in part]
            metrics |= {f"{rules}.{name}": _metric(part, name) for name in known}
    return metrics


def warnings_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the scorers' warnings, each with the rules that it belongs to."""
    parts: Sequence[str] = ("official", "strict")
    return tuple(f"{rules}: {text}" for rules in parts for text in document.get(rules, {}).get("warnings", ()))


def _metric(part: Mapping[str, Any], name: str) -> Metric:
    interval = part["intervals"].get(name)
    reasons = part["reasons"]
    return Metric(
        value=part[name],
        interval=tuple(interval) if interval else None,
        n=part["n"],
        unit=part["unit"],
        reason=reasons.get(name) or reasons.get(f"intervals.{name}"),
    )
