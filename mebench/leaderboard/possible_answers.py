"""Counts that no answers can have: of ME-VQA a clip, of ME-LVQA a long video."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from mebench.leaderboard.json_values import are_counts, are_texts, is_amount
from mebench.metrics.vqa.lvqa_statistics import COUNTS
from mebench.metrics.vqa.text import ORDER

Faults = Iterable[str]


def clip_faults(document: Mapping[str, Any]) -> Faults:
    """Yield what is wrong with the clips of ME-VQA statistics."""
    if not are_texts(document["settings"].values()):
        yield "settings are no texts"
    yield from _twice(document["clips"])
    for one in document["clips"]:
        yield from (f"{one['clip']}: {what}" for what in _clip(one, document["settings"]["bleu"]))


def _clip(one: Mapping[str, Any], bleu: str) -> Faults:
    tables = [one["coarse"], one["fine"]]
    answers = [count for table in tables for row in table for count in row]
    if not are_counts([*answers, one["rows"], one["failures"]]):
        yield "a count that is no whole number from 0"
        return
    if not one["rows"] or sum(answers) > one["rows"]:
        yield f"{sum(answers)} answers to {one['rows']} questions"
    if one["failures"] != sum(row[-1] for table in tables for row in table):
        yield f"{one['failures']} answers without a class, but the table of answers has others"
    if not is_amount(one["rouge"], one["rows"]):
        yield f"a summed ROUGE-1 of {one['rouge']} for {one['rows']} questions"
    if bleu == "sentence4-smooth1":
        if not all(is_amount(value, one["rows"]) for value in one["bleu"]):
            yield f"a summed BLEU of {one['bleu']} for {one['rows']} questions"
        return
    yield from _ngrams(one["bleu"], one["rows"])


def _ngrams(sums: list[Any], rows: int) -> Faults:
    """Yield what is wrong with summed n-grams: matched, possible, lengths of answer and truth (`bleu_sums`)."""
    matched, possible, (guess, real) = sums[:ORDER], sums[ORDER : 2 * ORDER], sums[2 * ORDER :]
    if not all(is_amount(value, float("inf")) and float(value).is_integer() for value in sums):
        yield "summed n-grams that are no whole numbers from 0"
    elif any(mine > most for mine, most in zip(matched, possible, strict=True)):
        yield "more n-grams matched than there are"
    elif matched[0] > real or possible[0] != guess or real < rows:
        yield "n-grams that do not fit the lengths of answers and truth"
    elif any(later > sooner for sooner, later in pairwise(possible)):
        yield "more long n-grams than short ones"


def long_video_faults(document: Mapping[str, Any]) -> Faults:
    """Yield what is wrong with the videos of ME-LVQA statistics."""
    if not are_texts([document["settings"]["parser"]]):
        yield "the parser is no text"
    yield from _twice(document["videos"])
    for one in document["videos"]:
        sums = dict(zip(document["sums"], one["sums"], strict=True))
        types = [count for row in one["types"] for count in row]
        yield from (f"{one['clip']}: {what}" for what in _long_video(sums, types))


def _long_video(sums: Mapping[str, Any], types: list[Any]) -> Faults:
    shares = ("au_f1", "au_jaccard")
    whole = [value for name, value in sums.items() if name not in shares]
    if not all(is_amount(value, float("inf")) and float(value).is_integer() for value in (*whole, *types)):
        yield "a count that is no whole number from 0"
        return
    asked = sum(sums[f"{name}_rows"] for name in COUNTS) + sums["au_rows"] + sum(types)
    if not sums["rows"] or asked > sums["rows"] or sums["failures"] > sums["rows"]:
        yield f"{asked:g} questions of {sums['rows']:g}"
    if sums["sums"] > 1 or sums["consistent"] > sums["sums"]:
        yield "more sums of counts than a video has"
    for name in COUNTS:
        rows, error, square = (sums[f"{name}_{what}"] for what in ("rows", "error", "square"))
        if square < error or (not rows and error):
            yield f"{name}: squared errors of {square:g} for errors of {error:g} in {rows:g} questions"
    if not all(is_amount(sums[name], sums["au_rows"]) for name in shares) or sums["au_jaccard"] > sums["au_f1"] + 1e-9:
        yield f"action units: F1 {sums['au_f1']:g} and Jaccard {sums['au_jaccard']:g} in {sums['au_rows']:g} questions"


def _twice(units: list[Mapping[str, Any]]) -> Faults:
    names = [(one["dataset"], one["clip"]) for one in units]
    if strange := [name for name in names if not are_texts(name)]:
        return (f"{strange[0]} is no name",)
    return (f"{name[1]} is there twice" for name in sorted(set(names)) if names.count(name) > 1)
