"""Intervals and paired comparisons by resampling subjects."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from mebench.errors import MebenchError
from mebench.metrics.sample import Sample, refuse_unlike
from mebench.record.record import Metric

Figures = dict[str, Float64[np.ndarray, " b"]]
Compute = Callable[[Float64[np.ndarray, "b u"]], Figures]

LEVELS = (2.5, 97.5)
"""Percentiles that bound a 95% interval."""

DETECTABLE = 1.959963984540054 + 0.8416212335729143
"""Standard errors of a difference that is found in 80% of comparisons at the two-sided 5% level: z_.975 + z_.8."""

BLOCK = 2**23
"""Weights that are held at a time (64 MiB); more are drawn and used in blocks of resamples."""

MANY_UNITS = 10_000
"""More units than these are drawn one by one and counted, which is ten times as fast as numpy's multinomial there; the
distribution is the same, the draws are others."""


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95% interval; None with a reason where one of them is undefined.

    Attributes:
        value: on the sample itself.
        interval: percentiles 2.5 and 97.5 of the resamples.
        reason: why `value` or, where that is there, `interval` is None.
        undefined: resamples in which the figure is undefined; the interval is of the others.
    """

    value: float | None
    interval: tuple[float, float] | None
    reason: str = ""
    undefined: int = 0


@dataclass(frozen=True)
class Difference:
    """Difference of a metric between two runs on the same units: first minus second.

    Attributes:
        difference: on the sample itself; None where one run has no value.
        interval: percentiles 2.5 and 97.5 over resamples that both runs share.
        p: two-sided, 2 min(P(d <= 0), P(d >= 0)) with one added to both counts; 1 at most.
        n: number of units.
        reason: why something is None.
        detectable: the smallest true difference that a comparison on these units would find with probability .8 at the
            two-sided 5% level: 2.80 standard errors of the paired difference (Cohen 1988); the standard error is that
            of the resamples.
    """

    difference: float | None
    interval: tuple[float, float] | None
    p: float | None
    n: int
    reason: str = ""
    detectable: float | None = None


def resampling_weights(units: int, resamples: int, seed: int) -> Float64[np.ndarray, "b u"]:
    """Return how often each unit is drawn in each resample: `units` draws with replacement, seeded."""
    return next(_blocks(units, resamples, seed, resamples))


def _blocks(units: int, resamples: int, seed: int, size: int) -> Iterator[Float64[np.ndarray, "b u"]]:
    """Yield the resamples, `size` at a time; the draws do not depend on it."""
    generator = np.random.default_rng(seed)
    for first in range(0, max(resamples, 1), max(size, 1)):
        count = min(size, resamples - first)
        if units > MANY_UNITS:
            rows = [np.bincount(generator.integers(0, units, units), minlength=units) for _ in range(count)]
            yield np.array(rows, np.float64).reshape(count, units)
        else:
            yield generator.multinomial(units, np.full(units, 1 / units), size=count).astype(np.float64)


