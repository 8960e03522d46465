"""Counts of one scorer in the one form that intervals, comparisons and leaderboards work on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from mebench.errors import MebenchError

Values = Float64[np.ndarray, " b"]

Sums = Mapping[str, Float64[np.ndarray, "b ..."]]
"""By name of the counts: their sums over the units, for each row of weights; under `weights` the weights themselves."""

Figure = Callable[[Sums], Values]
"""One figure of every row of weights, NaN where it is undefined."""


@dataclass(frozen=True, eq=False)
class Sample:
    """The units of resampling, what each adds, and every figure as a function of sums over them.

    Attributes:
        name: whose figures they are, put before each of them: `official`, `strict`, `pooled`, `overall`, `samm`.
        settings: what must be equal in two samples that are compared: scorer, classes, IoU, parser and so on.
        kind: what a unit is: subjects, videos or clips.
        units: names of the units, sorted, none twice.
        counts: by name: what each unit adds.
        figures: by name (without the sample's), of sums; NaN where one is undefined, absent where it cannot be known.
        reasons: of figures that are undefined on the sample, or absent: why, where more can be said than 0/0.
        confusion: by what is told apart (emotion, coarse class): true and predicted classes, and counts.
    """

    name: str
    settings: Mapping[str, Any]
    kind: str
    units: tuple[str, ...]
    counts: Mapping[str, Float64[np.ndarray, "u ..."]]
    figures: Callable[[Sums], dict[str, Values]]
    reasons: Mapping[str, str] = field(default_factory=dict)
    confusion: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def key(self, figure: str) -> str:
        """Return the full name of a figure, as `strict.strs`."""
        return f"{self.name}.{figure}"

    def compute(self, weights: Float64[np.ndarray, "b u"]) -> dict[str, Values]:
        """Return the figures for each row of weights: how often each unit counts; ones give the score itself."""
        sums = {name: _weighted(weights, counts) for name, counts in self.counts.items()}
        return self.figures({"weights": weights, **sums})


def _weighted(
    weights: Float64[np.ndarray, "b u"], counts: Float64[np.ndarray, "u ..."]
) -> Float64[np.ndarray, "b ..."]:
    return weights @ counts if counts.ndim < 3 else np.tensordot(weights, counts, 1)


def with_figure(sample: Sample, name: str, figure: Figure) -> Sample:
    """Return the sample with one more figure; its intervals, comparisons and columns follow."""
    return replace(sample, figures=lambda sums: sample.figures(sums) | {name: figure(sums)})


def confusion_of_classes(classes: Sequence[str], counts: Int64[np.ndarray, "c predicted"]) -> dict[str, Any]:
    """Return counts by true class (rows) and predicted class (columns; last: no class), ready for JSON."""
    return {"true": list(classes), "predicted": [*classes, None], "counts": counts.tolist()}


def refuse_unlike(first: Sample, second: Sample) -> None:
    """Raise a MebenchError where two samples were not scored alike, or not on the same units."""
    for name in sorted({*first.settings, *second.settings}):
        one, two = first.settings.get(name), second.settings.get(name)
        if one != two:
            raise MebenchError(f"{first.name}: the runs differ in {name}: {one} and {two}; score both alike")
    if (first.kind, first.units) != (second.kind, second.units):
        strange = sorted(set(first.units) ^ set(second.units))
        raise MebenchError(
            f"{first.name}: the runs were scored on different {first.kind} ({', '.join(strange[:3])}); "
            "compare runs on the same split"
        )


def mean_over(samples: Sequence[Sample]) -> Sample:
    """Return the sample whose figures are the means over runs of one method (seeds), resampled together.

    Raises:
        MebenchError: no sample, or samples that were not scored alike on the same units.
    """
    if not samples:
        raise MebenchError("there is no run to take the mean of; name at least one")
    for other in samples[1:]:
        refuse_unlike(samples[0], other)

    def figures(sums: Sums) -> dict[str, Values]:
        each = [sample.compute(sums["weights"]) for sample in samples]
        shared = [name for name in each[0] if all(name in one for one in each)]
        return {name: np.mean([one[name] for one in each], axis=0) for name in shared}

    first = samples[0]
    return Sample(first.name, first.settings, first.kind, first.units, {}, figures)
