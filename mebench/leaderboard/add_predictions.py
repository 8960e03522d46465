"""Predictions of a method that is not ours as a result of a leaderboard."""

import hashlib
import json
from pathlib import Path

from mebench.errors import MebenchError
from mebench.leaderboard.embedded_truth import embedded_truth
from mebench.leaderboard.entry import Entry, Method
from mebench.leaderboard.figures import figures_of, refuse_other_settings
from mebench.leaderboard.layout import Version
from mebench.leaderboard.rules import TableRule, rules_hash
from mebench.leaderboard.scored_predictions import Files, hash_of, score_predictions
from mebench.leaderboard.store import Added, store
from mebench.metrics.samples import samples_of
from mebench.progress import Progress


def add_predictions(
    version: Version,
    table: TableRule,
    method: Method,
    files: Files,
    seed: int | None,
    added: str,
    data: Path | None,
    progress: Progress,
) -> Added:
    """Return what was written for predictions in a file, scored here by the rules of a leaderboard.

    Args:
        version: of the leaderboard where they are to stand.
        table: of that version.
        method: who made them; its name is needed.
        files: the predictions, and the truth unless it is that of a dataset that is built here.
        seed: of the method; None: nobody told.
        added: today's UTC date.
        data: folder of built datasets; None: that of TFDS.
        progress: shows a dataset being built.

    Raises:
        MebenchError: no name, files that the scorer refuses, no truth, or a result that `store` refuses.
    """
    if not method.name.strip():
        raise MebenchError("a method needs a name, as the table is to show it; give --method NAME")
    rules = version.rules
    opened = files.truth is None and rules.task == "str" and bool(table.datasets)
    truth = embedded_truth(rules, table, data, progress) if opened else None
    scored = score_predictions(rules, table, files, truth)
    statistics = (json.dumps(scored.document, sort_keys=True, allow_nan=False) + "\n").encode()
    samples = samples_of(json.loads(statistics))
    refuse_other_settings(samples, rules)
    entry = Entry(
        benchmark=rules.benchmark,
        version=rules.version,
        table=table.name,
        rules_sha256=rules_hash(version.folder),
        method=method,
        source="predictions",
        added=added,
        seed=seed,
        record=None,
        predictions_sha256=hash_of(files.pred),
        truth_sha256=scored.truth_sha256,
        statistics_sha256=hashlib.sha256(statistics).hexdigest(),
        figures=figures_of(samples, rules),
        warnings=scored.warnings,
    )
    return store(version, entry, statistics)
