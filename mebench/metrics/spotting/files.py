"""Scores of spotted macro- and micro-expressions that lie in files, as `mebench score spotting` takes them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from mebench.atomic import write_text
from mebench.errors import MebenchError
from mebench.metrics.bootstrap import Estimate, estimates_of
from mebench.metrics.sample import Sample
from mebench.metrics.samples import STATISTICS
from mebench.metrics.spotting.counts import ESTIMATED, SpottingStatistics, spotting_statistics
from mebench.metrics.spotting.rules import ALL, IOU, RULES, named_rules
from mebench.metrics.spotting.samples import SPOTTING_FIGURES, samples_of_spotting
from mebench.metrics.spotting.videos import Videos, joined_videos
from mebench.tables.csv import read_manifest
from mebench.tables.csv_cells import read_text
from mebench.tables.folders import dataset_of_file
from mebench.tables.held import Held, Source
from mebench.tables.megc_log import is_log, log_table
from mebench.tables.spotting import SpotTable, csv_table, pooled

NO_TYPES = "these rules do not tell macro- from micro-expressions"


def score_spotting_files(
    pred: str | Path,
    truth: str | Path,
    out: str | Path | None,
    rules: str = "all",
    manifest: str | Path | None = None,
    bootstrap: int = 1000,
) -> dict[str, Any]:
    """Return the score document (`score_spotting`) of predictions and truth, and write it to `out`.

    Args:
        pred: a CSV file, a log file, or a folder of them (`cas_pred.csv`, `samm_pred.csv`): see `read_intervals`.
        truth: the same.
        out: JSON file to write.
        rules: `all`, a name in `RULES`, or several with commas between.
        manifest: CSV file of every video: dataset,subject,video,num_frames,fps.
        bootstrap: resamples, seed 0.

    Raises:
        MebenchError: as `statistics_of_files`, or `out` cannot be written.
    """
    statistics = statistics_of_files(pred, truth, rules, manifest)
    document = score_spotting(statistics, bootstrap) | {STATISTICS: statistics.to_json()}
    if out is not None:
        write_text(out, json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n")
    return document


def statistics_of_files(
    pred: Source | Sequence[Held],
    truth: Source | Sequence[Held],
    rules: str = "all",
    manifest: Source | None = None,
) -> SpottingStatistics:
    """Return what the rules count in the files; its `to_json` is what leaderboards keep.

    Under `all`, rules that need the frame rate are left out, with a warning, where it is unknown.

    Raises:
        MebenchError: files that `read_intervals` or `read_manifest` refuse, unknown rules, folders that do not hold
            the same datasets, or tables that `joined_videos` or `spotting_statistics` refuse.
    """
    wanted = named_rules(rules)
    every = None if manifest is None else read_manifest(manifest)
    guesses, true = read_intervals(pred, "pred"), read_intervals(truth, "truth")
    first, second = _title(pred), _title(truth)
    _refuse_other_datasets(guesses, true, first, second)
    videos = joined_videos(_whole(guesses, first), _whole(true, second), every)
    if rules.strip() == ALL and _rate_unknown(videos):
        left = [one.name for one in wanted if one.types == "duration"]
        note = f"rules {', '.join(left)} are left out: they need the frame rate; give a manifest"
        wanted = tuple(one for one in wanted if one.name not in left)
        videos = replace(videos, notes=(*videos.notes, note))
    return spotting_statistics(videos, wanted)


def read_intervals(path: Source | Sequence[Held], side: Literal["pred", "truth"]) -> dict[str, SpotTable]:
    """Return the tables of a file (under "") or of every .csv, .txt and .log file of a folder or zip, by dataset.

    In a folder the dataset is the file's name without `_pred`, `_truth`, `_gt` and the like: `cas_pred.csv` is of
    `cas`. A file whose first line is a lone number is a log (`spotting_log`), all others are CSV (`csv_table`).

    Raises:
        MebenchError: no such file, a folder without such a file or with two of one dataset, or what the readers say.
    """
    if isinstance(path, Held):
        return {"": _read(path, side)}
    if not isinstance(path, str | Path):
        return _by_dataset(_title(path), path, side)
    path = Path(path)
    if not path.is_dir():
        return {"": _read(path, side)}
    files = sorted(one for one in path.iterdir() if one.suffix.lower() in (".csv", ".txt", ".log") and one.is_file())
    if not files:
        raise MebenchError(f"{path} holds no .csv, .txt or .log file; give files such as cas_pred.csv, samm_pred.csv")
    return _by_dataset(str(path), files, side)


def _by_dataset(source: str, files: Sequence[Path | Held], side: Literal["pred", "truth"]) -> dict[str, SpotTable]:
    found: dict[str, SpotTable] = {}
    for one in files:
        dataset = dataset_of_file(Path(one.name))
        if dataset in found:
            raise MebenchError(f"{source}: {one.name} and another file are both of dataset {dataset}; keep one")
        found[dataset] = _read(one, side).named(dataset)
    return found


def score_spotting(statistics: SpottingStatistics, bootstrap: int = 1000) -> dict[str, Any]:
    """Return the score document: under each rules name the figures of `SPOTTING_FIGURES` and what goes with them.

    That is `intervals` (95%, over `unit`, seed 0), `reasons` for what is null, `n`, `unit`, `source`, `checked`,
    `counted_as`, `warnings` and, where there are several datasets, `datasets` with the same for each. `warnings` at the
    top are about the files; `types` there is `given`, or `ESTIMATED`, which makes the figures of macro and micro
    estimates under rules that take types as given. No NaN.

    Raises:
        MebenchError: a negative number of resamples.
    """
    samples = {one.name: one for one in samples_of_spotting(statistics)}
    document: dict[str, Any] = {"task": "spotting", "iou": IOU, "bootstrap": bootstrap, "seed": 0}
    for name in statistics.rules:
        rules = RULES[name]
        part = _part(samples[name], bootstrap) | {
            "source": rules.source,
            "checked": rules.checked,
            "counted_as": rules.same_as or name,
            "warnings": list(statistics.warnings.get(name, ())),
        }
        below = {key: one for key, one in samples.items() if key.startswith(f"{name}.")}
        if below:
            part["datasets"] = {key[len(name) + 1 :]: _part(one, bootstrap) for key, one in below.items()}
        document[name] = part
    document["types"] = ESTIMATED if statistics.estimated else "given"
    document["n_videos"] = len(statistics.video)
    document["warnings"] = list(statistics.warnings.get("", ()))
    return document


def score_rows(document: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the table that the terminal shows: rules, F1 by type and overall with intervals, overall TP/FP/FN."""
    guess = " (estimate)" if document["types"] == ESTIMATED else ""
    rows: list[tuple[str, ...]] = [("rules", f"macro F1{guess}", f"micro F1{guess}", "overall F1", "TP/FP/FN")]
    for name in (name for name in RULES if name in document):
        part = document[name]
        counts = "/".join(str(part[f"overall_{one}"]) for one in ("tp", "fp", "fn"))
        rows.append((name, *(_cell(part, f"{one}_f1") for one in ("macro", "micro", "overall")), counts))
    return rows


