"""Recognised emotions that lie in CSV files, counted as `mebench score recognition` takes them."""

from collections.abc import Sequence
from functools import partial

from mebench.errors import MebenchError
from mebench.metrics.recognition.score import (
    PRESENT,
    Recognised,
    RecognitionStatistics,
    recognition_limits,
    recognition_statistics,
)
from mebench.metrics.score import Counted
from mebench.metrics.scored_classes import ScoredClasses, scored_classes
from mebench.tables.csv_cells import Cells, read_cells
from mebench.tables.held import Source
from mebench.tables.near_ids import NearIds

ALLOWED = ("dataset", "subject", "video", "onset", "apex", "offset", "emotion", "predicted")

KEY = ("dataset", "subject", "video", "onset")


def count_recognition_files(
    pred: Source, truth: Source | None, classes: str | None = None, labels: str = PRESENT
) -> Counted:
    """Return what is counted in one or two CSV files, with which emotions count (`ScoredClasses.to_json`).

    Args:
        pred: what `mebench run` writes (`emotion` is the truth, `predicted` the prediction); or, with a truth,
            subject,video,predicted and perhaps dataset, onset.
        truth: subject,video,emotion and perhaps dataset, onset; joined by the columns among dataset, subject, video,
            onset that both files have. Rows whose true emotion is no class are left out of both.
        classes: emotions that count, as `scored_classes` takes them.
        labels: which classes the means are over (`class_means.LABELS`).

    Raises:
        MebenchError: a file that cannot be read, a column that is missing or unknown, an empty cell, a sample twice, a
            sample that only one file has, or none that counts.
    """
    named, samples = read_recognised(pred, truth, classes)
    return count_recognition(samples, named, labels)


def count_recognition(samples: Sequence[Recognised], named: ScoredClasses, labels: str = PRESENT) -> Counted:
    """Return what is counted in samples.

    Raises:
        MebenchError: as `recognition_statistics`.
    """
    found = recognition_statistics(samples, named.names, labels)
    limits = partial(recognition_limits, found)
    return Counted("recognition", found.to_json(), _warnings(samples, found), named.to_json(), limits)


def read_recognised(pred: Source, truth: Source | None, classes: str | None) -> tuple[ScoredClasses, list[Recognised]]:
    """Return the classes and the samples that count, in the truth's order; see `count_recognition_files`."""
    guesses = _read(pred, ("subject", "video", "predicted", *(("emotion",) if truth is None else ())))
    true = guesses if truth is None else _read(truth, ("subject", "video", "emotion"))
    real, given = _joined(true, guesses), guesses.columns["predicted"]
    named = scored_classes(classes, true.columns["emotion"], true.where)
    datasets = true.columns.get("dataset") or ("",) * len(true.lines)
    rows = zip(datasets, true.columns["subject"], true.columns["emotion"], real, strict=True)
    return named, [Recognised(d, s, emotion, given[place]) for d, s, emotion, place in rows if emotion in named.names]


def _read(path: Source, required: tuple[str, ...]) -> Cells:
    table = read_cells(path, required, tuple(name for name in ALLOWED if name not in required))
    empty = [(table.columns[name].index(""), name) for name in required if "" in table.columns[name]]
    if empty:
        place, name = min(empty)
        raise MebenchError(f"{table.where(place)}: {name} is empty; write one")
    if not len(table):
        raise MebenchError(f"{path} has a header and no row; give a row for each sample")
    return table


def _joined(truth: Cells, guesses: Cells) -> list[int]:
    """Return the place of each true sample's prediction."""
    key = tuple(name for name in KEY if name in truth.columns and name in guesses.columns)
    given = _by_key(guesses, key)
    real = given if truth is guesses else _by_key(truth, key)
    known = NearIds.of(real)
    for name, place in given.items():
        if name not in real:
            hint = known.hint(name) or "; mend or drop it"
            raise MebenchError(f"{guesses.where(place)}: {'/'.join(name)} is not in {truth.source}{hint}")
    for name, place in real.items():
        if name not in given:
            raise MebenchError(
                f"{guesses.source}: no row for {'/'.join(name)} ({truth.where(place)}); predict every sample"
            )
    return [given[name] for name in real]


def _by_key(table: Cells, key: tuple[str, ...]) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    for place, name in enumerate(zip(*(table.columns[column] for column in key), strict=True)):
        if (first := found.setdefault(name, place)) != place:
            raise MebenchError(
                f"{table.where(place)}: {'/'.join(name)} is there twice (row {table.lines[first]}); keep one, or "
                "add the column onset to both files"
            )
    return found


def _warnings(samples: Sequence[Recognised], statistics: RecognitionStatistics) -> tuple[str, ...]:
    classes = statistics.classes
    strange = sorted({one.predicted for one in samples} - set(classes))
    absent = [name for name, count in zip(classes, statistics.confusion.sum((0, 2)), strict=True) if not count]
    found = (
        (strange, f"predicted emotions that are no class, so wrong: {', '.join(strange[:10])}"),
        (
            absent if statistics.labels != "declared" else (),
            f"classes without a true sample, left out of the means: {', '.join(absent)}",
        ),
    )
    return tuple(text for there, text in found if there)
