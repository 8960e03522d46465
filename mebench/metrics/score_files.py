"""Scores of tables that lie in files, as `mebench score` takes them."""

from pathlib import Path
from typing import Any

from mebench.metrics.score_str import score_str, write_score
from mebench.metrics.table import read_manifest, read_predictions, read_truth


def score_str_files(
    pred: str | Path,
    truth: str | Path,
    manifest: str | Path | None = None,
    classes: tuple[str, ...] | None = None,
    rules: str = "both",
    out: str | Path | None = None,
) -> dict[str, Any]:
    """Return the score document of two or three CSV files (1,000 resamples, seed 0), and write it to `out`.

    Raises:
        MebenchError: a file that cannot be read as `read_predictions`, `read_truth` or `read_manifest` say, or tables
            that the rules refuse, or `out` cannot be written.
    """
    videos = None if manifest is None else read_manifest(manifest)
    document = score_str(read_predictions(pred), read_truth(truth), videos, classes, rules)
    if out is not None:
        write_score(out, document)
    return document
