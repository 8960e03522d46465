"""Levels of verification of a result, from the runs that repeat it."""

from collections.abc import Collection, Mapping, Sequence

from mebench.errors import MebenchError
from mebench.leaderboard.entry import Entry
from mebench.leaderboard.render.table import LEVELS, Level
from mebench.record.record import Metric

ORDER: tuple[Level, ...] = tuple(LEVELS)


def level_of(name: str, entries: Mapping[str, Entry], withdrawn: Collection[str] = ()) -> Level:
    """Return the level of an entry: by the best of its reruns that were not withdrawn."""
    reruns = [one for other, one in entries.items() if one.rerun_of == name and other not in withdrawn]
    if any(one.predictions_sha256 == entries[name].predictions_sha256 for one in reruns):
        return "bit-identical"
    return "rerun" if reruns else "recomputed"


def lowest(levels: Sequence[Level]) -> Level:
    """Return the lowest of some levels."""
    return min(levels, key=ORDER.index)


def refuse_other_result(first: Entry, again: Entry) -> None:
    """Raise a MebenchError where a rerun does not repeat a result.

    It does where its predictions are the same to the byte, or where each of its figures lies within the first one's
    interval (is equal, where there is no interval).
    """
    if first.predictions_sha256 == again.predictions_sha256:
        return
    for key, metric in first.figures.items():
        if not within(metric, again.figures[key]):
            raise MebenchError(
                f"a rerun must repeat the result, but {key} was {metric.value} {metric.interval or ''} and is "
                f"{again.figures[key].value}; find out what differs, or withdraw the first result"
            )


def within(first: Metric, again: Metric) -> bool:
    """Return whether a figure lies within the first one's interval (is equal, where there is no interval)."""
    if first.value is None or again.value is None:
        return first.value is None and again.value is None
    low, high = first.interval or (first.value, first.value)
    return low <= again.value <= high
