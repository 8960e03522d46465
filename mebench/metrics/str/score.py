"""The score of spot-then-recognise predictions under both rules, as one JSON-ready document."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mebench.atomic import write_text
from mebench.errors import unknown_name
from mebench.metrics.bootstrap import Estimate, estimates
from mebench.metrics.columns import column_names
from mebench.metrics.str.official import official_statistics
from mebench.metrics.str.statistics import Rules, Statistics, of_dataset, with_datasets
from mebench.metrics.str.strict import strict_statistics
from mebench.metrics.str.units import units_of
from mebench.tables.intervals import IntervalTable, Manifest

RuleChoice = Literal["official", "strict", "both"]

FIGURES = (
    *("tp_s", "fp_s", "fn_s", "precision_s", "recall_s", "f1_s"),
    *("tp_a", "fp_a", "fn_a", "precision_a", "recall_a", "f1_a", "uf1", "uar", "strs"),
)
"""Figures of both rules, in order."""

STRICT_FIGURES = (
    *("ap_50", "ap_50_95", "onset_error_frames", "onset_error_ms", "offset_error_frames", "offset_error_ms"),
    *("apex_error_frames", "apex_error_ms", "fp_per_minute"),
)
"""Figures that only the strict rules report."""


def figure_names() -> tuple[str, ...]:
    """Return the names of all figures: of both rules, of the strict ones, of installed packages."""
    return (*FIGURES, *STRICT_FIGURES, *column_names("str"))


COUNTS = frozenset({"tp_s", "fp_s", "fn_s", "tp_a", "fp_a", "fn_a"})

FAILS = "the organisers' script fails here"
"""What is said where the script would stop with an error."""


def score_str(
    predictions: IntervalTable,
    truth: IntervalTable,
    manifest: Manifest | None = None,
    classes: tuple[str, ...] | None = None,
    rules: str = "both",
    iou: float = 0.5,
    bootstrap: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """Return the score document: `str_statistics`, then `score_statistics`.

    Raises:
        MebenchError: as those two.
    """
    return score_statistics(str_statistics(predictions, truth, manifest, classes, rules, iou), bootstrap, seed)


def str_statistics(
    predictions: IntervalTable,
    truth: IntervalTable,
    manifest: Manifest | None = None,
    classes: tuple[str, ...] | None = None,
    rules: str = "both",
    iou: float = 0.5,
    datasets: Mapping[tuple[str, str], str] | None = None,
    more: Iterable[tuple[str, str]] = (),
) -> dict[Rules, Statistics]:
    """Return what each scorer counted, by its rules; all that figures and intervals are computed from.

    Args:
        predictions: predicted intervals.
        truth: true intervals of the same videos.
        manifest: every video of the split; the official rules take the names of several datasets from it, no more.
        classes: emotions scored in recognition; None: every emotion of the truth.
        rules: official, strict or both.
        iou: intersection over union from which a pair counts.
        datasets: of each (subject, video), where the tables tell it (`table_folders.datasets_of`); subjects of two
            datasets are then apart even if their ids are equal. The manifest's names are shown where there is one.
        more: videos that the strict rules count too, where there is no manifest that lists all.

    Raises:
        MebenchError: unknown rules, classes or iou that cannot be, or tables that the strict rules refuse.
    """
    if rules not in ("official", "strict", "both"):
        raise unknown_name("rules", rules, ("official", "strict", "both"))
    names = (datasets or {}) if manifest is None else dict(zip(manifest.keys, manifest.dataset, strict=True))
    found: dict[Rules, Statistics] = {}
    if rules in ("official", "both"):
        found["official"] = official_statistics(predictions, truth, classes, iou, datasets)
    if rules in ("strict", "both"):
        found["strict"] = strict_statistics(predictions, truth, manifest, classes, iou, more)
    return {name: with_datasets(one, names) for name, one in found.items()}


def score_statistics(statistics: Mapping[Rules, Statistics], bootstrap: int = 1000, seed: int = 0) -> dict[str, Any]:
    """Return the score document: settings, and by rules every figure, its interval, reasons and warnings.

    Each of `official` and `strict` holds the figures by name (null where undefined, with a sentence under `reasons`),
    `intervals` by figure ([low, high] or null, the sentence under `reasons` as `intervals.<figure>`),
    `undefined_resamples`, `n` and `unit` (what was resampled), `n_subjects`, `n_videos`, `n_classes`, `confusion`,
    `per_video` and `warnings`; and, where the videos are of several datasets, `datasets` with the same for each. The
    document has no NaN: `json.dumps(..., allow_nan=False)` takes it.

    Raises:
        MebenchError: a negative number of resamples.
    """
    first = next(iter(statistics.values()))
    parts = {str(rules): _with_datasets(one, bootstrap, seed) for rules, one in statistics.items()}
    return {
        "task": "str",
        "scorers": {rules: one.scorer for rules, one in statistics.items()},
        "classes": list(first.classes),
        "iou": first.iou,
        "bootstrap": bootstrap,
        "seed": seed,
        **parts,
    }


def write_score(path: str | Path, document: Mapping[str, Any]) -> None:
    """Write a score document as JSON, whole or not at all.

    Raises:
        MebenchError: the file cannot be written, or the disk is full.
    """
    write_text(path, json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n")


def _with_datasets(statistics: Statistics, bootstrap: int, seed: int) -> dict[str, Any]:
    part, names = _part(statistics, estimates(statistics, bootstrap, seed)), sorted(set(statistics.dataset))
    if len(names) > 1:
        each = {name: replace(of_dataset(statistics, name), warnings=()) for name in names}
        part["datasets"] = {name: _part(one, estimates(one, bootstrap, seed)) for name, one in each.items()}
    return part


def _part(statistics: Statistics, found: dict[str, Estimate]) -> dict[str, Any]:
    strict = statistics.rules == "strict"
    names = figure_names() if strict else (*FIGURES, *(name for name in column_names("str") if name in found))
    known = {name: found.get(name) or Estimate(None, None, _unknown(name)) for name in names}
    units = units_of(statistics)
    classes = found["n_classes"].value if strict else len(statistics.classes)
    return {
        **{name: _plain(name, estimate.value) for name, estimate in known.items()},
        "intervals": {name: list(one.interval) if one.interval else None for name, one in known.items()},
        "reasons": _reasons(statistics, known),
        "undefined_resamples": {name: one.undefined for name, one in known.items() if one.undefined},
        "n": len(units),
        "unit": units.kind,
        "n_subjects": len(set(statistics.subjects)),
        "n_videos": len(statistics),
        "n_classes": int(classes or 0),
        "confusion": _confusion(statistics),
        "per_video": _per_video(statistics),
        "warnings": [*statistics.warnings, *([] if strict else _official_warnings(statistics, known))],
    }


def _plain(name: str, value: float | None) -> float | int | None:
    return int(value) if name in COUNTS and value is not None else value


def _unknown(name: str) -> str:
    """Return why a strict figure cannot be known from the tables that were given."""
    if name.startswith("ap_"):
        return "the predictions have no score"
    if name in column_names("str"):
        return "the tables do not hold what this figure is computed from"
    if name.startswith("apex"):
        return "the predictions or the truth have no apex, or there is no manifest with the frame rate"
    return "there is no manifest with the length and frame rate of the videos"


def _reasons(statistics: Statistics, known: dict[str, Estimate]) -> dict[str, str]:
    reasons = {}
    for name, one in known.items():
        if one.value is None:
            reasons[name] = _undefined(statistics, known, name) or one.reason
        reason = reasons.get(name) or one.reason
        if one.interval is None:
            reasons[f"intervals.{name}"] = reason
    return reasons


def _undefined(statistics: Statistics, known: dict[str, Estimate], name: str) -> str:
    """Return in words why a figure is undefined; empty where the estimate's own reason says it."""
    if name in column_names("str"):
        return ""
    if statistics.rules == "strict":
        return "no matched pair" if "_error_" in name and known[name].reason.startswith("undefined") else ""
    if known["tp_s"].value == 0:
        return f"{FAILS}: no prediction matches a true interval"
    pairs = statistics.confusion.sum(0)
    if pairs.sum() == 0:
        return "no matched pair has a true emotion among the classes, so F1_a is 0/0"
    if np.trace(pairs) == pairs.sum():
        return "all kept pairs are of one class, which the script scores 0, so F1_a is 0/0"
    return "no kept pair has the right emotion, so F1_a is 0/0"


def _official_warnings(statistics: Statistics, known: dict[str, Estimate]) -> list[str]:
    return [f"strs is undefined: {_undefined(statistics, known, 'strs')}"] if known["strs"].value is None else []


def _confusion(statistics: Statistics) -> dict[str, Any]:
    """Return kept pairs by true class (rows) and predicted class (columns; last: emotions that are no class)."""
    counts = statistics.confusion.sum(0).tolist()
    return {"true": list(statistics.classes), "predicted": [*statistics.classes, None], "counts": counts}


def _per_video(statistics: Statistics) -> list[dict[str, Any]]:
    ids = zip(statistics.dataset, statistics.subject, statistics.video, strict=True)
    counts = zip(*(statistics.sums[name].tolist() for name in ("tp", "fp", "fn")), strict=True)
    return [
        {"dataset": dataset or None, "subject": subject, "video": video, "tp_s": tp, "fp_s": fp, "fn_s": fn}
        for (dataset, subject, video), (tp, fp, fn) in zip(ids, counts, strict=True)
    ]
