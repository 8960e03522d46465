"""Spot-then-recognise predictions that lie in files, counted as `mebench score` takes them."""

from collections.abc import Iterable
from pathlib import Path

from mebench.metrics.score import Counted
from mebench.metrics.scored_classes import scored_classes
from mebench.metrics.str.score import counted_str, str_statistics
from mebench.tables.csv import read_manifest, read_predictions, read_truth
from mebench.tables.folders import datasets_of, read_tables
from mebench.tables.near_ids import refuse_near


def count_str_files(
    pred: str | Path,
    truth: str | Path,
    manifest: str | Path | None = None,
    classes: str | None = None,
    rules: str = "both",
    others: Iterable[str | Path] = (),
) -> Counted:
    """Return what the rules count in two or three CSV files, with which emotions count (`ScoredClasses.to_json`).

    Args:
        pred: CSV file of the predictions, or a folder with one for each dataset (`cas_pred.csv`, `samm_pred.csv`): they
            are scored together, and each dataset by itself beside that.
        truth: CSV file of the true intervals, or such a folder.
        manifest: CSV file of every video of the split; None: unknown.
        classes: as `scored_classes` takes them.
        rules: official, strict or both.
        others: predictions that these are compared with, whose videos count too where there is no manifest.

    Raises:
        MebenchError: a file that cannot be read as `read_predictions`, `read_truth` or `read_manifest` say, or tables
            that the rules refuse.
    """
    videos = None if manifest is None else read_manifest(manifest)
    guesses, true = read_tables(pred, read_predictions), read_tables(truth, read_truth)
    of_video = datasets_of(guesses, true)
    refuse_near(guesses.table, true.table, videos, of_video)
    named = scored_classes(classes, true.table.emotion, true.table.where)
    more = [key for one in others for key in read_tables(one, read_predictions).table.keys]
    found = str_statistics(guesses.table, true.table, videos, named.names, rules, datasets=of_video, more=more)
    return counted_str(found, named)
