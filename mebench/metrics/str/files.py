"""Scores of tables that lie in files, as `mebench score` takes them."""

from pathlib import Path
from typing import Any

from mebench.metrics.str.score import score_statistics, str_statistics, write_score
from mebench.tables.csv import read_manifest, read_predictions, read_truth
from mebench.tables.folders import datasets_of, read_tables
from mebench.tables.intervals import IntervalTable

CHALLENGE_CLASSES = ("negative", "positive", "surprise")
"""Emotions that the MEGC challenges score in recognition."""


def score_str_files(
    pred: str | Path,
    truth: str | Path,
    manifest: str | Path | None = None,
    classes: str | None = None,
    rules: str = "both",
    out: str | Path | None = None,
) -> dict[str, Any]:
    """Return the score document of two or three CSV files (1,000 resamples, seed 0), and write it to `out`.

    Args:
        pred: CSV file of the predictions, or a folder with one for each dataset (`cas_pred.csv`, `samm_pred.csv`): they
            are scored together, and each dataset by itself beside that.
        truth: CSV file of the true intervals, or such a folder.
        manifest: CSV file of every video of the split; None: unknown.
        classes: as `classes_of` takes them.
        rules: official, strict or both.
        out: JSON file to write.

    Raises:
        MebenchError: a file that cannot be read as `read_predictions`, `read_truth` or `read_manifest` say, or tables
            that the rules refuse, or `out` cannot be written.
    """
    videos = None if manifest is None else read_manifest(manifest)
    guesses, true = read_tables(pred, read_predictions), read_tables(truth, read_truth)
    named = classes_of(classes, true.table)
    document = score_statistics(
        str_statistics(guesses.table, true.table, videos, named, rules, datasets=datasets_of(guesses, true))
    )
    if out is not None:
        write_score(out, document)
    return document


def classes_of(text: str | None, truth: IntervalTable) -> tuple[str, ...] | None:
    """Return the emotions that count: those named, or the challenge's three, or None for every one of the truth.

    Args:
        text: names with commas between; `all` for every emotion of the truth; None: the challenge's three, or every
            emotion where the truth has none of the three (tables with the source's own emotions).
        truth: decides in the last case.
    """
    if text is None:
        return CHALLENGE_CLASSES if set(CHALLENGE_CLASSES) & set(truth.emotion) else None
    names = tuple(name.strip() for name in text.split(","))
    return None if names == ("all",) else names
