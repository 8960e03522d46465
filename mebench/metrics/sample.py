"""Counts of one scorer in the one form that intervals, comparisons and leaderboards work on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from mebench.errors import MebenchError

Values = Float64[np.ndarray, " b"]


@dataclass(frozen=True, eq=False)
class Sample:
    """The units of resampling, and every figure as a function of how often each unit counts.

    Attributes:
        name: whose figures they are, put before each of them: `official`, `strict`, `pooled`, `overall`, `samm`.
        settings: what must be equal in two samples that are compared: scorer, classes, IoU, parser and so on.
        kind: what a unit is: subjects, videos or clips.
        units: names of the units, sorted, none twice.
        compute: figures by name (without the sample's) for each row of weights; NaN where one is undefined.
    """

    name: str
    settings: Mapping[str, Any]
    kind: str
    units: tuple[str, ...]
    compute: Callable[[Float64[np.ndarray, "b u"]], dict[str, Values]]

    def key(self, figure: str) -> str:
        """Return the full name of a figure, as `strict.strs`."""
        return f"{self.name}.{figure}"


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

    def compute(weights: Float64[np.ndarray, "b u"]) -> dict[str, Values]:
        each = [sample.compute(weights) for sample in samples]
        shared = [name for name in each[0] if all(name in one for one in each)]
        return {name: np.mean([one[name] for one in each], axis=0) for name in shared}

    first = samples[0]
    return Sample(first.name, first.settings, first.kind, first.units, compute)
