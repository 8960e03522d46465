"""Verification that every figure of the leaderboards follows from what lies beside it."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from mebench.errors import MebenchError
from mebench.leaderboard.add_run import (
    place_among,
    refuse_other_metrics,
    refuse_other_rules,
    refuse_unfit,
)
from mebench.leaderboard.checked_statistics import Checked, possible_statistics, refuse_by_rules
from mebench.leaderboard.entry import Entry, entry_id
from mebench.leaderboard.executions import refuse_copy
from mebench.leaderboard.figures import figures_of
from mebench.leaderboard.history import Fault, history_faults, history_of
from mebench.leaderboard.kept import predictions_beside, refuse_unproven
from mebench.leaderboard.layout import Version, entries_of, read_entry, versions, withdrawn_of
from mebench.leaderboard.levels import level_of, refuse_other_result
from mebench.leaderboard.published import read_published
from mebench.leaderboard.render.all import rendered
from mebench.leaderboard.render.table import LEVELS
from mebench.leaderboard.render.tables import tables
from mebench.leaderboard.rules import rules_hash
from mebench.leaderboard.store import entry_text, what_it_is
from mebench.leaderboard.strays import links, strays
from mebench.leaderboard.truth_counts import Counts, refuse_other_counts, truth_counts
from mebench.metrics.bootstrap import metrics_of
from mebench.record.record import Metric, same_metric

Figures = Mapping[str, Metric]

Key = tuple[str, tuple[int, int] | None]
"""Of figures: sha256 of the statistics; resamples and seed of a run, None for those of the rules."""


@dataclass(frozen=True)
class Verified:
    """Findings of a verification: every fault, what could not be checked, and a line per benchmark."""

    faults: tuple[Fault, ...]
    unchecked: tuple[str, ...]
    counts: Mapping[str, str]


@dataclass(frozen=True)
class _Seen:
    """Statistics of a version that were found sound, so that a rerun with the same bytes is not counted again.

    Attributes:
        checked: statistics by sha256.
        figures: of them.
        proven: table, and sha256 of predictions and of the statistics that follow from them.
        counts: what the statistics of each record say of the truth.
    """

    checked: dict[str, Checked] = field(default_factory=dict)
    figures: dict[Key, Figures] = field(default_factory=dict)
    proven: set[tuple[str, str, str]] = field(default_factory=set)
    counts: dict[str, Counts] = field(default_factory=dict)


def verify(root: Path) -> Verified:
    """Return every fault below `root`: in rules, records, statistics, predictions, published figures, history.

    Where something is a link, nothing else is looked at: what it leads to may change with the machine.

    Raises:
        MebenchError: nothing is there, or rules that cannot be read.
    """
    if linked := links(root):
        return Verified(tuple(linked), (), {})
    every = versions(root)
    history = history_of(root)
    faults = [fault for version in every for fault in _version_faults(root, version)]
    faults += strays(root, every)
    faults += history_faults(root, history)
    if not faults:  # tables follow from what was just found sound
        faults += _rendered_faults(root)
    counts = {} if faults else {version.title: _counts(version) for version in every}
    return Verified(tuple(faults), (history.unknown,) if history.unknown else (), counts)


def _version_faults(root: Path, version: Version) -> Iterator[Fault]:
    def tell(path: Path, check: Callable[[], object]) -> Iterator[Fault]:
        try:
            check()
        except MebenchError as error:
            yield Fault(path.relative_to(root).as_posix(), str(error))

    yield from tell(version.folder / "published", lambda: read_published(version.folder))
    yield from tell(version.folder / "withdrawn", lambda: withdrawn_of(version))
    entries: dict[str, Entry] = {}
    for path in sorted(version.folder.glob("records/*.json")):
        try:
            entries[path.stem] = read_entry(path)
        except MebenchError as error:
            yield Fault(path.relative_to(root).as_posix(), str(error))
    seen = _Seen()
    for name, entry in entries.items():
        yield from tell(version.record(name), partial(_check_text, version, name, entry))
        yield from tell(version.record(name), partial(_check_statistics, version, name, entry, seen))
        yield from tell(version.record(name), partial(_check_run, version, entry))
        yield from tell(version.record(name), partial(_check_others, name, entries))
    for name in seen.counts:
        yield from tell(version.record(name), partial(_check_truth, name, entries, seen.counts))


def _check_text(version: Version, name: str, entry: Entry) -> None:
    """Refuse a record whose name is not the hash of its content, or that stands under other rules."""
    if version.record(name).read_text(encoding="utf-8") != entry_text(entry):
        raise MebenchError("the file is not as mebench writes it; it was edited: restore it with git")
    if entry_id(entry) != name:
        raise MebenchError(f"the content hashes to {entry_id(entry)}; it was edited: restore it with git")
    if (entry.benchmark, entry.version) != (version.rules.benchmark, version.rules.version):
        raise MebenchError(f"is a result of {entry.benchmark}/v{entry.version}; move it there")
    version.table(entry.table)
    if entry.rules_sha256 != rules_hash(version.folder):
        raise MebenchError("rules.toml changed under this result; restore it, and make a new version for other rules")
    frozen = version.rules.frozen.get(entry.table)
    if frozen and entry.source == "predictions" and entry.truth_sha256 != frozen.truth_sha256:
        raise MebenchError("was scored against another truth than the rules froze; score it again")


def _check_statistics(version: Version, name: str, entry: Entry, seen: _Seen) -> None:
    """Refuse statistics that are not those of the record, that cannot be, or that its figures do not follow from."""
    path = version.statistics(entry.statistics_sha256)
    if not path.is_file():
        raise MebenchError(f"its statistics are missing (statistics/{path.name}); restore them with git")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != entry.statistics_sha256:
        raise MebenchError(f"statistics/{path.name} has another sha256; it was edited: restore it with git")
    table = version.table(entry.table)
    digest = entry.statistics_sha256
    if digest not in seen.checked:
        seen.checked[digest] = possible_statistics(data, f"statistics/{path.name}")
    checked = seen.checked[digest]
    seen.counts[name] = truth_counts(checked.document)
    refuse_by_rules(version, table, checked)
    again = _once(seen.figures, (digest, None), lambda: figures_of(checked.samples, version.rules))
    if set(again) != set(entry.figures):
        raise MebenchError("its figures are not the columns of the rules; add the result anew")
    for key, metric in entry.figures.items():
        if not same_metric(metric, again[key]):
            raise MebenchError(
                f"{key} is {metric.value} {metric.interval or ''}, recomputed {again[key].value} "
                f"{again[key].interval or ''}; it does not follow from its statistics"
            )
    if entry.record is not None:
        asked = entry.record.bootstrap
        every = _once(seen.figures, (digest, asked), lambda: metrics_of(checked.samples, *asked))
        refuse_other_metrics(entry.record, every, "its run")
    if version.rules.keep_predictions:
        predictions = predictions_beside(version, entry.predictions_sha256)
        if (proof := (table.name, entry.predictions_sha256, digest)) not in seen.proven:
            refuse_unproven(version, table, predictions, dict(checked.document))
            seen.proven.add(proof)


def _once(
    known: dict[Key, Mapping[str, Metric]], key: Key, make: Callable[[], Mapping[str, Metric]]
) -> Mapping[str, Metric]:
    if key not in known:
        known[key] = make()
    return known[key]


def _check_run(version: Version, entry: Entry) -> None:
    """Refuse a run that the rules would not take, or whose hashes and seed are not the entry's."""
    record = entry.record
    if (entry.source == "run") != (record is not None):
        raise MebenchError(f"source is {entry.source}, but it has {'a' if record else 'no'} run's record")
    if record is None:
        return
    refuse_unfit(record)
    _, table = place_among([version], record)
    if table.name != entry.table:
        raise MebenchError(f"belongs to the table {table.name}, not {entry.table}")
    refuse_other_rules(version, table, record)
    mine = (entry.seed, entry.predictions_sha256, entry.statistics_sha256)
    if mine != (record.seeds["experiment"], record.predictions_sha256, record.statistics_sha256):
        raise MebenchError("seed or hashes are not those of its run's record")


