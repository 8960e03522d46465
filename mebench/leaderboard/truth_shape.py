"""The shape of a table's truth (people, units, rows, names), which every result of the table must have."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from mebench.errors import MebenchError
from mebench.leaderboard.rules import Rules, SetShape, TableRule

WORDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "str": ("subjects", "videos", "micro-expressions"),
        "spotting": ("subjects", "videos", "expressions"),
        "recognition": ("subjects", "", "samples"),
        "vqa": ("", "clips", "questions"),
        "lvqa": ("", "long videos", "questions"),
    }
)
"""By task: what `subjects`, `units` and `rows` of a shape count."""


@dataclass(frozen=True)
class _Unit:
    """One unit of statistics: its set, person (empty: none is told), name, and number of true rows."""

    dataset: str
    subject: str
    name: str
    rows: int


def refuse_other_shape(rules: Rules, table: TableRule, document: Mapping[str, Any]) -> None:
    """Raise a MebenchError where statistics are of other sets, people, units, rows or names than the table's truth.

    Nothing is asked where the truth is embedded or frozen: there it is compared by its hash.

    Args:
        rules: of the version.
        table: of it; a shape that counts 0 of something says nothing of it.
        document: statistics that were found possible.
    """
    if rules.truth == "embedded" or table.name in rules.frozen:
        return
    units = list(_UNITS[rules.task](document))
    for one in table.shape:
        _refuse_set(rules.task, table, one, [unit for unit in units if _is_of(unit, one, table)])
    strange = [unit for unit in units if not any(_is_of(unit, one, table) for one in table.shape)]
    if table.shape and strange:
        names, place = ", ".join(one.dataset for one in table.shape), f"{strange[0].dataset}/{strange[0].name}"
        raise MebenchError(f"the table {table.name} is of {names}, but the truth has {place}; score those alone")


def refuse_undescribed(rules: Rules, table: TableRule) -> None:
    """Raise a MebenchError for a table whose rules say nothing of its truth: any at all would stand in it."""
    if rules.truth == "embedded" or table.name in rules.frozen or table.shape or table.datasets:
        return
    raise MebenchError(
        f"{rules.benchmark}/v{rules.version} says of the table {table.name} neither a dataset nor the shape of its "
        f"truth, so any truth would do; begin a version (mebench leaderboard new {rules.benchmark} --from "
        f"{rules.benchmark}) and freeze its truth there"
    )


def _is_of(unit: _Unit, shape: SetShape, table: TableRule) -> bool:
    """Return whether a unit belongs to a set; one that names none does where the table has but one.

    A manifest names a dataset without its variant, beside another one of the same name with a hyphen.
    """
    if not unit.dataset:
        return len(table.shape) == 1
    return unit.dataset in (shape.dataset, shape.dataset.replace("/", "-"), shape.dataset.partition("/")[0])


def _refuse_set(task: str, table: TableRule, shape: SetShape, units: Sequence[_Unit]) -> None:
    people = {unit.subject for unit in units}
    found = {
        "subjects": None if "" in people else len(people),
        "units": None if task == "recognition" else len(units),
        "rows": sum(unit.rows for unit in units),
    }
    alone = f"the table {table.name} takes the truth of {shape.dataset} alone, and all of it"
    for key, word in zip(found, WORDS[task], strict=True):
        wanted, number = getattr(shape, key), found[key]
        if wanted and number is not None and number != wanted:
            raise MebenchError(f"{shape.dataset} has {wanted} {word}, but the truth has {number}; {alone}")
    for unit in units:
        if shape.names and not re.fullmatch(shape.names, unit.name):
            raise MebenchError(f"{unit.name} is no name of {shape.dataset}, as {shape.example} is; {alone}")


def _intervals(document: Mapping[str, Any]) -> Iterator[_Unit]:
    for person in document["strict"]["subjects"] if document.get("strict") else ():
        subject = person["subject"]
        for video in person["videos"]:
            yield _Unit(person["dataset"], subject, f"{subject}/{video['video']}", video["tp"] + video["fn"])


def _spotted(document: Mapping[str, Any]) -> Iterator[_Unit]:
    name = sorted(document["counted"])[0]
    for one in document["videos"]:
        yield _Unit(one["dataset"], one["subject"], one["video"], sum(tp + fn for tp, _, fn in one[name]))


def _samples(document: Mapping[str, Any]) -> Iterator[_Unit]:
    for one in document["subjects"]:
        yield _Unit(one["dataset"], one["subject"], one["subject"], sum(map(sum, one["confusion"])))


def _clips(document: Mapping[str, Any]) -> Iterator[_Unit]:
    for one in document["clips"]:
        yield _Unit(one["dataset"], "", one["clip"], one["rows"])


def _long_videos(document: Mapping[str, Any]) -> Iterator[_Unit]:
    place = document["sums"].index("rows")
    for one in document["videos"]:
        yield _Unit(one["dataset"], "", one["clip"], int(one["sums"][place]))


_UNITS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[_Unit]]] = MappingProxyType(
    {"str": _intervals, "spotting": _spotted, "recognition": _samples, "vqa": _clips, "lvqa": _long_videos}
)
