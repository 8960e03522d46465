"""Precision, recall and F1 of spotting as functions of resampled subjects, for each of the named rules."""

from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from mebench.metrics.columns import with_columns
from mebench.metrics.sample import Sample, Values
from mebench.metrics.spotting.counts import COUNTS, SCORER, SpottingStatistics, spotting_from_json
from mebench.metrics.spotting.rules import IOU, RULES, SpottingRules
from mebench.metrics.str.figures import precision_recall_f1

PARTS = ("macro", "micro", "overall")

NAMES = (*COUNTS, "precision", "recall", "f1")

SPOTTING_FIGURES = tuple(f"{part}_{name}" for part in PARTS for name in NAMES)
"""Figures of every sample, in order: `macro_tp` ... `overall_f1`."""


def spotting_samples(document: dict[str, Any]) -> tuple[Sample, ...]:
    """Return a sample for each of the rules and, where there are several datasets, `<rules>.<dataset>` for each.

    Raises:
        MebenchError: as `spotting_from_json` says.
    """
    return samples_of_spotting(spotting_from_json(document))


def samples_of_spotting(statistics: SpottingStatistics) -> tuple[Sample, ...]:
    """Return the same for statistics that were just counted."""
    datasets = sorted(set(statistics.dataset))
    found = []
    for name in statistics.rules:
        found.append(_sample(name, RULES[name], statistics, np.arange(len(statistics.video))))
        if len(datasets) > 1:
            for dataset in datasets:
                rows = np.flatnonzero([one == dataset for one in statistics.dataset])
                found.append(_sample(f"{name}.{dataset or 'unnamed'}", RULES[name], statistics, rows))
    return tuple(found)


def units_of_spotting(
    statistics: SpottingStatistics, rows: Int64[np.ndarray, " r"]
) -> tuple[str, tuple[str, ...], Int64[np.ndarray, " r"]]:
    """Return what is resampled among these videos: its kind, names and which of them each video belongs to.

    Subjects where every video names one and there are several; else videos.
    """
    ids = [(statistics.dataset[row], statistics.subject[row], statistics.video[row]) for row in rows]
    people = ["/".join(filter(None, (dataset, subject))) for dataset, subject, _ in ids]
    by_subject = all(subject for _, subject, _ in ids) and len(set(people)) > 1
    labels = people if by_subject else ["/".join(filter(None, one)) for one in ids]
    names = tuple(sorted(set(labels)))
    place = {name: index for index, name in enumerate(names)}
    return ("subjects" if by_subject else "videos"), names, np.array([place[label] for label in labels], np.int64)


def figures_of_counts(rules: SpottingRules, counts: Float64[np.ndarray, "b parts 3"]) -> dict[str, Values]:
    """Return every figure of summed counts; P, R and F1 are 0 where undefined, NaN where the rules know no types."""
    summed = dict(zip(rules.parts, np.moveaxis(counts, 1, 0), strict=True))
    if "overall" not in summed:
        summed["overall"] = counts.sum(1)
    unknown = np.full((len(counts), 3), np.nan)
    found: dict[str, Values] = {}
    for part in PARTS:
        tp, fp, fn = np.moveaxis(summed.get(part, unknown), 1, 0)
        values = (tp, fp, fn, *precision_recall_f1(tp, fp, fn))
        found |= {f"{part}_{name}": value for name, value in zip(NAMES, values, strict=True)}
    return found


def _sample(name: str, rules: SpottingRules, statistics: SpottingStatistics, rows: Int64[np.ndarray, " r"]) -> Sample:
    counted = rules.same_as or rules.name
    kind, names, of_video = units_of_spotting(statistics, rows)
    table = np.zeros((len(names), len(rules.parts), 3))
    np.add.at(table, of_video, statistics.counts[counted][rows])

    def compute(weights: Float64[np.ndarray, "b u"]) -> dict[str, Values]:
        return with_columns("spotting", figures_of_counts(rules, np.tensordot(weights, table, 1)), {})  # (B, parts, 3)

    return Sample(name, {"scorer": SCORER, "counted_as": counted, "iou": IOU}, kind, names, compute)
