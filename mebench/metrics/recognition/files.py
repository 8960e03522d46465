"""Scores of recognised emotions that lie in CSV files, as `mebench score recognition` takes them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mebench.atomic import write_text
from mebench.errors import MebenchError
from mebench.metrics.recognition.score import (
    RECOGNITION_FIGURES,
    Recognised,
    RecognitionStatistics,
    recognition_statistics,
    score_recognition,
)
from mebench.metrics.str.files import CHALLENGE_CLASSES
from mebench.tables.csv import read_columns
from mebench.tables.held import Source

ALLOWED = ("dataset", "subject", "video", "onset", "apex", "offset", "emotion", "predicted")

KEY = ("dataset", "subject", "video", "onset")


@dataclass(frozen=True)
class _Table:
    """Cells of a CSV file by column, and the line of each row."""

    source: str
    columns: Mapping[str, Sequence[str]]
    lines: Sequence[int]

    def where(self, row: int) -> str:
        return f"{self.source} row {self.lines[row]}"


def score_recognition_files(
    pred: str | Path,
    truth: str | Path | None,
    out: str | Path | None,
    classes: str | None = None,
    bootstrap: int = 1000,
) -> dict[str, Any]:
    """Return the score document (`score_recognition`) of one or two CSV files, and write it to `out`.

    Args:
        pred: what `mebench run` writes (`emotion` is the truth, `predicted` the prediction); or, with a truth,
            subject,video,predicted and perhaps dataset, onset.
        truth: subject,video,emotion and perhaps dataset, onset; joined by the columns among dataset, subject, video,
            onset that both files have. Rows whose true emotion is no class are left out of both.
        out: JSON file to write.
        classes: emotions that count, with commas between; None: negative, positive, surprise.
        bootstrap: resamples.

    Raises:
        MebenchError: a file that cannot be read, a column that is missing or unknown, an empty cell, a sample twice, a
            sample that only one file has, or none that counts.
    """
    named, samples = read_recognised(pred, truth, classes)
    statistics = recognition_statistics(samples, named)
    document = score_recognition(statistics, bootstrap) | {"warnings": _warnings(samples, named, statistics)}
    if out is not None:
        write_text(out, json.dumps(document, indent=1, allow_nan=False) + "\n")
    return document


def read_recognised(
    pred: Source, truth: Source | None, classes: str | None
) -> tuple[tuple[str, ...], list[Recognised]]:
    """Return the classes and the samples that count, in the truth's order; see `score_recognition_files`."""
    named = tuple(one.strip() for one in classes.split(",")) if classes else CHALLENGE_CLASSES
    if "" in named or len(set(named)) != len(named):
        raise MebenchError(f"classes {','.join(named)!r} are empty or hold one twice; name each class once")
    guesses = _read(pred, ("subject", "video", "predicted", *(("emotion",) if truth is None else ())))
    true = guesses if truth is None else _read(truth, ("subject", "video", "emotion"))
    real, given = _joined(true, guesses), guesses.columns["predicted"]
    datasets = true.columns.get("dataset") or ("",) * len(true.lines)
    rows = zip(datasets, true.columns["subject"], true.columns["emotion"], real, strict=True)
    return named, [Recognised(d, s, emotion, given[place]) for d, s, emotion, place in rows if emotion in named]


def score_rows(document: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the table that the terminal shows, header first."""
    parts = document["parts"]
    rows: list[tuple[str, ...]] = [("figure", *parts)]
    for name in RECOGNITION_FIGURES:
        rows.append((name, *(_cell(part[name], part["intervals"][name]) for part in parts.values())))
    return [*rows, ("samples", *(str(part["n_samples"]) for part in parts.values()))]


def _cell(value: float | None, interval: Sequence[float] | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4f} [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else f"{value:.4f}"


def _read(path: Source, required: tuple[str, ...]) -> _Table:
    optional = tuple(name for name in ALLOWED if name not in required)
    columns, lines = read_columns(path, required, optional)
    table = _Table(str(path), columns, lines)
    empty = [(columns[name].index(""), name) for name in required if "" in columns[name]]
    if empty:
        place, name = min(empty)
        raise MebenchError(f"{table.where(place)}: {name} is empty; write one")
    if not lines:
        raise MebenchError(f"{path} has a header and no row; give a row for each sample")
    return table


def _joined(truth: _Table, guesses: _Table) -> list[int]:
    """Return the place of each true sample's prediction."""
    key = tuple(name for name in KEY if name in truth.columns and name in guesses.columns)
    given = _by_key(guesses, key)
    real = given if truth is guesses else _by_key(truth, key)
    for name, place in given.items():
        if name not in real:
            raise MebenchError(f"{guesses.where(place)}: {'/'.join(name)} is not in {truth.source}; mend or drop it")
    for name, place in real.items():
        if name not in given:
            raise MebenchError(
                f"{guesses.source}: no row for {'/'.join(name)} ({truth.where(place)}); predict every sample"
            )
    return [given[name] for name in real]


def _by_key(table: _Table, key: tuple[str, ...]) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    for place, name in enumerate(zip(*(table.columns[column] for column in key), strict=True)):
        if (first := found.setdefault(name, place)) != place:
            raise MebenchError(
                f"{table.where(place)}: {'/'.join(name)} is there twice (row {table.lines[first]}); keep one, or "
                "add the column onset to both files"
            )
    return found


def _warnings(samples: list[Recognised], classes: tuple[str, ...], statistics: RecognitionStatistics) -> list[str]:
    strange = sorted({one.predicted for one in samples} - set(classes))
    absent = [name for name, count in zip(classes, statistics.confusion.sum((0, 2)), strict=True) if not count]
    found = (
        (strange, f"predicted emotions that are no class, so wrong: {', '.join(strange[:10])}"),
        (absent, f"classes without a true sample, left out of the means: {', '.join(absent)}"),
    )
    return [text for there, text in found if there]
