"""The six columns of ME-VQA as functions of resampled clips, for Overall, SAMM and CAS."""

from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from mebench.metrics.class_means import label_set, uf1_uar
from mebench.metrics.columns import with_columns
from mebench.metrics.sample import Sample, Values
from mebench.metrics.str.figures import ratio
from mebench.metrics.vqa.parsers import DECLARED, VOCABULARY
from mebench.metrics.vqa.statistics import SCORER, VqaStatistics, vqa_from_json
from mebench.metrics.vqa.text import bleu_of

PARTS = MappingProxyType({"overall": None, "samm": "samm", "cas": "cas"})
"""Name of each part, and the dataset that it is restricted to."""

SIX = ("uf1_coarse", "uar_coarse", "uf1_fine", "uar_fine", "bleu", "rouge1")
"""The columns of the leaderboard, in order; `final` is their plain mean over the overall part."""


def vqa_samples(document: dict[str, Any]) -> tuple[Sample, ...]:
    """Return the samples `overall`, `samm` and `cas` (those that have a clip) of a statistics document.

    Raises:
        MebenchError: as `vqa_from_json` says.
    """
    return samples_of_statistics(vqa_from_json(document))


def samples_of_statistics(statistics: VqaStatistics) -> tuple[Sample, ...]:
    """Return the same for statistics that were just counted."""
    found = []
    for name, dataset in PARTS.items():
        rows = np.array([dataset in (None, one) for one in statistics.dataset])
        if rows.any():
            found.append(_sample(name, statistics, np.flatnonzero(rows)))
    return tuple(found)


def declared(form: str) -> tuple[int, ...]:
    """Return the places of the declared classes in the vocabulary of a form of question."""
    return tuple(VOCABULARY[form].index(word) for word in DECLARED[form])


def _sample(name: str, statistics: VqaStatistics, rows: Int64[np.ndarray, " u"]) -> Sample:
    tables, labels = {form: getattr(statistics, form)[rows] for form in ("coarse", "fine")}, statistics.settings.labels
    classes = {form: label_set(table.sum(0), declared(form), labels) for form, table in tables.items()}
    tables = {form: table.astype(np.float64) for form, table in tables.items()}
    bleu, rouge = statistics.bleu[rows], statistics.rouge[rows]
    asked, failures = (getattr(statistics, name)[rows].astype(np.float64) for name in ("rows", "failures"))

    def compute(weights: Float64[np.ndarray, "b u"]) -> dict[str, Values]:
        found: dict[str, Values] = {}
        summed = {form: np.tensordot(weights, table, 1) for form, table in tables.items()}  # (B, C, C + 1)
        for form, counts in summed.items():
            found[f"uf1_{form}"], found[f"uar_{form}"] = uf1_uar(counts, classes[form])
        count = weights @ asked
        found["bleu"] = bleu_of(weights @ bleu, count, statistics.settings.bleu)
        found["rouge1"] = ratio(weights @ rouge, count, np.nan)
        found["parse_failures"] = weights @ failures
        if name == "overall":
            found["final"] = np.mean([found[column] for column in SIX], axis=0)
        return with_columns("vqa", found, summed | {"questions": count})

    settings = {"scorer": SCORER, **asdict(statistics.settings)}
    return Sample(name, settings, "clips", tuple(statistics.clip[row] for row in rows), compute)
