"""Every figure of the STR scores as a function of pooled statistics, for one sample or for many resamples at once."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from mebench.metrics.columns import with_columns
from mebench.metrics.str.average_precision import average_precisions
from mebench.metrics.str.statistics import Statistics
from mebench.metrics.str.units import Units

SPOTTING = ("tp_s", "fp_s", "fn_s", "precision_s", "recall_s", "f1_s")
RECOGNITION = ("tp_a", "fp_a", "fn_a", "precision_a", "recall_a", "f1_a", "uf1", "uar")

ERRORS = ("onset", "offset", "apex")

Values = Float64[np.ndarray, " b"]


@dataclass(frozen=True, eq=False)
class ByClass:
    """One-against-the-rest counts of the kept pairs, by resample and class.

    Attributes:
        tp, fp, fn: right pairs; other classes called so; pairs of the class called otherwise.
        pairs: kept pairs of each resample.
        outside: kept pairs whose predicted emotion is no class.
    """

    tp: Float64[np.ndarray, "b c"]
    fp: Float64[np.ndarray, "b c"]
    fn: Float64[np.ndarray, "b c"]
    pairs: Values
    outside: Values


def figures(statistics: Statistics, units: Units, weights: Float64[np.ndarray, "b u"]) -> dict[str, Values]:
    """Return every figure for each row of weights; NaN where it is undefined, absent where it cannot be known.

    Args:
        statistics: of one scorer.
        units: which videos belong to which unit of resampling.
        weights: how often each unit counts, a row a resample; ones give the score itself.
    """
    sums = {name: weights @ units.add(values) for name, values in statistics.sums.items()}
    confusion = np.tensordot(weights, units.add(statistics.confusion), 1)  # (B, C, C + 1)
    classes = by_class(confusion)
    counts = sums["tp"], sums["fp"], sums["fn"]
    spotting = dict(zip(SPOTTING, (*counts, *precision_recall_f1(*counts)), strict=True))
    totals = sums | {"confusion": confusion}
    if statistics.rules == "official":
        return with_columns("str", spotting | official_recognition(classes, sums["tp"] > 0, spotting["f1_s"]), totals)
    found = spotting | strict_recognition(classes, spotting["f1_s"]) | _errors(sums)
    if "duration_us" in sums:
        found["fp_per_minute"] = ratio(sums["fp"] * 60e6, sums["duration_us"], np.nan)
    return with_columns("str", found | average_precisions(statistics, units, weights), totals)


def precision_recall_f1(
    tp: Float64[np.ndarray, "..."], fp: Float64[np.ndarray, "..."], fn: Float64[np.ndarray, "..."]
) -> tuple[Float64[np.ndarray, "..."], Float64[np.ndarray, "..."], Float64[np.ndarray, "..."]]:
    """Return precision, recall and F1 = 2 P R / (P + R); 0 where undefined (mebench/docs/str.md)."""
    precision, recall = ratio(tp, tp + fp), ratio(tp, tp + fn)
    return precision, recall, ratio(2 * precision * recall, precision + recall)


def by_class(confusion: Float64[np.ndarray, "b c predicted"]) -> ByClass:
    """Return the counts of each class from confusion counts whose last column holds emotions that are no class."""
    right = np.einsum("bcc->bc", confusion[:, :, :-1])
    return ByClass(
        tp=right,
        fp=confusion[:, :, :-1].sum(1) - right,
        fn=confusion.sum(2) - right,
        pairs=confusion.sum((1, 2)),
        outside=confusion[:, :, -1].sum(1),
    )


def official_recognition(counts: ByClass, matched: Bool[np.ndarray, " b"], f1_s: Values) -> dict[str, Values]:
    """Return the recognition figures of the organisers' script, and STRS.

    A class that all kept pairs have, truly and predicted, scores 0 (the script's confusion matrix has one cell then),
    as does a class that none has. `uar` is the mean class PRECISION. 0/0 is NaN; so is everything where no prediction
    matched, because the script stops there.
    """
    precision, recall, f1 = precision_recall_f1(counts.tp, counts.fp, counts.fn)
    whole = counts.tp == counts.pairs[:, None]
    means = [_mean(np.where(whole, 0.0, values)) for values in (precision, recall, f1)]
    p, r, uf1 = (np.where(matched, values, np.nan) for values in means)
    f1_a = ratio(2 * p * r, p + r, np.nan)
    right = counts.tp.sum(1)
    wrong = counts.fp.sum(1)  # kept pairs whose predicted emotion is a class and wrong
    found = dict(zip(RECOGNITION, (right, wrong, wrong, p, r, f1_a, uf1, p), strict=True))
    return found | {"strs": f1_s * f1_a}


def strict_recognition(counts: ByClass, f1_s: Values) -> dict[str, Values]:
    """Return true UF1, UAR and the rest over the classes that have a true pair, and STRS; 0 where no pair is kept.

    A predicted emotion that is no class is a miss of the true class and nobody's false positive, so `fn_a` counts every
    wrong pair and `fp_a` those called another class.
    """
    there = counts.tp + counts.fn > 0
    p, r, uf1 = (_mean_where(values, there) for values in precision_recall_f1(counts.tp, counts.fp, counts.fn))
    f1_a = ratio(2 * p * r, p + r)
    right, wrong = counts.tp.sum(1), counts.fn.sum(1)
    found = dict(zip(RECOGNITION, (right, wrong - counts.outside, wrong, p, r, f1_a, uf1, r), strict=True))
    return found | {"strs": f1_s * f1_a, "n_classes": there.sum(1).astype(np.float64)}


def ratio(above: np.ndarray, below: np.ndarray, undefined: float = 0.0) -> np.ndarray:
    """Return above / below, and `undefined` where below is 0; NaN stays NaN."""
    return np.divide(above, below, out=np.where(np.isnan(below), np.nan, undefined), where=below != 0)


def _mean(values: np.ndarray) -> Values:
    return values.mean(1) if values.shape[1] else np.full(len(values), np.nan)


def _mean_where(values: np.ndarray, there: np.ndarray) -> Values:
    return ratio(np.where(there, values, 0.0).sum(1), there.sum(1).astype(np.float64))


def _errors(sums: dict[str, np.ndarray]) -> dict[str, Values]:
    """Return mean absolute errors of the matched pairs in frames and, where the frame rate is known, milliseconds."""
    found = {}
    for name in ERRORS:
        pairs = sums.get("apex_pairs") if name == "apex" else sums["tp"]
        for unit, scale in (("frames", 1.0), ("us", 1e3)):
            if pairs is not None and f"{name}_{unit}" in sums:
                key = f"{name}_error_{'ms' if unit == 'us' else unit}"
                found[key] = ratio(sums[f"{name}_{unit}"] / scale, pairs, np.nan)
    return found
