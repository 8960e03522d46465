"""UF1, UAR and accuracy of recognised emotions, pooled and of each dataset (mebench/docs/recognition.md, Figures)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Int64

from mebench.errors import MebenchError, unknown_name
from mebench.metrics.class_means import LABELS, absent_text, label_set, uf1_uar
from mebench.metrics.json_numbers import UNREADABLE, names_of, texts_of, whole_numbers
from mebench.metrics.sample import Sample, Sums, Values, confusion_of_classes
from mebench.metrics.str.figures import by_class, ratio, strict_recognition
from mebench.metrics.str.statistics import confusion_of

SCHEMA = 1

SCORER = "megc2019-recognition/1"

RECOGNITION_FIGURES = ("uf1", "uar", "accuracy")
"""Figures of each part of a recognition score, in order."""

PRESENT = "present"
"""Classes without a true sample are left out of the means, unless something else is asked for."""

POOLED = "pooled"
"""Name of the part that holds the samples of all datasets."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """One sample: whose it is, its true emotion and the predicted one."""

    dataset: str
    subject: str
    true: str
    predicted: str


@dataclass(frozen=True, eq=False)
class RecognitionStatistics:
    """Counts of each subject; every figure is a function of sums over subjects.

    Attributes:
        classes: emotions that count.
        dataset, subject: one entry a subject, sorted.
        confusion: samples by true class and predicted class; last column: predicted emotions that are no class.
        labels: which classes the means are over (`class_means.LABELS`).
    """

    classes: tuple[str, ...]
    dataset: tuple[str, ...]
    subject: tuple[str, ...]
    confusion: Int64[np.ndarray, "u c predicted"]
    labels: str = PRESENT

    def __post_init__(self) -> None:
        """Refuse an unknown setting of the labels."""
        if self.labels not in LABELS:
            raise unknown_name("labels", str(self.labels), LABELS)

    def of_dataset(self, name: str) -> "RecognitionStatistics":
        """Return the subjects of one dataset."""
        rows = [row for row, dataset in enumerate(self.dataset) if dataset == name]
        subjects = tuple(self.subject[row] for row in rows)
        return RecognitionStatistics(self.classes, (name,) * len(rows), subjects, self.confusion[rows], self.labels)

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers: enough to recompute every figure and interval."""
        rows = zip(self.dataset, self.subject, self.confusion.tolist(), strict=True)
        subjects = [{"dataset": d, "subject": s, "confusion": counts} for d, s, counts in rows]
        head = {"schema": SCHEMA, "task": "recognition", "classes": list(self.classes)}
        return head | ({} if self.labels == PRESENT else {"labels": self.labels}) | {"subjects": subjects}


def recognition_from_json(document: dict[str, Any]) -> RecognitionStatistics:
    """Return the statistics that `RecognitionStatistics.to_json` wrote.

    Raises:
        MebenchError: another schema, or something missing or of another type.
    """
    if document.get("schema") != SCHEMA or document.get("task") != "recognition":
        raise MebenchError(f"these are no recognition statistics of schema {SCHEMA}; write them again")
    try:
        classes, people = texts_of(document["classes"]), document["subjects"]
        counts = whole_numbers([one["confusion"] for one in people], (len(people), len(classes), len(classes) + 1))
        datasets, subjects = names_of(people, "dataset"), names_of(people, "subject")
    except UNREADABLE as error:
        raise MebenchError(f"statistics cannot be read: {type(error).__name__} {error}; write them again") from error
    return RecognitionStatistics(classes, datasets, subjects, counts, str(document.get("labels", PRESENT)))


def recognition_statistics(
    samples: Iterable[Recognised], classes: Sequence[str], labels: str = PRESENT
) -> RecognitionStatistics:
    """Return the counts of each subject.

    Raises:
        MebenchError: a true emotion is no class, there is no sample, or labels are none of `LABELS`.
    """
    people: dict[tuple[str, str], list[Recognised]] = {}
    for one in samples:
        if one.true not in classes:
            raise MebenchError(
                f"{one.dataset}, subject {one.subject}: the true emotion {one.true!r} is none of {', '.join(classes)}; "
                "leave such samples out"
            )
        people.setdefault((one.dataset, one.subject), []).append(one)
    if not people:
        raise MebenchError(
            f"there is no sample to score: no true emotion is one of {', '.join(classes)}; name other classes "
            "(--classes, or protocol.classes of an experiment), or use another dataset"
        )
    keys = sorted(people)
    counts = [confusion_of([o.true for o in people[k]], [o.predicted for o in people[k]], tuple(classes)) for k in keys]
    datasets, subjects = tuple(d for d, _ in keys), tuple(s for _, s in keys)
    return RecognitionStatistics(tuple(classes), datasets, subjects, np.stack(counts), labels)


def _parts(statistics: RecognitionStatistics) -> dict[str, RecognitionStatistics]:
    """Return the pooled statistics, and those of each dataset where there are several."""
    datasets = sorted(set(statistics.dataset))
    each = {name: statistics.of_dataset(name) for name in datasets} if len(datasets) > 1 else {}
    return {POOLED: statistics, **each}


def recognition_samples(document: dict[str, Any]) -> tuple[Sample, ...]:
    """Return the sample `pooled`, and one for each dataset where there are several.

    Raises:
        MebenchError: as `recognition_from_json` says.
    """
    statistics = recognition_from_json(document)
    return tuple(_sample(name, one) for name, one in _parts(statistics).items())


def _sample(name: str, statistics: RecognitionStatistics) -> Sample:
    units = tuple(f"{d}/{s}" for d, s in zip(statistics.dataset, statistics.subject, strict=True))
    total = statistics.confusion.sum(0)
    settings = {"scorer": SCORER, "classes": list(statistics.classes), "labels": statistics.labels}
    return Sample(
        name,
        settings | {"samples": int(total.sum())},
        "subjects",
        units,
        {"confusion": statistics.confusion.astype(np.float64)},
        partial(_figures, statistics.labels, total),
        confusion={"emotion": confusion_of_classes(statistics.classes, total)},
    )


def _figures(labels: str, total: Int64[np.ndarray, "c predicted"], sums: Sums) -> dict[str, Values]:
    """Return UF1, UAR and accuracy for each row of weights.

    UF1 is the mean of the classes' F1 from pooled counts, UAR the mean of their recalls (See et al. 2019, MEGC2019).
    Under labels `present` a class counts in the resamples that have a true sample of it; else the classes are the same
    in all. NaN where a resample has no sample.
    """
    counts = by_class(sums["confusion"])  # (B, C, C + 1)
    if labels == PRESENT:
        there = np.where(counts.pairs > 0, 1.0, np.nan)
        found = strict_recognition(counts, there)
        uf1, uar = found["uf1"] * there, found["uar"] * there
    else:
        uf1, uar = uf1_uar(sums["confusion"], label_set(total, range(len(total)), labels))
    accuracy = ratio(counts.tp.sum(1), counts.pairs, np.nan)
    return dict(zip(RECOGNITION_FIGURES, (uf1, uar, accuracy), strict=True))


def recognition_limits(statistics: RecognitionStatistics) -> dict[str, str]:
    """Return by full name why a mean over declared classes cannot be 1, where it cannot."""
    if statistics.labels != "declared":
        return {}
    return {
        f"{part}.{name}": most
        for part, one in _parts(statistics).items()
        if (most := absent_text(one.confusion.sum((0, 2)).tolist(), one.classes))
        for name in ("uf1", "uar")
    }
