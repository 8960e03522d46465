"""Spot-then-recognise statistics as samples: by rules, and by dataset where there are several."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float64

from mebench.errors import MebenchError
from mebench.metrics.sample import Sample
from mebench.metrics.str.figures import Values, figures
from mebench.metrics.str.statistics import Statistics, from_json, of_dataset
from mebench.metrics.str.units import units_of

RULES = ("official", "strict")


def str_samples(document: Mapping[str, Any]) -> tuple[Sample, ...]:
    """Return the samples `official` and `strict` (those that are there) of a run's statistics.

    Where the statistics name several datasets, `strict.<dataset>` and `official.<dataset>` follow.

    Raises:
        MebenchError: neither is there, or one cannot be read.
    """
    found = [from_json(document[rules]) for rules in RULES if isinstance(document.get(rules), dict)]
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
    units = units_of(statistics)

    def compute(weights: Float64[np.ndarray, "b u"]) -> dict[str, Values]:
        return figures(statistics, units, weights)

    videos = sorted(zip(statistics.subjects, statistics.video, strict=True))
    digest = hashlib.sha256("\n".join(map("/".join, videos)).encode()).hexdigest()[:8]
    settings = {
        "scorer": statistics.scorer,
        "classes": list(statistics.classes),
        "iou": statistics.iou,
        "videos": f"{len(videos)} (names hash to {digest})",
    }
    return Sample(name, settings, units.kind, units.names, compute)
