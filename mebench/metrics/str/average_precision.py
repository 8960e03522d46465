"""Average precision of spotting, blind to emotion, from ranked predictions; for many resamples at once."""

import numpy as np
from jaxtyping import Float64

from mebench.metrics.str.statistics import MATCHED_IOUS, Statistics
from mebench.metrics.str.units import Units


def average_precisions(
    statistics: Statistics, units: Units, weights: Float64[np.ndarray, "b u"]
) -> dict[str, Float64[np.ndarray, " b"]]:
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
