"""Scores of tables that lie in files, as `mebench score` takes them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mebench.metrics.samples import STATISTICS
from mebench.metrics.scored_classes import ScoredClasses, scored_classes
from mebench.metrics.str.official import DEPARTURES
from mebench.metrics.str.score import score_statistics, str_statistics, write_score
from mebench.metrics.str.statistics import Rules, Statistics
from mebench.tables.csv import read_manifest, read_predictions, read_truth
from mebench.tables.folders import datasets_of, read_tables
from mebench.tables.near_ids import refuse_near


def score_str_files(
    pred: str | Path,
    truth: str | Path,
    manifest: str | Path | None = None,
    classes: str | None = None,
    rules: str = "both",
    out: str | Path | None = None,
) -> dict[str, Any]:
    """Return the score document of two or three CSV files (1,000 resamples, seed 0), and write it to `out`.

    Beside what `score_statistics` returns it says which emotions count (`ScoredClasses.to_json`), and where `official`
    departs from the organisers' script, and holds the `statistics` that `mebench compare` takes.

    Args:
        pred: CSV file of the predictions, or a folder with one for each dataset (`cas_pred.csv`, `samm_pred.csv`): they
            are scored together, and each dataset by itself beside that.
        truth: CSV file of the true intervals, or such a folder.
        manifest: CSV file of every video of the split; None: unknown.
        classes: as `scored_classes` takes them.
        rules: official, strict or both.
        out: JSON file to write.

    Raises:
        MebenchError: a file that cannot be read as `read_predictions`, `read_truth` or `read_manifest` say, or tables
            that the rules refuse, or `out` cannot be written.
    """
    named, found = statistics_of_files(pred, truth, manifest, classes, rules)
    document = score_statistics(found) | named.to_json()
    if "official" in document:
        document["official"]["departures"] = list(DEPARTURES)
        document["official"]["warnings"] += _absent(found["official"])
    document[STATISTICS] = {name: one.to_json() for name, one in found.items()}
    if out is not None:
        write_score(out, document)
    return document


def statistics_of_files(
    pred: str | Path,
    truth: str | Path,
    manifest: str | Path | None = None,
    classes: str | None = None,
    rules: str = "both",
    others: Iterable[str | Path] = (),
) -> tuple[ScoredClasses, dict[Rules, Statistics]]:
    """Return which emotions count in the files, and what the rules count in them.

    Args:
        pred: as `score_str_files` takes it, like the others.
        truth: true intervals.
        manifest: every video.
        classes: that count.
        rules: official, strict or both.
        others: predictions that these are compared with, whose videos count too where there is no manifest.

    Raises:
        MebenchError: as `score_str_files`.
    """
    videos = None if manifest is None else read_manifest(manifest)
    guesses, true = read_tables(pred, read_predictions), read_tables(truth, read_truth)
    of_video = datasets_of(guesses, true)
    refuse_near(guesses.table, true.table, videos, of_video)
    named = scored_classes(classes, true.table.emotion, true.table.where)
    more = [key for one in others for key in read_tables(one, read_predictions).table.keys]
    return named, str_statistics(guesses.table, true.table, videos, named.names, rules, datasets=of_video, more=more)


def _absent(official: Statistics) -> list[str]:
    """Return what the script's class means cannot exceed where a class has no kept pair, which counts 0 there."""
    pairs = official.confusion.sum((0, 2)).tolist()
    absent = [name for name, count in zip(official.classes, pairs, strict=True) if not count]
    if not absent or not any(pairs):
        return []
    most, names = 1 - len(absent) / len(pairs), ", ".join(absent)
    return [f"classes without a kept pair count 0, so precision_a, recall_a, uf1 are at most {most:.4f}: {names}"]
