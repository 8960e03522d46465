"""The figures of ME-LVQA as functions of resampled videos, for Overall, SAMM and CAS."""

from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from mebench.metrics.class_means import uf1_uar
from mebench.metrics.columns import with_columns
from mebench.metrics.sample import Sample, Values
from mebench.metrics.str.figures import ratio
from mebench.metrics.vqa.lvqa_statistics import COUNTS, SCORER, SUMS, LvqaStatistics, lvqa_from_json
from mebench.metrics.vqa.samples import PARTS

FIGURES = (
    *(f"{name}_{error}" for name in COUNTS for error in ("mae", "rmse")),
    *("au_f1", "au_jaccard", "type_uf1", "type_uar", "unparsable", "consistent"),
)
"""Figures of each part, in order."""


def lvqa_samples(document: dict[str, Any]) -> tuple[Sample, ...]:
    """Return the samples `overall`, `samm` and `cas` (those that have a video) of a statistics document.

    Raises:
        MebenchError: as `lvqa_from_json` says.
    """
    return samples_of_statistics(lvqa_from_json(document))


def samples_of_statistics(statistics: LvqaStatistics) -> tuple[Sample, ...]:
    """Return the same for statistics that were just counted."""
    found = []
    for name, dataset in PARTS.items():
        rows = np.array([dataset in (None, one) for one in statistics.dataset])
        if rows.any():
            found.append(_sample(name, statistics, np.flatnonzero(rows)))
    return tuple(found)


def _sample(name: str, statistics: LvqaStatistics, rows: Int64[np.ndarray, " u"]) -> Sample:
    table, types = statistics.sums[rows], statistics.types[rows]

    def compute(weights: Float64[np.ndarray, "b u"]) -> dict[str, Values]:
        sums = dict(zip(SUMS, (weights @ table).T, strict=True))
        found: dict[str, Values] = {}
        for count in COUNTS:
            found[f"{count}_mae"] = ratio(sums[f"{count}_error"], sums[f"{count}_rows"], np.nan)
            found[f"{count}_rmse"] = np.sqrt(ratio(sums[f"{count}_square"], sums[f"{count}_rows"], np.nan))
        for figure in ("au_f1", "au_jaccard"):
            found[figure] = ratio(sums[figure], sums["au_rows"], np.nan)
        found["type_uf1"], found["type_uar"] = uf1_uar(np.tensordot(weights, types, 1), (0, 1))
        found["unparsable"] = ratio(sums["failures"], sums["rows"], np.nan)
        found["consistent"] = ratio(sums["consistent"], sums["sums"], np.nan)
        return with_columns("lvqa", found, sums)

    settings = {"scorer": SCORER, "parser": statistics.parser}
    return Sample(name, settings, "videos", tuple(statistics.clip[row] for row in rows), compute)
