"""Predictions of methods that are not ours, scored by the rules of a leaderboard: a function a task."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mebench.errors import MebenchError
from mebench.leaderboard.figures import split_key
from mebench.leaderboard.rules import Rules, TableRule
from mebench.metrics.records import IntervalTable, Manifest


@dataclass(frozen=True)
class Files:
    """What was handed in: predictions, and the truth and manifest where they are files."""

    pred: Path
    truth: Path | None
    manifest: Path | None


@dataclass(frozen=True)
class EmbeddedTruth:
    """Truth and manifest of a dataset that is built here, for spot-then-recognise."""

    truth: IntervalTable
    manifest: Manifest


@dataclass(frozen=True)
class Scored:
    """Statistics as JSON, the hash of the truth, and the scorer's sentences."""

    document: dict[str, Any]
    truth_sha256: str
    warnings: tuple[str, ...]


def score_predictions(rules: Rules, table: TableRule, files: Files, truth: EmbeddedTruth | None) -> Scored:
    """Return the statistics of predictions under the rules of a leaderboard.

    Args:
        rules: whose task, classes and settings count.
        table: of the leaderboard.
        files: predictions, and the truth where it is in files.
        truth: of the built dataset, where the truth is not in files (spot-then-recognise alone).

    Raises:
        MebenchError: files that the task's scorer refuses, or no truth.
    """
    if files.truth is None and truth is None:
        raise MebenchError(
            f"{rules.benchmark} {table.name} needs the truth, which is not part of mebench; give it with --truth FILE"
        )
    return TASKS[rules.task](rules, rules.classes_of(table), files, truth)


def _str(rules: Rules, classes: tuple[str, ...], files: Files, embedded: EmbeddedTruth | None) -> Scored:
    from mebench.metrics.score_str import str_statistics
    from mebench.metrics.table import read_manifest, read_predictions, read_truth

    if embedded is not None and files.truth is None:
        truth, manifest, digest = embedded.truth, embedded.manifest, _table_hash(embedded)
    elif files.truth is None or files.manifest is None:
        raise MebenchError("the strict rules need every video; give --manifest M.csv beside --truth T.csv")
    else:
        truth, manifest, digest = read_truth(files.truth), read_manifest(files.manifest), hash_of(files.truth)
    iou = float(rules.scorer.get("iou", 0.5))
    found = str_statistics(read_predictions(files.pred), truth, manifest, classes or None, "both", iou)
    warnings = tuple(f"{name}: {text}" for name, one in found.items() for text in one.warnings)
    return Scored({name: one.to_json() for name, one in found.items()}, digest, warnings)


def _spotting(rules: Rules, classes: tuple[str, ...], files: Files, _: EmbeddedTruth | None) -> Scored:
    from mebench.metrics.spotting_files import statistics_of_files

    truth = _truth_file(files)
    names = list(dict.fromkeys(split_key(column.key)[0].split(".")[0] for column in rules.columns))
    found = statistics_of_files(files.pred, truth, ",".join(names), files.manifest)
    warnings = tuple(text for texts in found.warnings.values() for text in texts)
    return Scored(found.to_json(), hash_of(truth), warnings)


def _recognition(rules: Rules, classes: tuple[str, ...], files: Files, _: EmbeddedTruth | None) -> Scored:
    from mebench.metrics.recognition import recognition_statistics
    from mebench.metrics.recognition_files import read_recognised

    truth = _truth_file(files)
    named, samples = read_recognised(files.pred, truth, ",".join(classes) or None)
    return Scored(recognition_statistics(samples, named).to_json(), hash_of(truth), ())


def _vqa(rules: Rules, classes: tuple[str, ...], files: Files, _: EmbeddedTruth | None) -> Scored:
    from mebench.metrics.question_rows import joined, read_rows
    from mebench.metrics.vqa import VqaSettings, vqa_statistics
    from mebench.metrics.vqa_files import warnings_of

    truth, known = _truth_file(files), VqaSettings()
    chosen = {name: str(rules.scorer.get(name, getattr(known, name))) for name in ("parser", "labels", "bleu", "rouge")}
    settings = VqaSettings(chosen["parser"], chosen["labels"], chosen["bleu"], chosen["rouge"])
    pairs = joined(read_rows(files.pred), read_rows(truth), str(files.pred), str(truth))
    found = vqa_statistics(pairs, settings)
    return Scored(found.to_json(), hash_of(truth), tuple(warnings_of(found, pairs)))


def _lvqa(rules: Rules, classes: tuple[str, ...], files: Files, _: EmbeddedTruth | None) -> Scored:
    from mebench.metrics.lvqa import lvqa_statistics
    from mebench.metrics.question_rows import joined, read_rows

    truth = _truth_file(files)
    pairs = joined(read_rows(files.pred), read_rows(truth), str(files.pred), str(truth))
    return Scored(lvqa_statistics(pairs, str(rules.scorer.get("parser", "exact"))).to_json(), hash_of(truth), ())


TASKS: Mapping[str, Callable[[Rules, tuple[str, ...], Files, EmbeddedTruth | None], Scored]] = MappingProxyType(
    {"str": _str, "spotting": _spotting, "recognition": _recognition, "vqa": _vqa, "lvqa": _lvqa}
)
"""By task: who scores files."""


def hash_of(path: Path) -> str:
    """Return the sha256 of a file, or of the names and bytes of a folder's files in order.

    Raises:
        MebenchError: it cannot be read.
    """
    try:
        if path.is_file():
            return hashlib.sha256(path.read_bytes()).hexdigest()
        digest = hashlib.sha256()
        for one in sorted(one for one in path.iterdir() if one.is_file()):
            digest.update(one.name.encode() + b"\0" + one.read_bytes() + b"\0")
        return digest.hexdigest()
    except OSError as error:
        raise MebenchError(f"cannot read {path}: {(error.strerror or str(error)).lower()}; give a file") from error


def _truth_file(files: Files) -> Path:
    if files.truth is None:
        raise MebenchError("this task needs the truth as a file; give it with --truth FILE")
    return files.truth


def _table_hash(embedded: EmbeddedTruth) -> str:
    truth = embedded.truth
    columns = (truth.subject, truth.video, truth.onset.tolist(), truth.offset.tolist(), truth.emotion)
    return hashlib.sha256("\n".join(map(repr, zip(*columns, strict=True))).encode()).hexdigest()
