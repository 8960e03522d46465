"""Two runs compared figure by figure on the same units."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mebench.errors import MebenchError, unknown_name
from mebench.metrics.bootstrap import Difference, paired
from mebench.metrics.sample import Sample
from mebench.metrics.samples import read_document, read_samples

MAIN = (
    *("f1_s", "f1_a", "strs", "uf1", "uar", "accuracy", "macro_f1", "micro_f1", "overall_f1"),
    *("uf1_coarse", "uar_coarse", "uf1_fine", "uar_fine", "bleu", "rouge1", "final"),
    *("count_mae", "count_micro_mae", "count_macro_mae", "au_f1", "type_uf1"),
)
"""Figures that a comparison shows unless others are named."""


@dataclass(frozen=True)
class Compared:
    """One figure of two runs.

    Attributes:
        key: full name of the figure, as `strict.strs`.
        first, second: its values; None where it is undefined.
        difference: of the two, with interval, p and what difference could be shown at all.
        kind: what was resampled.
    """

    key: str
    first: float | None
    second: float | None
    difference: Difference
    kind: str

    def to_json(self) -> dict[str, Any]:
        """Return plain numbers and texts; null comes with a reason."""
        one = self.difference
        return {
            "figure": self.key,
            "first": self.first,
            "second": self.second,
            "difference": one.difference,
            "interval": list(one.interval) if one.interval else None,
            "p": one.p,
            "detectable": one.detectable,
            "n": one.n,
            "unit": self.kind,
            "reason": one.reason,
        }


def compare(
    first: Sequence[Sample],
    second: Sequence[Sample],
    figures: Iterable[str] | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> list[Compared]:
    """Return the compared figures of every sample that both runs have.

    Args:
        first: samples of one run (`read_samples`).
        second: samples of the other.
        figures: names without the sample's, as strs; `all` for every figure; None: those in `MAIN`.
        resamples: of the paired bootstrap; p is not corrected for the number of figures.
        seed: of its draws.

    Raises:
        MebenchError: no sample in common, runs that were scored otherwise or on other units, or an unknown figure.
    """
    others = {one.name: one for one in second}
    common = [(one, others[one.name]) for one in first if one.name in others]
    if not common:
        names = [", ".join(one.name for one in samples) for samples in (first, second)]
        raise MebenchError(f"the runs share no score: {names[0]} and {names[1]}; compare runs of one task")
    found = [row for one, other in common for row in _of_sample(one, other, resamples, seed)]
    known = list(dict.fromkeys(row.key.rpartition(".")[2] for row in found))
    wanted = known if figures is not None and "all" in (asked := list(figures)) else MAIN if figures is None else asked
    for name in wanted if figures is not None else ():
        if name not in known:
            raise unknown_name("figure", name, known)
    return [row for row in found if row.key.rpartition(".")[2] in wanted]


def samples_at(path: Path) -> tuple[Sample, ...]:
    """Return the samples of a run folder, of a statistics file, a score document, or a record of a leaderboard.

    Raises:
        MebenchError: nothing of the kind is there, or it cannot be read.
    """
    if path.is_dir():
        if not (path / "statistics.json").is_file():
            raise MebenchError(f"{path} holds no statistics.json; give the folder of a finished run that was scored")
        return read_samples(path / "statistics.json")
    if path.parent.name == "records" and path.is_file():
        digest = read_document(path).get("statistics_sha256")
        if not isinstance(digest, str):
            raise MebenchError(
                f"{path} is no record of a leaderboard: it names no statistics; give one, or a run folder"
            )
        return read_samples(path.parent.parent / "statistics" / f"{digest[:16]}.json")
    return read_samples(path)


def _of_sample(first: Sample, second: Sample, resamples: int, seed: int) -> list[Compared]:
    differences = paired(first, second, resamples, seed)
    ones = np.ones((1, len(first.units)))
    one, two = first.compute(ones), second.compute(ones)
    return [
        Compared(first.key(name), _known(one[name]), _known(two[name]), found, first.kind)
        for name, found in differences.items()
    ]


def _known(values: np.ndarray) -> float | None:
    return None if np.isnan(values[0]) else float(values[0])
