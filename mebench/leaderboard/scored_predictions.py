"""Predictions scored by the rules of a leaderboard: a function a task."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mebench.errors import MebenchError
from mebench.leaderboard.figures import split_key
from mebench.leaderboard.rules import Rules, TableRule
from mebench.metrics.score import Counted
from mebench.tables.held import Held, Source, data_of

Predictions = Path | Held | Sequence[Held]
"""A file, a folder, or the tables of a zip that is never unpacked."""


@dataclass(frozen=True)
class Files:
    """Files that were handed in: predictions, and the truth and manifest where they are files."""

    pred: Path
    truth: Path | None
    manifest: Path | None


@dataclass(frozen=True)
class Truth:
    """Truth that predictions are scored against; the strict rules of spot-then-recognise need the manifest."""

    table: Path | Held
    manifest: Path | Held | None = None


def score_predictions(rules: Rules, table: TableRule, pred: Predictions, truth: Truth) -> Counted:
    """Return what is counted in predictions under the rules of a leaderboard.

    Args:
        rules: whose task, classes and settings count.
        table: of the leaderboard.
        pred: as its task takes them.
        truth: of that table.

    Raises:
        MebenchError: files that the task's scorer refuses, or no manifest where one is needed.
    """
    return TASKS[rules.task](rules, rules.classes_of(table), pred, truth)


def _str(rules: Rules, classes: tuple[str, ...], pred: Predictions, truth: Truth) -> Counted:
    from mebench.metrics.str.score import counted_str, str_statistics
    from mebench.tables.csv import pool, read_manifest, read_predictions, read_truth

    if truth.manifest is None:
        raise MebenchError("the strict rules need every video; give --manifest M.csv beside --truth T.csv")
    guesses = [read_predictions(one) for one in _each(pred)]
    whole = guesses[0] if len(guesses) == 1 else pool(guesses)
    iou = float(rules.scorer.get("iou", 0.5))
    tables = whole, read_truth(truth.table), read_manifest(truth.manifest)
    return counted_str(str_statistics(*tables, classes or None, "both", iou))


def _spotting(rules: Rules, classes: tuple[str, ...], pred: Predictions, truth: Truth) -> Counted:
    from mebench.metrics.spotting.files import count_spotting_files

    names = list(dict.fromkeys(split_key(column.key)[0].split(".")[0] for column in rules.columns))
    given = pred if isinstance(pred, Path | Held) or len(pred) > 1 else pred[0]
    return count_spotting_files(given, truth.table, ",".join(names), truth.manifest)


def _recognition(rules: Rules, classes: tuple[str, ...], pred: Predictions, truth: Truth) -> Counted:
    from mebench.metrics.recognition.files import count_recognition_files

    one, *more = _each(pred)
    if more:
        raise MebenchError(f"{one} and {more[0]}: task recognition takes one table; put all samples into one")
    return count_recognition_files(one, truth.table, ",".join(classes) or None)


def _vqa(rules: Rules, classes: tuple[str, ...], pred: Predictions, truth: Truth) -> Counted:
    from mebench.metrics.vqa.files import count_vqa
    from mebench.metrics.vqa.statistics import VqaSettings

    chosen = {one.name: str(rules.scorer[one.name]) for one in fields(VqaSettings) if one.name in rules.scorer}
    return count_vqa(_answered(pred, truth), VqaSettings(**chosen))


def _lvqa(rules: Rules, classes: tuple[str, ...], pred: Predictions, truth: Truth) -> Counted:
    from mebench.metrics.vqa.files import count_lvqa

    return count_lvqa(_answered(pred, truth), str(rules.scorer.get("parser", "exact")))


def _answered(pred: Predictions, truth: Truth) -> list[Any]:
    from mebench.tables.questions import joined, read_rows

    rows = tuple(row for one in _each(pred) for row in read_rows(one))
    return joined(rows, read_rows(truth.table), str(_each(pred)[0]), str(truth.table))


TASKS: Mapping[str, Callable[[Rules, tuple[str, ...], Predictions, Truth], Counted]] = MappingProxyType(
    {"str": _str, "spotting": _spotting, "recognition": _recognition, "vqa": _vqa, "lvqa": _lvqa}
)
"""By task: who scores files."""


def hash_of(source: Source) -> str:
    """Return the sha256 of a file, or of the names and bytes of a folder's files in order.

    Raises:
        MebenchError: it cannot be read.
    """
    try:
        if isinstance(source, Held) or not Path(source).is_dir():
            return hashlib.sha256(data_of(source)).hexdigest()
        digest = hashlib.sha256()
        for one in sorted(one for one in Path(source).iterdir() if one.is_file()):
            digest.update(one.name.encode() + b"\0" + one.read_bytes() + b"\0")
        return digest.hexdigest()
    except OSError as error:
        raise MebenchError(f"cannot read {source}: {(error.strerror or str(error)).lower()}; give a file") from error


def _each(pred: Predictions) -> Sequence[Path | Held]:
    return (pred,) if isinstance(pred, Path | Held) else tuple(pred)
