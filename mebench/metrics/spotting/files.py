"""Spotted macro- and micro-expressions that lie in files, counted as `mebench score spotting` takes them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from mebench.errors import MebenchError
from mebench.metrics.score import Counted
from mebench.metrics.spotting.counts import ESTIMATED, SpottingStatistics, spotting_statistics
from mebench.metrics.spotting.rules import ALL, RULES, named_rules
from mebench.metrics.spotting.videos import Videos, joined_videos
from mebench.tables.csv import read_manifest
from mebench.tables.csv_cells import read_text
from mebench.tables.folders import dataset_of_file
from mebench.tables.held import Held, Source
from mebench.tables.megc_log import is_log, log_table
from mebench.tables.spotting import SpotTable, csv_table, pooled


def count_spotting_files(
    pred: Source | Sequence[Held],
    truth: Source | Sequence[Held],
    rules: str = "all",
    manifest: Source | None = None,
) -> Counted:
    """Return what the rules count in the files, with the source of each, and whether types were guessed (`types`).

    Under `all`, rules that need the frame rate are left out, with a warning, where it is unknown.

    Args:
        pred: a CSV file, a log file, or a folder of them (`cas_pred.csv`, `samm_pred.csv`): see `read_intervals`.
        truth: the same.
        rules: `all`, a name in `RULES`, or several with commas between.
        manifest: CSV file of every video: dataset,subject,video,num_frames,fps.

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
    return _counted(spotting_statistics(videos, wanted))


def _counted(statistics: SpottingStatistics) -> Counted:
    warnings = (": ".join(filter(None, (name, text))) for name, each in statistics.warnings.items() for text in each)
    rules = {name: {"source": RULES[name].source, "checked": RULES[name].checked} for name in statistics.rules}
    settings = {"rules": rules, "types": ESTIMATED if statistics.estimated else "given"}
    return Counted("spotting", statistics.to_json(), tuple(warnings), settings)


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
