"""True counts in statistics, whoever made the predictions: equal in all results on one truth."""

import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mebench.errors import MebenchError
from mebench.sealed.canonical import canonical_json

Counts = dict[str, list[int]]
"""By unit (`subject/video`, a clip): numbers of true intervals, of samples a class, of questions a kind."""


def truth_counts(document: Mapping[str, Any]) -> Counts:
    """Return, for statistics that were found possible, what each unit says of the truth.

    Spot-then-recognise says it under the strict rules alone: the official ones leave subjects out. Empty without them.
    """
    return _TASKS[str(document.get("task", "str"))](document)


def counts_hash(counts: Counts) -> str:
    """Return the sha256 of counts; the order of the units is no part of it."""
    return hashlib.sha256(canonical_json(counts).encode()).hexdigest()


def refuse_other_counts(mine: Counts, other: Counts, whose: str) -> None:
    """Raise a MebenchError that names the first unit of which two results say different truths.

    Args:
        mine: of the result that is looked at.
        other: of another one of the same table, or empty.
        whose: how the sentence names that one, as `record 0123`.
    """
    if not mine or not other or mine == other:
        return
    name = min(one for one in mine.keys() | other.keys() if mine.get(one) != other.get(one))
    said = [", ".join(map(str, counts[name])) if name in counts else "nothing" for counts in (mine, other)]
    raise MebenchError(
        f"{name}: the true counts are {said[0]}, but {said[1]} in {whose}; results of one table are scored on one truth"
    )


def _name(*parts: str) -> str:
    return "/".join(filter(None, parts))


def _intervals(document: Mapping[str, Any]) -> Counts:
    strict = document.get("strict") or {"subjects": ()}
    return {
        _name(person["dataset"], person["subject"], video["video"]): [video["tp"] + video["fn"]]
        for person in strict["subjects"]
        for video in person["videos"]
    }


def _spotted(document: Mapping[str, Any]) -> Counts:
    name = sorted(document["counted"])[0]
    return {
        _name(one["dataset"], one["subject"], one["video"]): [tp + fn for tp, _, fn in one[name]]
        for one in document["videos"]
    }


def _samples(document: Mapping[str, Any]) -> Counts:
    return {
        _name(one["dataset"], one["subject"]): [sum(row) for row in one["confusion"]] for one in document["subjects"]
    }


def _clips(document: Mapping[str, Any]) -> Counts:
    classes = ("coarse", "fine")
    return {
        _name(one["dataset"], one["clip"]): [one["rows"], *(sum(row) for form in classes for row in one[form])]
        for one in document["clips"]
    }


def _long_videos(document: Mapping[str, Any]) -> Counts:
    places = [place for place, name in enumerate(document["sums"]) if name == "sums" or name.endswith("rows")]
    return {
        _name(one["dataset"], one["clip"]): [
            *(int(one["sums"][place]) for place in places),
            *(int(sum(row)) for row in one["types"]),
        ]
        for one in document["videos"]
    }


_TASKS: Mapping[str, Callable[[Mapping[str, Any]], Counts]] = MappingProxyType(
    {"str": _intervals, "spotting": _spotted, "recognition": _samples, "vqa": _clips, "lvqa": _long_videos}
)
