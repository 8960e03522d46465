"""Predictions that lie beside the statistics, scored again: a row that is proven and not believed."""

import hashlib
import math
from typing import Any

from mebench.errors import MebenchError
from mebench.leaderboard.embedded_truth import embedded_truth
from mebench.leaderboard.frozen import refuse_other_truth
from mebench.leaderboard.layout import Version
from mebench.leaderboard.rules import TableRule
from mebench.leaderboard.scored_predictions import score_predictions
from mebench.tables.held import Held

MOST_BYTES = 8_000_000
"""A table of predictions that is larger is no table of the embedded datasets."""


def refuse_unproven(version: Version, table: TableRule, predictions: bytes, document: dict[str, Any]) -> None:
    """Raise a MebenchError where statistics are not those of the predictions, scored here against the frozen truth.

    Args:
        version: that keeps its predictions.
        table: of it.
        predictions: the file's bytes.
        document: the statistics.
    """
    if len(predictions) > MOST_BYTES:
        raise MebenchError(f"the predictions have {len(predictions)} bytes, more than {MOST_BYTES}; hand in a table")
    frozen = version.rules.frozen.get(table.name)
    if frozen is None:
        raise MebenchError(
            f"{version.title} keeps predictions, but froze no truth of {table.name}; run: mebench leaderboard freeze "
            f"{version.rules.benchmark}"
        )
    if unknown := [one.name for one in table.datasets if not one.fingerprint]:
        raise MebenchError(
            f"{version.title} keeps predictions, but its rules hold no fingerprint of {unknown[0]}, so that runs on "
            "any pixels would do; write fingerprint = into its dataset (record.json of a run has it)"
        )
    truth = embedded_truth(version.rules, table)
    refuse_other_truth(version.rules, frozen, truth)
    again = score_predictions(version.rules, table, Held("the predictions", predictions), truth).statistics
    if where := difference(document, again):
        raise MebenchError(
            f"the statistics do not follow from the predictions ({where}); score the predictions again, by both rules"
        )


def predictions_beside(version: Version, digest: str) -> bytes:
    """Return the predictions of this sha256 that a version keeps.

    Raises:
        MebenchError: they are not there, or have another content.
    """
    path = version.predictions(digest)
    if not path.is_file():
        raise MebenchError(f"its predictions are missing (predictions/{path.name}); restore them with git")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise MebenchError(f"predictions/{path.name} has another sha256; it was edited: restore it with git")
    return data


def difference(one: Any, other: Any, where: str = "") -> str:
    """Return the first place where two documents differ, empty where they do not; floats are equal to 1e-9."""
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return f"{where}: {', '.join(sorted(one.keys() ^ other.keys()))}".removeprefix(": ")
        pairs = [(key, one[key], other[key]) for key in one]
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
        if len(one) != len(other):
            return f"{where}: {len(one)} and {len(other)} entries"
        pairs = [(str(place), *pair) for place, pair in enumerate(zip(one, other, strict=True))]
    elif isinstance(one, float) and isinstance(other, float):
        return "" if math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) else where
    else:
        return "" if type(one) is type(other) and one == other else where
    return next(filter(None, (difference(a, b, f"{where}.{key}".strip(".")) for key, a, b in pairs)), "")