def _check_others(name: str, entries: Mapping[str, Entry]) -> None:
    """Refuse a double, a copy, a rerun of nothing, and a rerun that repeats nothing."""
    entry = entries[name]
    for other, one in entries.items():
        if other >= name or one.table != entry.table:
            continue
        if entry.record is not None and one.record == entry.record:
            raise MebenchError(f"is the same run as record {other}; remove the one that was added later")
        if one.method.name == entry.method.name and what_it_is(one) != what_it_is(entry):
            raise MebenchError(f"has the method's name of record {other}, which has other settings")
        if entry.record and one.record and entry.record.experiment.sha256 == one.record.experiment.sha256:
            refuse_copy(entry.record, one.record, f"record {other}")
    if entry.rerun_of is None:
        return
    if entry.rerun_of not in entries:
        raise MebenchError(f"is a rerun of {entry.rerun_of}, which is not there")
    first = entries[entry.rerun_of]
    if first.record is None or entry.record is None or first.rerun_of is not None:
        raise MebenchError(f"is a rerun of {entry.rerun_of}, which is no first run")
    if first.record.experiment.sha256 != entry.record.experiment.sha256:
        raise MebenchError(f"is a rerun of {entry.rerun_of}, which is another experiment")
    refuse_other_result(first, entry)


def _check_truth(name: str, entries: Mapping[str, Entry], counts: Mapping[str, Counts]) -> None:
    """Refuse a result whose statistics say another truth than those of the first record of its table."""
    first = next(one for one in counts if entries[one].table == entries[name].table)
    refuse_other_counts(counts[name], counts[first], f"record {first}")


def _rendered_faults(root: Path) -> list[Fault]:
    how = "run mebench leaderboard render"
    faults = []
    for path, text in rendered(tables(root)).items():
        file = root / path
        if not file.is_file():
            faults.append(Fault(path, f"is missing; {how}"))
        elif file.read_bytes() != text.encode():
            faults.append(Fault(path, f"is not what the records give; {how}"))
    return faults


def _counts(version: Version) -> str:
    entries, withdrawn = entries_of(version), withdrawn_of(version)
    first = [name for name, entry in entries.items() if entry.rerun_of is None and name not in withdrawn]
    levels = Counter(level_of(name, entries, withdrawn) for name in first)
    parts = [f"{len(read_published(version.folder).rows)} published"]
    parts += [f"{levels[level]} {level}" for level in LEVELS if levels[level]]
    parts += [f"{len(withdrawn)} withdrawn"] if withdrawn else []
    return ", ".join(parts) + (" (closed)" if version.closed else "")
