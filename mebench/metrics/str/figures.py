"""Every figure of the STR scores as a function of pooled statistics, for one sample or for many resamples at once."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from mebench.metrics.sample import Sums, Values
from mebench.metrics.str.statistics import MATCHED_IOUS, Rules, Statistics, Units

SPOTTING = ("tp_s", "fp_s", "fn_s", "precision_s", "recall_s", "f1_s")
RECOGNITION = ("tp_a", "fp_a", "fn_a", "precision_a", "recall_a", "f1_a", "uf1", "uar")

FIGURES = (*SPOTTING, *RECOGNITION, "strs")
"""Figures of both rules, in order."""

STRICT_FIGURES = (
    *("ap_50", "ap_50_95", "onset_error_frames", "onset_error_ms", "offset_error_frames", "offset_error_ms"),
    *("apex_error_frames", "apex_error_ms", "fp_per_minute"),
)
"""Figures that only the strict rules report."""

ERRORS = ("onset", "offset", "apex")


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


def counts_of(statistics: Statistics, units: Units) -> dict[str, Float64[np.ndarray, "u ..."]]:
    """Return what each unit adds to the sums that `figures` takes."""
    return {name: units.add(values) for name, values in statistics.sums.items()} | {
        "confusion": units.add(statistics.confusion)
    }


def figures(rules: Rules, sums: Sums) -> dict[str, Values]:
    """Return every figure of sums but average precision; NaN where undefined, absent where it cannot be known.

    Args:
        rules: whose figures.
        sums: of `counts_of`, for each row of weights.
    """
    classes = by_class(sums["confusion"])  # (B, C, C + 1)
    counts = sums["tp"], sums["fp"], sums["fn"]
    spotting = dict(zip(SPOTTING, (*counts, *precision_recall_f1(*counts)), strict=True))
    if rules == "official":
        return spotting | official_recognition(classes, sums["tp"] > 0, spotting["f1_s"])
    found = spotting | strict_recognition(classes, spotting["f1_s"]) | _errors(sums)
    if "duration_us" in sums:
        found["fp_per_minute"] = ratio(sums["fp"] * 60e6, sums["duration_us"], np.nan)
    return found


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


def _errors(sums: Sums) -> dict[str, Values]:
    """Return mean absolute errors of the matched pairs in frames and, where the frame rate is known, milliseconds."""
    found = {}
    for name in ERRORS:
        pairs = sums.get("apex_pairs") if name == "apex" else sums["tp"]
        for unit, scale in (("frames", 1.0), ("us", 1e3)):
            if pairs is not None and f"{name}_{unit}" in sums:
                key = f"{name}_error_{'ms' if unit == 'us' else unit}"
                found[key] = ratio(sums[f"{name}_{unit}"] / scale, pairs, np.nan)
    return found


def average_precisions(statistics: Statistics, units: Units, weights: Float64[np.ndarray, "b u"]) -> dict[str, Values]:
    """Return `ap_50` and `ap_50_95` (mean over IoU .5, .55, ... .95) for each row of weights; empty without scores.

    Area under the precision-recall curve, precision made monotone from the right and taken at every point ("all-point"
    interpolation: PASCAL VOC since 2010, ActivityNet). Predictions are taken by descending score over all videos, each
    gets its free true interval of highest IoU. Equal scores enter the curve together, so their order cannot matter.
    NaN where a resample has no true interval.
    """
    if statistics.scores is None or statistics.matched is None:
        return {}
    score, bits, unit = _ranked(statistics.scores, statistics.matched, units)
    truths = weights @ units.add(statistics.sums["tp"] + statistics.sums["fn"])
    step = np.cumsum(np.diff(score, prepend=np.inf) != 0) - 1 if len(score) else np.zeros(0, np.int64)
    each = np.stack([_one(step, bits >> i & 1, unit, weights, truths) for i in range(len(MATCHED_IOUS))])
    return {"ap_50": each[0], "ap_50_95": each.mean(0)}


def _ranked(
    scores: tuple[np.ndarray, ...], matched: tuple[np.ndarray, ...], units: Units
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return score, matched bits and unit of all predictions, by descending score."""
    score = np.concatenate([np.zeros(0), *scores])
    bits = np.concatenate([np.zeros(0, np.int64), *matched])
    unit = np.repeat(units.of_video, [len(values) for values in scores])
    order = np.argsort(-score, kind="stable")
    return score[order], bits[order], unit[order]


def _one(
    step: np.ndarray, hit: np.ndarray, unit: np.ndarray, weights: np.ndarray, truths: np.ndarray
) -> Float64[np.ndarray, " b"]:
    """Return average precision at one IoU; `step` numbers the distinct scores, best first.

    Precision is highest where a hit has just entered, so only steps with a hit are points of the curve.
    """
    points = np.unique(step[hit == 1])
    shape = weights.shape[1], len(points)
    right, taken = np.zeros(shape), np.zeros(shape)
    np.add.at(right, (unit[hit == 1], np.searchsorted(points, step[hit == 1])), 1)
    early = np.searchsorted(points, step)  # first point at which a prediction counts
    counted = early < len(points)
    np.add.at(taken, (unit[counted], early[counted]), 1)
    gained = weights @ right  # (B, T)
    precision = np.cumsum(gained, 1) / np.maximum(np.cumsum(weights @ taken, 1), 1)
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    area = (gained * envelope).sum(1)
    return np.divide(area, truths, out=np.full(len(weights), np.nan), where=truths > 0)