def _over_blocks(compute: Compute, units: int, resamples: int, seed: int) -> Figures:
    """Return the figures of every resample; what is held does not grow with units times resamples."""
    each = [compute(weights) for weights in _blocks(units, resamples, seed, max(1, min(resamples, BLOCK // units)))]
    return {name: np.concatenate([one[name] for one in each]) for name in each[0]}


def metrics_of(samples: Iterable[Sample], resamples: int = 1000, seed: int = 0) -> dict[str, Metric]:
    """Return every figure of every sample by full name: what records, score documents and leaderboards hold.

    Raises:
        MebenchError: a negative number of resamples.
    """
    return {
        sample.key(name): metric_of(sample, one)
        for sample in samples
        for name, one in estimates_of(sample, resamples, seed).items()
    }


def metric_of(sample: Sample, estimate: Estimate) -> Metric:
    """Return an estimate with what was resampled."""
    value, interval, reason = estimate.value, estimate.interval, estimate.reason or None
    return Metric(value=value, interval=interval, n=len(sample.units), unit=sample.kind, reason=reason)


def estimates_of(sample: Sample, resamples: int = 1000, seed: int = 0) -> dict[str, Estimate]:
    """Return every figure of a sample with its 95% percentile bootstrap interval over its units.

    Source: Efron and Tibshirani 1993, chapter 13. Figures that the sample knows a reason for and has not are there
    without a value.

    Args:
        sample: whose figures they are.
        resamples: how many; 0: no intervals.
        seed: of the draws.

    Raises:
        MebenchError: a negative number of resamples.
    """
    units = len(sample.units)
    values = sample.compute(np.ones((1, units)))
    why = _no_interval(units, sample.kind, resamples)
    drawn = {} if why else _over_blocks(sample.compute, units, resamples, seed)
    found = {name: _estimate(float(one[0]), drawn.get(name), why) for name, one in values.items()}
    undefined = {name for name, one in found.items() if one.value is None}
    return found | {
        name: Estimate(None, None, reason)
        for name, reason in sample.reasons.items()
        if name in undefined or name not in found
    }


def paired(first: Sample, second: Sample, resamples: int = 1000, seed: int = 0) -> dict[str, Difference]:
    """Return, for every figure that both samples have, the difference, its 95% interval and p over shared resamples.

    Raises:
        MebenchError: samples that were not scored alike or not on the same units; a negative number of resamples.
    """
    refuse_unlike(first, second)
    units, both = len(first.units), (first, second)
    ones = np.ones((1, units))
    values = first.compute(ones), second.compute(ones)
    why = _no_interval(units, first.kind, resamples)
    drawn = tuple(one.compute(ones[:0]) if why else _over_blocks(one.compute, units, resamples, seed) for one in both)
    shared = [name for name in values[0] if name in values[1]]
    return {
        name: _difference(float(values[0][name][0] - values[1][name][0]), drawn[0][name] - drawn[1][name], units, why)
        for name in shared
    }


def _no_interval(units: int, kind: str, resamples: int) -> str:
    if resamples < 0:
        raise MebenchError(f"bootstrap {resamples} is negative; give 0 (no intervals) or more, 1000 is usual")
    if resamples == 0:
        return "no interval: bootstrap is 0"
    return "" if units > 1 else f"no interval: {units} {kind}, nothing to resample"


def _estimate(value: float, drawn: np.ndarray | None, why: str) -> Estimate:
    if np.isnan(value):
        return Estimate(None, None, "undefined (0/0)")
    if drawn is None:
        return Estimate(value, None, why)
    interval, undefined, reason = _percentiles(drawn)
    return Estimate(value, interval, reason, undefined)


def _percentiles(drawn: np.ndarray) -> tuple[tuple[float, float] | None, int, str]:
    defined = drawn[~np.isnan(drawn)]
    undefined = len(drawn) - len(defined)
    if 2 * undefined > len(drawn):
        return None, undefined, f"no interval: undefined in {undefined} of {len(drawn)} resamples"
    low, high = np.percentile(defined, LEVELS)
    return (float(low), float(high)), undefined, ""


def _difference(value: float, drawn: np.ndarray, n: int, why: str) -> Difference:
    if np.isnan(value):
        return Difference(None, None, None, n, "undefined (0/0) in one of the runs")
    if why:
        return Difference(value, None, None, n, why)
    interval, undefined, reason = _percentiles(drawn)
    if interval is None:
        return Difference(value, None, None, n, reason)
    rest = len(drawn) - undefined
    below, above = int(np.sum(drawn <= 0)), int(np.sum(drawn >= 0))
    p = min(1.0, 2 * (min(below, above) + 1) / (rest + 1))
    return Difference(value, interval, p, n, detectable=DETECTABLE * float(np.std(drawn[~np.isnan(drawn)], ddof=1)))
