"""Counts for the card of a dataset: expressions, how long they last, and the classes that each subject shows."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from mebench.data.interval import Expression, Kind
from mebench.data.labels import COARSE, UNKNOWN
from mebench.data.source import Dataset, Video

CLASSES = 9
"""Emotions that are counted one by one where there are no coarse classes; the rarer ones are counted together."""

REST = "all others"
"""What the rarer emotions are called together."""


@dataclass(frozen=True)
class ClassCounts:
    """Number of expressions of each class by subject.

    Attributes:
        kind: of the expressions that are counted.
        names: of the classes.
        counts: a row a subject, as `Dataset.subjects` has them; a column a class.
    """

    kind: Kind
    names: tuple[str, ...]
    counts: Int[np.ndarray, "s c"]


def of_kind(dataset: Dataset, kind: Kind) -> list[tuple[Video, Expression]]:
    """Return the expressions of a kind with their videos."""
    return [(video, e) for video in dataset.videos for e in video.info.expressions if e.kind == kind]


def has_labels(dataset: Dataset) -> bool:
    """Return whether any video's source tells its expressions."""
    return any(video.info.has_labels for video in dataset.videos)


def seconds(dataset: Dataset, kind: Kind) -> list[float]:
    """Return how long each expression of a kind lasts: (offset - onset + 1) / fps."""
    return [len(e.interval) / video.info.fps for video, e in of_kind(dataset, kind) if video.info.fps > 0]


def number(count: int, noun: str) -> str:
    """Return `1 video`, `2 videos`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def class_counts(dataset: Dataset) -> ClassCounts | None:
    """Count the micro-expressions, or macro-expressions where there is none of those; None where there is neither.

    Counted are coarse classes, or emotions as the source calls them where no coarse class is known.
    """
    kind: Kind = "micro" if of_kind(dataset, "micro") else "macro"
    found = of_kind(dataset, kind)
    if not found:
        return None
    coarse = any(e.coarse for _, e in found)
    told = [(video.info.subject, (e.coarse if coarse else e.emotion) or UNKNOWN) for video, e in found]
    names = _names(Counter(name for _, name in told), coarse)
    places, rows = {name: i for i, name in enumerate(names)}, {s: i for i, s in enumerate(dataset.subjects)}
    counts = np.zeros((len(rows), len(names)), np.int64)
    for subject, name in told:
        counts[rows[subject], places.get(name, len(names) - 1)] += 1
    return ClassCounts(kind, names, counts)


def _names(totals: Counter[str], coarse: bool) -> tuple[str, ...]:
    """Return the classes in the order of their columns: the usual order of coarse ones, else the commonest first."""
    order = sorted(totals, key=lambda name: (name == UNKNOWN, -totals[name], name))
    if coarse:
        order = [*(n for n in COARSE if n in totals), *(n for n in order if n not in COARSE)]
    return tuple(order) if len(order) <= CLASSES + 1 else (*order[:CLASSES], REST)