def _read(source: Path | Held, side: Literal["pred", "truth"]) -> SpotTable:
    text, path = read_text(source), Path(str(source))
    return log_table(path, text, side) if is_log(text) else csv_table(path, text)


def _title(source: Source | Sequence[Held]) -> str:
    return str(source) if isinstance(source, str | Path | Held) else ", ".join(map(str, source))


def _whole(tables: dict[str, SpotTable], source: str) -> SpotTable:
    return next(iter(tables.values())) if len(tables) == 1 else pooled(list(tables.values()), source)


def _refuse_other_datasets(pred: dict[str, SpotTable], truth: dict[str, SpotTable], first: str, second: str) -> None:
    if "" in pred or "" in truth or set(pred) == set(truth):
        return
    dataset = min(set(pred) ^ set(truth))
    has, lacks, role = (second, first, "pred") if dataset in truth else (first, second, "truth")
    raise MebenchError(
        f"{has} has a file of dataset {dataset} and {lacks} has none; add {dataset}_{role}.csv, with its header alone "
        "where there is no interval"
    )


def _rate_unknown(videos: Videos) -> bool:
    return any(rate != rate for rate in videos.fps.tolist())


def _part(sample: Sample, bootstrap: int) -> dict[str, Any]:
    found = estimates_of(sample, bootstrap)
    return {
        **{name: _plain(name, found[name].value) for name in SPOTTING_FIGURES},
        "intervals": {name: _interval(found[name]) for name in SPOTTING_FIGURES},
        "reasons": _reasons(found),
        "n": len(sample.units),
        "unit": sample.kind,
    }


def _plain(name: str, value: float | None) -> float | int | None:
    counts = name.endswith(("_tp", "_fp", "_fn"))
    return int(value) if counts and value is not None else value


def _interval(estimate: Estimate) -> list[float] | None:
    return list(estimate.interval) if estimate.interval else None


def _reasons(found: dict[str, Estimate]) -> dict[str, str]:
    reasons = {}
    for name in SPOTTING_FIGURES:
        if found[name].value is None:
            reasons[name] = NO_TYPES
        if found[name].interval is None:
            reasons[f"intervals.{name}"] = reasons.get(name) or found[name].reason
    return reasons


def _cell(part: dict[str, Any], figure: str) -> str:
    value, interval = part[figure], part["intervals"][figure]
    if value is None:
        return "undefined"
    return f"{value:.4f} [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else f"{value:.4f}"
