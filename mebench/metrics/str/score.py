"""Spot-then-recognise predictions counted under both rules, and what was counted as samples."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, get_args

import numpy as np

from mebench.errors import MebenchError, unknown_name
from mebench.metrics.sample import Sample, Sums, Values, confusion_of_classes
from mebench.metrics.score import Counted
from mebench.metrics.scored_classes import ScoredClasses
from mebench.metrics.str.figures import FIGURES, STRICT_FIGURES, average_precisions, counts_of, figures
from mebench.metrics.str.official import DEPARTURES, official_statistics
from mebench.metrics.str.statistics import Rules, Statistics, from_json, of_dataset, units_of, with_datasets
from mebench.metrics.str.strict import strict_statistics
from mebench.tables.intervals import IntervalTable, Manifest

FAILS = "the organisers' script fails here"
"""What is said where the script would stop with an error."""


def str_statistics(
    predictions: IntervalTable,
    truth: IntervalTable,
    manifest: Manifest | None = None,
    classes: tuple[str, ...] | None = None,
    rules: str = "both",
    iou: float = 0.5,
    datasets: Mapping[tuple[str, str], str] | None = None,
    more: Iterable[tuple[str, str]] = (),
) -> dict[Rules, Statistics]:
    """Return what each scorer counted, by its rules; all that figures and intervals are computed from.

    Args:
        predictions: predicted intervals.
        truth: true intervals of the same videos.
        manifest: every video of the split; the official rules take the names of several datasets from it, no more.
        classes: emotions scored in recognition; None: every emotion of the truth.
        rules: official, strict or both.
        iou: intersection over union from which a pair counts.
        datasets: of each (subject, video), where the tables tell it (`table_folders.datasets_of`); subjects of two
            datasets are then apart even if their ids are equal. The manifest's names are shown where there is one.
        more: videos that the strict rules count too, where there is no manifest that lists all.

    Raises:
        MebenchError: unknown rules, classes or iou that cannot be, or tables that the strict rules refuse.
    """
    if rules not in ("official", "strict", "both"):
        raise unknown_name("rules", rules, ("official", "strict", "both"))
    names = (datasets or {}) if manifest is None else dict(zip(manifest.keys, manifest.dataset, strict=True))
    found: dict[Rules, Statistics] = {}
    if rules in ("official", "both"):
        found["official"] = official_statistics(predictions, truth, classes, iou, datasets)
    if rules in ("strict", "both"):
        found["strict"] = strict_statistics(predictions, truth, manifest, classes, iou, more)
    return {name: with_datasets(one, names) for name, one in found.items()}


def counted_str(statistics: Mapping[Rules, Statistics], named: ScoredClasses | None = None) -> Counted:
    """Return what `str_statistics` counted, as a score takes it, with which emotions count where that is told."""
    warnings = [f"{rules}: {text}" for rules, one in statistics.items() for text in one.warnings]
    official = statistics.get("official")
    return Counted(
        "str",
        {rules: one.to_json() for rules, one in statistics.items()},
        (*warnings, *(_absent(official) if official else ())),
        ({"departures": list(DEPARTURES)} if official else {}) | (named.to_json() if named else {}),
    )


def _absent(official: Statistics) -> list[str]:
    """Return what the script's class means cannot exceed where a class has no kept pair, which counts 0 there."""
    pairs = official.confusion.sum((0, 2)).tolist()
    absent = [name for name, count in zip(official.classes, pairs, strict=True) if not count]
    if not absent or not any(pairs):
        return []
    most, names = 1 - len(absent) / len(pairs), ", ".join(absent)
    return [
        f"official: classes without a kept pair count 0, so precision_a, recall_a, uf1 are at most {most:.4f}: {names}"
    ]


def str_samples(document: Mapping[str, Any]) -> tuple[Sample, ...]:
    """Return the samples `official` and `strict` (those that are there) of a run's statistics.

    Where the statistics name several datasets, `strict.<dataset>` and `official.<dataset>` follow.

    Raises:
        MebenchError: neither is there, or one cannot be read.
    """
    found = [from_json(document[rules]) for rules in get_args(Rules) if isinstance(document.get(rules), dict)]
    if not found:
        raise MebenchError("these are no statistics of spot-then-recognise: neither official nor strict is in them")
    return tuple(sample for statistics in found for sample in _samples(statistics))


def _samples(statistics: Statistics) -> list[Sample]:
    datasets = sorted(set(statistics.dataset))
    parts = [_sample(statistics.rules, statistics)]
    if len(datasets) > 1:
        parts += [_sample(f"{statistics.rules}.{name}", of_dataset(statistics, name)) for name in datasets]
    return parts


def _sample(name: str, statistics: Statistics) -> Sample:
    units, rules = units_of(statistics), statistics.rules

    def every(sums: Sums) -> dict[str, Values]:
        ranked = average_precisions(statistics, units, sums["weights"]) if rules == "strict" else {}
        return figures(rules, sums) | ranked

    videos = sorted(zip(statistics.subjects, statistics.video, strict=True))
    digest = hashlib.sha256("\n".join(map("/".join, videos)).encode()).hexdigest()[:8]
    settings = {
        "scorer": statistics.scorer,
        "classes": list(statistics.classes),
        "iou": statistics.iou,
        "videos": f"{len(videos)} (names hash to {digest})",
    }
    counts = counts_of(statistics, units)
    reasons = _official_reasons(statistics) if rules == "official" else _strict_reasons(statistics)
    confusion = {"emotion": confusion_of_classes(statistics.classes, statistics.confusion.sum(0))}
    return Sample(name, settings, units.kind, units.names, counts, every, reasons, confusion)


def _official_reasons(statistics: Statistics) -> dict[str, str]:
    """Return why recognition figures of the official rules are undefined, where they are."""
    pairs = statistics.confusion.sum(0)
    if statistics.sums["tp"].sum() == 0:
        why = f"{FAILS}: no prediction matches a true interval"
    elif pairs.sum() == 0:
        why = "no matched pair has a true emotion among the classes, so F1_a is 0/0"
    elif np.trace(pairs) == pairs.sum():
        why = "all kept pairs are of one class, which the script scores 0, so F1_a is 0/0"
    else:
        why = "no kept pair has the right emotion, so F1_a is 0/0"
    return dict.fromkeys(FIGURES, why)


def _strict_reasons(statistics: Statistics) -> dict[str, str]:
    """Return why figures of the strict rules are undefined or cannot be known, where they are."""
    reasons = {"fp_per_minute": "there is no manifest with the length and frame rate of the videos"}
    if statistics.scores is None:
        reasons |= dict.fromkeys(("ap_50", "ap_50_95"), "the predictions have no score")
    for name in (name for name in STRICT_FIGURES if "_error_" in name):
        key = name.replace("_error_ms", "_us").replace("_error_", "_")
        missing = (
            "the predictions or the truth have no apex, or there is no manifest with the frame rate"
            if name.startswith("apex")
            else reasons["fp_per_minute"]
        )
        reasons[name] = "no matched pair" if key in statistics.sums else missing
    return reasons
