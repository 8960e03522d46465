"""The organisers' public STRS script of June 2024, restated with its faults (mebench/docs/str.md, `official`)."""

from collections.abc import Mapping

import numpy as np

from mebench.metrics.matching import edges, first_come
from mebench.metrics.str.statistics import (
    Statistics,
    checked_classes,
    checked_iou,
    confusion_of,
    rows_by_video,
)
from mebench.tables.intervals import IntervalTable

SCORER = "strs-official/1 (the organisers' public script, revision of June 2024)"

DEPARTURES = (
    "spaces around ids and emotions are dropped, which the script keeps as part of them",
    "an empty id or emotion is refused, which the script takes for a value",
    "a class that is named twice is refused, which the script counts twice",
    "subjects and videos that differ by zeros alone, and tables without a common video, are refused",
    "where the script stops with an error, its figures are null, with the reason",
)
"""Where `official` departs from the script, as `mebench score str` says it; every figure else is the script's own."""


def official_statistics(
    predictions: IntervalTable,
    truth: IntervalTable,
    classes: tuple[str, ...] | None = None,
    iou: float = 0.5,
    datasets: Mapping[tuple[str, str], str] | None = None,
) -> Statistics:
    """Return what the organisers' script counts in each video of the truth.

    A video counts only where its subject has a prediction somewhere; others stand in the statistics with zeros, so that
    two runs on one truth have the same videos. Predictions are taken in file order, and each true interval goes to the
    first that reaches `iou`; one prediction may take several. Frames are not checked, as in the script: negative ones
    stay, and an offset before its onset is an interval without frames. `DEPARTURES` says what differs from it.

    Args:
        predictions: of one dataset, or of several (`pool`).
        truth: of the same dataset or datasets.
        classes: emotions scored in recognition; None: every emotion of the truth.
        iou: intersection over union from which a pair counts.
        datasets: of each (subject, video), where two datasets may have subjects of one id: each is a subject of its
            own. None: equal ids are one subject.

    Raises:
        MebenchError: classes or iou that cannot be.
    """
    classes, least = checked_classes(classes, truth.emotion), checked_iou(iou)
    guessed, real = rows_by_video(predictions.keys), rows_by_video(truth.keys)
    present, people = set(_people(predictions, datasets or {})), _people(truth, datasets or {})
    whose = dict(zip(truth.keys, people, strict=True))
    counts = np.zeros((3, len(real)), np.int64)
    confusion = np.zeros((len(real), len(classes), len(classes) + 1), np.int64)
    for place, (key, rows) in enumerate(real.items()):
        if whose[key] in present:
            own = guessed.get(key, np.zeros(0, np.int64))
            pairs = edges(predictions.onset[own], predictions.offset[own], truth.onset[rows], truth.offset[rows], least)
            taker = first_come(pairs, len(rows))
            took = own[taker[taker >= 0]]
            counts[:, place] = len(took), len(own) - len(np.unique(took)), len(rows) - len(took)
            true, guess = [truth.emotion[row] for row in rows[taker >= 0]], [predictions.emotion[row] for row in took]
            confusion[place] = confusion_of(true, guess, classes)
    return Statistics(
        rules="official",
        scorer=SCORER,
        classes=classes,
        iou=least,
        dataset=("",) * len(real),
        subject=tuple(subject for subject, _ in real),
        video=tuple(video for _, video in real),
        sums=dict(zip(("tp", "fp", "fn"), counts, strict=True)),
        confusion=confusion,
        warnings=_warnings(predictions, truth, present, people),
    )


def _people(table: IntervalTable, datasets: Mapping[tuple[str, str], str]) -> list[tuple[str, str]]:
    """Return dataset and subject of every row."""
    return [(datasets.get(key, ""), key[0]) for key in table.keys]


def _warnings(
    predictions: IntervalTable, truth: IntervalTable, present: set[tuple[str, str]], people: list[tuple[str, str]]
) -> tuple[str, ...]:
    videos = set(truth.keys)
    absent = sorted(set(people) - present)
    missed = sum(one not in present for one in people)
    ignored = sum(key not in videos for key in predictions.keys)
    backwards = int(np.sum(predictions.offset < predictions.onset)) + int(np.sum(truth.offset < truth.onset))
    found = (
        (
            absent,
            f"{len(absent)} subjects without a prediction: their {missed} true intervals are not counted as missed",
        ),
        (ignored, f"{ignored} predictions in videos without ground truth are ignored"),
        (backwards, f"{backwards} intervals have their offset before their onset and match nothing"),
    )
    return tuple(text for count, text in found if count)
