"""A score of any task in words and as a table."""

from collections.abc import Iterable

from mebench.metrics.columns import column_names
from mebench.metrics.figure_names import is_count
from mebench.metrics.score import Score
from mebench.metrics.scored_classes import classes_text
from mebench.metrics.spotting.counts import ESTIMATED
from mebench.record.record import Metric

SPOTTING = ("macro_f1", "micro_f1", "overall_f1", "overall_tp", "overall_fp", "overall_fn")
"""Figures that the table of the many rules of spotting shows; all are in the document."""


def score_rows(score: Score) -> list[tuple[str, ...]]:
    """Return the table, header first: a row a figure and a column a sample, of spotting the other way round.

    Samples of one dataset of several (`strict.samm`) are in the document alone.
    """
    spotting, (parts, figures) = score.task == "spotting", _shown(score)
    guessed = " (estimate)" if score.settings.get("types") == ESTIMATED else ""
    rows = [("rules" if spotting else "figure", *parts)]
    for figure in figures:
        cells = (_cell(score, f"{part}.{figure}") for part in parts)
        rows.append((figure + guessed * figure.startswith(("macro", "micro")), *cells))
    return list(zip(*rows, strict=True)) if spotting else rows


def _shown(score: Score) -> tuple[list[str], list[str]]:
    """Return the samples and the figures of the table."""
    keys = [key.rpartition(".") for key in score.metrics]
    parts = [part for part in dict.fromkeys(part for part, _, _ in keys) if "." not in part]
    figures = dict.fromkeys(figure for part, _, figure in keys if part in parts)
    return parts, [*((*SPOTTING, *column_names("spotting")) if score.task == "spotting" else figures)]


def score_lines(score: Score) -> list[str]:
    """Return what stands above the table: which emotions count, and what is left out for it."""
    return classes_text(score.settings)


def score_notes(score: Score) -> list[str]:
    """Return what stands below: why figures cannot be 1 (marked *) or are undefined, warnings, departures."""
    parts, figures = _shown(score)
    shown = {key: score.metrics.get(key) for part in parts for key in (f"{part}.{figure}" for figure in figures)}
    undefined = ((key, one.reason or "") for key, one in shown.items() if one is not None and one.value is None)
    departures = score.settings.get("departures", ())
    return [
        *(f"* {which}: {text}" for which, text in _together(score.limits.items())),
        *(f"undefined: {which}: {text}" for which, text in _together(undefined)),
        *score.warnings,
        *([f"official departs from the organisers' script: {'; '.join(departures)}"] if departures else ()),
    ]


def _together(reasons: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return for each sample and reason the figures that have it, as `strict ap_50, ap_50_95`."""
    found: dict[tuple[str, str], list[str]] = {}
    for key, text in reasons:
        part, _, figure = key.rpartition(".")
        found.setdefault((part, text), []).append(figure)
    return [(f"{part} {', '.join(figures)}", text) for (part, text), figures in found.items()]


def _cell(score: Score, key: str) -> str:
    metric = score.metrics.get(key)
    if metric is None:
        return "-"
    return figure_text(key, metric) + " *" * (key in score.limits)


def figure_text(key: str, metric: Metric) -> str:
    """Return `0.4123 [0.301, 0.524]`, of counts `12 [8, 17.5]`, without an interval the value, or `undefined`."""
    if metric.value is None:
        return "undefined"
    text = _whole if is_count(key) else "{:.4f}".format
    ends = ", ".join(map(_whole if is_count(key) else "{:.3f}".format, metric.interval or ()))
    return f"{text(metric.value)} [{ends}]" if ends else text(metric.value)


def _whole(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
