"""The tables of every leaderboard, from its rules, the literature's figures and the records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mebench.leaderboard.entry import Entry
from mebench.leaderboard.figures import ABSENT, split_key
from mebench.leaderboard.layout import Version, Withdrawal, entries_of, versions, withdrawn_of
from mebench.leaderboard.levels import level_of, lowest
from mebench.leaderboard.published import Published, PublishedRow, read_published
from mebench.leaderboard.render.table import Cell, LeaderboardTable, Row
from mebench.leaderboard.rules import ColumnRule, TableRule
from mebench.metrics.bootstrap import Estimate, estimates_of
from mebench.metrics.sample import Sample, mean_over
from mebench.metrics.samples import read_samples

NOT_PRINTED = "not printed"
"""Why a row of the literature has no figure."""

TRUST = "truth taken on trust: these rules freeze none, and nobody can check here what the counts were counted against"
"""Below a verified row whose truth is neither embedded nor frozen."""

COUNTED = "counts taken on trust: they fit the truth that these rules froze, which is not here"
"""Below a verified row whose truth is frozen, but not embedded."""

NO_STATISTICS = "no interval: as printed, without statistics"
"""Why a printed figure has no interval."""


@dataclass(frozen=True)
class _Results:
    """Results of a version: its entries, what was withdrawn, and the literature's rows."""

    entries: Mapping[str, Entry]
    withdrawn: Mapping[str, Withdrawal]
    published: Published


def tables(root: Path) -> tuple[LeaderboardTable, ...]:
    """Return every table below `root`, rows in the order of the rules.

    Raises:
        MebenchError: something below `root` cannot be read.
    """
    found = []
    for version in versions(root):
        results = _Results(entries_of(version), withdrawn_of(version), read_published(version.folder))
        found += [_table(version, table, results) for table in version.rules.tables]
    return tuple(found)


def _table(version: Version, table: TableRule, results: _Results) -> LeaderboardTable:
    rules = version.rules
    printed = [row for row in results.published.rows if not table.published or row.dataset in table.published]
    rows = [*(_published_row(row, rules.columns) for row in printed), *_verified_rows(version, table, results)]
    place = [column.key for column in rules.columns].index(rules.order)
    rows.sort(key=lambda row: _rank(row, place, rules.columns[place].higher_is_better))
    notes = [*results.published.notes, *_withdrawn_notes(table, results)]
    shown = tuple(rows), tuple(dict.fromkeys(notes))
    return LeaderboardTable(rules, table.name, table.title, rules.columns, *shown, _closed(version))


def _closed(version: Version) -> str:
    if version.closed is None:
        return ""
    newer = f" Its successor is {version.closed.successor}." if version.closed.successor else ""
    return f"Closed since {version.closed.date}: {version.closed.reason}.{newer}"


def _rank(row: Row, place: int, higher_is_better: bool) -> tuple[bool, float, str]:
    value = row.cells[place].value
    if value is None:
        return True, 0.0, row.method
    return False, -value if higher_is_better else value, row.method


def _published_row(row: PublishedRow, columns: Sequence[ColumnRule]) -> Row:
    cells = []
    for column in columns:
        name = column.published  # "" where the literature has no such column
        value = row.values.get(name)
        reason = NOT_PRINTED if value is None else NO_STATISTICS
        cells.append(Cell(value, None, reason, tuple(row.errata.get(name, ())), row.printed.get(name, "")))
    shown = tuple(cells)
    return Row(row.method, "published", False, (), "", shown, row.source, (), row.notes, paper=row.paper, date=row.date)


def _verified_rows(version: Version, table: TableRule, results: _Results) -> list[Row]:
    methods: dict[str, dict[str, Entry]] = {}
    for name, entry in results.entries.items():
        if entry.table == table.name and entry.rerun_of is None and name not in results.withdrawn:
            methods.setdefault(entry.method.name, {})[name] = entry
    return [_verified_row(version, group, results) for group in methods.values()]


def _verified_row(version: Version, group: Mapping[str, Entry], results: _Results) -> Row:
    order = sorted(group, key=lambda name: (group[name].seed is None, group[name].seed or 0, name))
    first = group[order[0]]
    samples = [read_samples(version.statistics(group[name].statistics_sha256)) for name in order]
    repeats = [n for n, one in results.entries.items() if one.rerun_of in order and n not in results.withdrawn]
    n, cells = _cells(version, samples)
    by = dict.fromkeys(one for name in [*order, *repeats] if (one := results.entries[name].by))
    return Row(
        method=first.method.name,
        level=lowest([level_of(name, results.entries, results.withdrawn) for name in order]),
        control=first.method.name in version.rules.controls,
        seeds=tuple(seed for name in order if (seed := group[name].seed) is not None),
        n=n,
        cells=cells,
        source=first.method.paper or first.method.code,
        records=tuple(f"records/{name}.json" for name in [*order, *repeats]),
        notes=tuple(filter(None, (first.method.note, _trust(version, first.table)))),
        by=tuple(by),
        date=max(results.entries[name].added for name in order),
    )


def _trust(version: Version, table: str) -> str:
    """Return what the figures of a row rest on, where it is not the embedded truth."""
    if version.rules.truth == "embedded":
        return ""
    return COUNTED if table in version.rules.frozen else TRUST


def _cells(version: Version, runs: Sequence[Sequence[Sample]]) -> tuple[str, tuple[Cell, ...]]:
    """Return what was resampled, and the mean over runs of every column with its interval over shared resamples."""
    rules = version.rules
    estimates: dict[str, dict[str, Estimate]] = {}
    units = ""
    for name in dict.fromkeys(split_key(column.key)[0] for column in rules.columns):
        mean = mean_over([next(one for one in run if one.name == name) for run in runs])
        estimates[name] = estimates_of(mean, rules.bootstrap, rules.seed)
        units = units or f"{len(mean.units)} {mean.kind}"
    cells = []
    for column in rules.columns:
        sample, figure = split_key(column.key)
        one = estimates[sample].get(figure) or Estimate(None, None, ABSENT)
        cells.append(Cell(one.value, one.interval, one.reason))
    return units, tuple(cells)


def _withdrawn_notes(table: TableRule, results: _Results) -> list[str]:
    return [
        f"withdrawn on {one.date}: {results.entries[name].method.name} (record {name}): {one.reason}"
        for name, one in results.withdrawn.items()
        if name in results.entries and results.entries[name].table == table.name
    ]
