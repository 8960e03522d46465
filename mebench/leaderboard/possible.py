"""Counts that no predictions can have: negative, broken, more hits than intervals, a unit twice."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from mebench.errors import MebenchError, unknown_name
from mebench.leaderboard.json_values import are_counts, are_texts, is_count, is_table
from mebench.leaderboard.possible_answers import clip_faults, long_video_faults
from mebench.metrics.spotting.rules import RULES, SpottingRules
from mebench.metrics.str.statistics import MATCHED_IOUS

ERRORS = ("onset_frames", "onset_us", "offset_frames", "offset_us", "apex_frames", "apex_us", "apex_pairs")
SUMS = ("tp", "fp", "fn", *ERRORS, "duration_us")
OTHERS = ("video", "confusion", "scores", "matched")

Faults = Iterable[str]

Name = tuple[Any, ...]
"""Of a unit: dataset ("" where unknown), subject, video; texts, once that was looked at."""


def refuse_impossible(document: Mapping[str, Any]) -> None:
    """Raise a MebenchError that names the first unit of statistics whose counts no predictions can have.

    Only counts are looked at here; what is missing or of another shape is refused by the statistics' own reader.
    """
    task = str(document.get("task", "str"))
    if task not in _TASKS:
        raise unknown_name("task of statistics", task, _TASKS)
    try:
        fault = next(iter(_TASKS[task](document)), None)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise MebenchError(f"statistics cannot be read: {type(error).__name__} {error}; write them again") from error
    if fault:
        raise MebenchError(f"these counts cannot be: {fault}; score the predictions again")


def _str_faults(document: Mapping[str, Any]) -> Faults:
    there = {rules: _videos(document[rules]) for rules in ("official", "strict") if rules in document}
    for rules, videos in there.items():
        yield from _head_faults(rules, document[rules])
        yield from _twice(rules, [name for name, _ in videos])
        for name, video in videos:
            yield from (f"{rules}, {_text(name)}: {what}" for what in _video_faults(rules, video, document[rules]))
    if len(there) == 2:
        yield from _official_faults(dict(there["official"]), dict(there["strict"]))


def _head_faults(rules: str, statistics: Mapping[str, Any]) -> Faults:
    if statistics["rules"] != rules:
        yield f"{rules} says that its rules are {statistics['rules']}"
    if not are_texts([statistics["scorer"], *statistics["classes"], *statistics["warnings"]]):
        yield f"{rules}: scorer, classes and warnings are no texts"
    if not isinstance(statistics["iou"], float) or not 0 < statistics["iou"] <= 1:
        yield f"{rules}: {statistics['iou']} is no intersection over union"


def _videos(statistics: Mapping[str, Any]) -> list[tuple[Name, Mapping[str, Any]]]:
    return [
        ((person["dataset"], person["subject"], video["video"]), video)
        for person in statistics["subjects"]
        for video in person["videos"]
    ]


def _video_faults(rules: str, video: Mapping[str, Any], statistics: Mapping[str, Any]) -> Faults:
    sums = {name: value for name, value in video.items() if name not in OTHERS}
    for name, value in sums.items():
        if name not in SUMS:
            yield f"{name} is no count of the scorer"
        elif not is_count(value):
            yield f"{name} is {value}, not a whole number from 0"
    if not all(is_count(value) for value in sums.values()):
        return
    classes = len(statistics["classes"])
    if not is_table(video["confusion"], classes, classes + 1):
        yield f"the table of recognised pairs is none of {classes} classes with counts"
    elif (pairs := sum(map(sum, video["confusion"]))) > video["tp"]:
        yield f"{pairs} recognised pairs of {video['tp']} found intervals"
    if not video["tp"] and any(video.get(name) for name in ERRORS):
        yield "errors of pairs, but nothing was found"
    if video.get("apex_pairs", 0) > video["tp"]:
        yield "more apex errors than found intervals"
    if rules == "strict" and "scores" in video:
        yield from _score_faults(video, float(statistics["iou"]))


def _score_faults(video: Mapping[str, Any], iou: float) -> Faults:
    """Return what is wrong with the ranked scores: a greedy matching finds no more than the largest one."""
    scores, matched = video["scores"], video["matched"]
    if len(scores) != len(matched) or len(scores) != video["tp"] + video["fp"]:
        yield f"{len(scores)} scores and {len(matched)} matches for {video['tp'] + video['fp']} predictions"
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in scores):
        yield "a score that is no number"
    elif list(scores) != sorted(scores, reverse=True):
        yield "scores that do not descend"
    if not are_counts(matched) or any(bits >= 1 << len(MATCHED_IOUS) for bits in matched):
        yield "a match that is none"
        return
    for place, least in enumerate(MATCHED_IOUS):
        most = video["tp"] if least >= iou else video["tp"] + video["fn"]
        if sum(bits >> place & 1 for bits in matched) > most:
            yield f"more matches at an IoU of {least} than {most}"


def _official_faults(official: Mapping[Name, Mapping[str, Any]], strict: Mapping[Name, Mapping[str, Any]]) -> Faults:
    """Return where the official rules tell of other intervals than the strict ones.

    They count a video where its subject has a prediction in any video, and there one prediction may find several.
    """
    known = {("", *name[1:]): video for name, video in strict.items()} | dict(strict)
    present = {name[1] for name, video in strict.items() if video["tp"] + video["fp"]}
    for name, video in official.items():
        other = known.get(name)
        if other is None:
            yield f"official, {_text(name)}: the strict rules know no such video"
            continue
        true = other["tp"] + other["fn"] if name[1] in present else 0
        guesses = other["tp"] + other["fp"]
        if video["tp"] + video["fn"] != true:
            yield f"{_text(name)}: {video['tp'] + video['fn']} true intervals by the official rules, not {true}"
        if not video["fp"] <= guesses <= video["tp"] + video["fp"]:
            yield f"{_text(name)}: {guesses} predictions, but official tp {video['tp']} and fp {video['fp']}"


def _recognition_faults(document: Mapping[str, Any]) -> Faults:
    names = [(one["dataset"], one["subject"]) for one in document["subjects"]]
    yield from _twice("recognition", names)
    if not are_texts(document["classes"]):
        yield "classes are no texts"
    if document.get("labels", "present") != "present":
        yield f"labels {document['labels']}: boards leave classes without a true sample out of the means"
    classes = len(document["classes"])
    for name, one in zip(names, document["subjects"], strict=True):
        if not is_table(one["confusion"], classes, classes + 1) or not sum(map(sum, one["confusion"])):
            yield f"{_text(name)}: {one['confusion']} is no table of samples in {classes} classes"


def _spotting_faults(document: Mapping[str, Any]) -> Faults:
    yield from _twice("spotting", [(one["dataset"], one["subject"], one["video"]) for one in document["videos"]])
    for one in document["videos"]:
        where = _text((one["dataset"], one["subject"], one["video"]))
        for name in document["counted"]:
            for counts in one[name]:
                if not all(type(count) is int for count in counts) or not _can_be(RULES[name], *counts):
                    yield f"{where}: tp, fp, fn of {counts} under {name}"


def _can_be(rules: SpottingRules, tp: int, fp: int, fn: int) -> bool:
    """Return whether counts are possible: FP or FN below 0 alone where the rules' codes make it so."""
    if tp < 0 or tp + fp < 0 or tp + fn < 0:
        return False
    return (fp >= 0 or rules.found in ("any", "first")) and (fn >= 0 or rules.types == "duration")


def _twice(what: str, names: Sequence[Name]) -> Faults:
    if strange := [name for name in names if not are_texts(name)]:
        return (f"{what}, {strange[0]} is no name",)
    return (f"{what}, {_text(name)} is there twice" for name in sorted(set(names)) if names.count(name) > 1)


def _text(name: Name) -> str:
    return "/".join(filter(None, name))


_TASKS: Mapping[str, Callable[[Mapping[str, Any]], Faults]] = MappingProxyType(
    {
        "str": _str_faults,
        "spotting": _spotting_faults,
        "recognition": _recognition_faults,
        "vqa": clip_faults,
        "lvqa": long_video_faults,
    }
)
