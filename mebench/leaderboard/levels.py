"""How far a result is verified, from the runs that repeat it."""

from collections.abc import Collection, Mapping, Sequence

from mebench.errors import MebenchError
from mebench.leaderboard.entry import Entry
from mebench.leaderboard.table import LEVELS, Level

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
        other = again.figures[key].value
        if metric.value is None or other is None:
            same = metric.value is None and other is None
        else:
            low, high = metric.interval or (metric.value, metric.value)
            same = low <= other <= high
        if not same:
            raise MebenchError(
                f"a rerun must repeat the result, but {key} was {metric.value} {metric.interval or ''} and is {other}; "
                "find out what differs, or withdraw the first result"
            )
