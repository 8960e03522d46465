"""A new result written below a version: its record and the statistics that it follows from, nothing licensed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mebench.atomic import write_bytes, write_text
from mebench.errors import MebenchError
from mebench.leaderboard.entry import Entry, entry_id
from mebench.leaderboard.executions import refuse_copy
from mebench.leaderboard.layout import Version, entries_of, withdrawn_of
from mebench.leaderboard.levels import level_of, refuse_other_result
from mebench.leaderboard.possible import refuse_impossible
from mebench.leaderboard.render.table import Level
from mebench.leaderboard.rules import TableRule
from mebench.leaderboard.statistics_text import statistics_document
from mebench.leaderboard.truth_counts import refuse_other_counts, truth_counts


@dataclass(frozen=True)
class Result:
    """A result before it is written: entry, statistics as bytes and as a document, predictions where they are kept."""

    entry: Entry
    statistics: bytes
    document: Mapping[str, Any]
    predictions: bytes | None = None


@dataclass(frozen=True)
class Added:
    """Outcome of `mebench leaderboard add`: the record, its statistics, the entry, and its level by now."""

    version: Version
    record: Path
    statistics: Path
    entry: Entry
    level: Level


def entry_text(entry: Entry) -> str:
    """Return the one text of a record file; verification compares it to the byte."""
    return entry.model_dump_json(indent=1) + "\n"


def store(version: Version, result: Result) -> Added:
    """Write an entry, its statistics and predictions, each atomically; the entry last.

    An entry of a run whose experiment is there already becomes a rerun of it.

    Raises:
        MebenchError: the same result is there, its name means another method, it was scored on another truth than the
            others of its table, or it is a rerun with other results, or a copy.
    """
    entry = result.entry
    there = {name: one for name, one in entries_of(version).items() if name not in withdrawn_of(version)}
    refuse_double(entry, there)
    _refuse_other_truth(version, result, there)
    first = first_of(entry, there)
    if first is not None:
        _refuse_copies(entry, there)
        refuse_other_result(there[first], entry)
        entry = entry.model_copy(update={"rerun_of": first})
    name = entry_id(entry)
    if version.record(name).exists():
        raise MebenchError(f"{version.record(name)} is there already (withdrawn); nothing was added")
    if result.predictions is not None:
        write_bytes(version.predictions(entry.predictions_sha256), result.predictions)
    write_bytes(version.statistics(entry.statistics_sha256), result.statistics)
    write_text(version.record(name), entry_text(entry))
    level = level_of(first or name, there | {name: entry}, withdrawn_of(version))
    return Added(version, version.record(name), version.statistics(entry.statistics_sha256), entry, level)


def refuse_double(entry: Entry, there: dict[str, Entry]) -> None:
    """Raise a MebenchError where a result is there, or its method's name and seed stand for something else."""
    for name, one in there.items():
        if one.table != entry.table:
            continue
        if entry.record is not None and one.record == entry.record:
            raise MebenchError(f"this run is there already (record {name}); nothing was added")
        if one.method.name != entry.method.name:
            continue
        if what_it_is(one) != what_it_is(entry):
            raise MebenchError(
                f"the method {entry.method.name!r} stands for other settings in record {name}; "
                "choose another name with --method"
            )
        if entry.record is None and one.seed == entry.seed:
            known = "the same predictions" if one.predictions_sha256 == entry.predictions_sha256 else "other ones"
            raise MebenchError(
                f"{entry.method.name!r} has {known} for seed {entry.seed} (record {name}); "
                "give another --seed N or --method NAME, or withdraw that record"
            )


def already_there(version: Version, table: TableRule, method: str, predictions_sha256: str) -> str:
    """Return the id of the record that these predictions of this method have already; empty: none."""
    for name, one in entries_of(version).items():
        if (one.table, one.method.name, one.predictions_sha256) == (table.name, method, predictions_sha256):
            return name
    return ""


def _refuse_other_truth(version: Version, result: Result, there: Mapping[str, Entry]) -> None:
    counts = truth_counts(result.document)
    for name, one in there.items():
        path = version.statistics(one.statistics_sha256)
        if one.table == result.entry.table and path.is_file():
            document = statistics_document(path.read_bytes(), str(path))
            refuse_impossible(document)
            refuse_other_counts(counts, truth_counts(document), f"record {name}")


def _refuse_copies(entry: Entry, there: Mapping[str, Entry]) -> None:
    for name, one in there.items():
        if entry.record is None or one.record is None or one.table != entry.table:
            continue
        if one.record.experiment.sha256 == entry.record.experiment.sha256:
            refuse_copy(entry.record, one.record, f"record {name}")


def first_of(entry: Entry, there: dict[str, Entry]) -> str | None:
    """Return the id of the entry that a run repeats, None where its experiment is new."""
    if entry.record is None:
        return None
    for name, one in there.items():
        if one.record is None or one.rerun_of is not None or one.table != entry.table:
            continue
        if one.record.experiment.sha256 == entry.record.experiment.sha256:
            return name
    return None


def what_it_is(entry: Entry) -> object:
    """Return what one name of a method may stand for: an experiment up to its seed; or predictions."""
    if entry.record is None:
        return None
    return {key: value for key, value in entry.record.experiment.config.items() if key != "seed"}
