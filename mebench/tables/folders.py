"""A folder with a table for each dataset, as the challenges have handed out and taken them since 2022."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mebench.errors import MebenchError
from mebench.tables.intervals import IntervalTable, pool

_ROLE = re.compile(r"[_-]?(pred|prediction|predictions|truth|true|gt|ground[_-]?truth|labels?)$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Tables:
    """Intervals of one file, or of a folder's files together.

    Attributes:
        table: every row, file after file.
        datasets: which there are, one a file; empty for a file.
        of_video: dataset of each (subject, video) that has a row; empty for a file.
    """

    table: IntervalTable
    datasets: frozenset[str]
    of_video: dict[tuple[str, str], str]


def dataset_of_file(path: Path) -> str:
    """Return the dataset that a file's name tells: `cas` for `cas_pred.csv`, `samm` for `SAMM_truth.csv`."""
    return _ROLE.sub("", path.stem).lower() or path.stem.lower()


def read_tables(path: str | Path, read: Callable[[Path], IntervalTable]) -> Tables:
    """Return the table of a file, or the tables of every CSV file of a folder one after another.

    Raises:
        MebenchError: a folder without a CSV file, two files of one dataset, a video that two of them hold, or what
            `read` says.
    """
    folder = Path(path)
    if not folder.is_dir():
        return Tables(read(folder), frozenset(), {})
    files = sorted(one for one in folder.iterdir() if one.suffix.lower() == ".csv" and one.is_file())
    if not files:
        raise MebenchError(f"{folder} holds no .csv file; give files such as cas_pred.csv and samm_pred.csv")
    tables: dict[str, IntervalTable] = {}
    of_video: dict[tuple[str, str], str] = {}
    for one in files:
        dataset = dataset_of_file(one)
        if dataset in tables:
            raise MebenchError(f"{folder}: {one.name} and another file are both of dataset {dataset}; keep one")
        tables[dataset] = read(one)
        _join(tables[dataset], dict.fromkeys(tables[dataset].keys, dataset), of_video)
    return Tables(pool(list(tables.values()), str(folder)), frozenset(tables), of_video)


def datasets_of(pred: Tables, truth: Tables) -> dict[tuple[str, str], str]:
    """Return the dataset of each (subject, video) of both sides; empty where one of them is a single file.

    Raises:
        MebenchError: a dataset that only one side has a file of, or a video that they have in different datasets.
    """
    if not pred.datasets or not truth.datasets:
        return {}
    alone = sorted(pred.datasets ^ truth.datasets)
    if alone:
        has, lacks, role = (truth, pred, "pred") if alone[0] in truth.datasets else (pred, truth, "truth")
        raise MebenchError(
            f"{has.table.source} has a file of dataset {alone[0]} and {lacks.table.source} has none; add "
            f"{alone[0]}_{role}.csv, with its header alone where there is no interval"
        )
    found = dict(truth.of_video)
    _join(pred.table, pred.of_video, found)
    return found


def _join(table: IntervalTable, own: Mapping[tuple[str, str], str], known: dict[tuple[str, str], str]) -> None:
    """Add the videos of a table to those that are known; refuse one that is of another dataset there."""
    for row, key in enumerate(table.keys):
        if known.setdefault(key, own[key]) != own[key]:
            raise MebenchError(
                f"{table.where(row)}: this video is of dataset {own[key]} here and of {known[key]} in another file; "
                "put the dataset's name into the ids of one, so that they differ"
            )
