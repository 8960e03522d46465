"""Predictions of a method that is not ours as a result of a leaderboard."""

import hashlib

from mebench.errors import MebenchError
from mebench.leaderboard.checked_statistics import possible_statistics, refuse_by_rules
from mebench.leaderboard.entry import Entry, Method
from mebench.leaderboard.figures import figures_of
from mebench.leaderboard.frozen import truth_for
from mebench.leaderboard.kept import refuse_unproven
from mebench.leaderboard.layout import Version, refuse_closed
from mebench.leaderboard.rules import TableRule, rules_hash
from mebench.leaderboard.scored_predictions import Files, Predictions, Truth, hash_of, score_predictions
from mebench.leaderboard.store import Added, Result, store


def add_predictions(
    version: Version,
    table: TableRule,
    method: Method,
    files: Files,
    seed: int | None,
    added: str,
    by: str = "",
) -> Added:
    """Return what was written for predictions in a file, scored here by the rules of a leaderboard.

    Args:
        version: of the leaderboard where they are to stand.
        table: of that version.
        method: who made them; its name is needed.
        files: the predictions, and the truth unless it is embedded.
        seed: of the method; None: nobody told.
        added: today's UTC date.
        by: who ran it; empty: nobody said.

    Raises:
        MebenchError: a version that is closed, no name, files that the scorer refuses, no truth or another one than
            the table's, or a result that `store` refuses.
    """
    refuse_closed(version.folder.parent.parent, version)
    if not method.name.strip():
        raise MebenchError("a method needs a name, as the table is to show it; give --method NAME")
    truth = truth_for(version.rules, table, files)
    result = scored_entry(version, table, method, files.pred, truth, hash_of(files.pred))
    entry = result.entry.model_copy(update={"seed": seed, "added": added, "by": by})
    kept = None
    if version.rules.keep_predictions:
        if not files.pred.is_file():
            raise MebenchError(f"{version.title} keeps predictions, so {files.pred} must be one file; join its tables")
        kept = files.pred.read_bytes()
        refuse_unproven(version, table, kept, dict(result.document))
    return store(version, Result(entry, result.statistics, result.document, kept))


def scored_entry(
    version: Version, table: TableRule, method: Method, pred: Predictions, truth: Truth, digest: str
) -> Result:
    """Return the result of predictions under the rules, before it is known who added it when.

    Raises:
        MebenchError: predictions that the scorer refuses, or statistics that the rules do.
    """
    rules = version.rules
    counted = score_predictions(rules, table, pred, truth)
    statistics = counted.text().encode()
    checked = possible_statistics(statistics, "the score")
    refuse_by_rules(version, table, checked)
    entry = Entry(
        benchmark=rules.benchmark,
        version=rules.version,
        table=table.name,
        rules_sha256=rules_hash(version.folder),
        method=method,
        source="predictions",
        added="",
        seed=None,
        record=None,
        predictions_sha256=digest,
        truth_sha256=hash_of(truth.table),
        statistics_sha256=hashlib.sha256(statistics).hexdigest(),
        figures=figures_of(checked.samples, rules),
        warnings=counted.warnings,
    )
    return Result(entry, statistics, checked.document)
