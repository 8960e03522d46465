"""A new result written below a version: its record and the statistics that it follows from, nothing licensed."""

from dataclasses import dataclass
from pathlib import Path

from mebench.atomic import write_bytes, write_text
from mebench.errors import MebenchError
from mebench.leaderboard.entry import Entry, entry_id
from mebench.leaderboard.layout import Version, entries_of, withdrawn_of
from mebench.leaderboard.levels import level_of, refuse_other_result
from mebench.leaderboard.table import Level


@dataclass(frozen=True)
class Added:
    """What `mebench leaderboard add` did: the record, its statistics, the entry, and its level by now."""

    version: Version
    record: Path
    statistics: Path
    entry: Entry
    level: Level


def entry_text(entry: Entry) -> str:
    """Return the one text of a record file; verification compares it to the byte."""
    return entry.model_dump_json(indent=1) + "\n"


def store(version: Version, entry: Entry, statistics: bytes) -> Added:
    """Write an entry and its statistics, atomically; the statistics first.

    An entry of a run whose experiment is there already becomes a rerun of it.

    Raises:
        MebenchError: the same result is there, its name means another method, or it is a rerun with other results.
    """
    there = {name: one for name, one in entries_of(version).items() if name not in withdrawn_of(version)}
    refuse_double(entry, there)
    first = first_of(entry, there)
    if first is not None:
        refuse_other_result(there[first], entry)
        entry = entry.model_copy(update={"rerun_of": first})
    name = entry_id(entry)
    if version.record(name).exists():
        raise MebenchError(f"{version.record(name)} is there already (withdrawn); nothing was added")
    write_bytes(version.statistics(entry.statistics_sha256), statistics)
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
