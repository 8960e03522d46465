"""Statistics of ME-VQA: what each clip adds to the six columns, without any text of question or answer."""

import functools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from mebench.errors import MebenchError, unknown_name
from mebench.metrics.class_means import LABELS, label_set, uf1_uar
from mebench.metrics.json_numbers import UNREADABLE, finite_numbers, names_of, whole_numbers
from mebench.metrics.sample import Sample, Sums, Values, confusion_of_classes
from mebench.metrics.str.figures import ratio
from mebench.metrics.vqa.parsers import DECLARED, PARSERS, VOCABULARY
from mebench.metrics.vqa.text import BLEUS, ORDER, ROUGES, bleu_of, bleu_sums, rouge_1
from mebench.tables.questions import QuestionRow

SCHEMA = 1

SCORER = "me-vqa/1"

FORMS = ("coarse", "fine")

PARTS = MappingProxyType({"overall": None, "samm": "samm", "cas": "cas"})
"""Name of each part, and the dataset that it is restricted to."""

SIX = ("uf1_coarse", "uar_coarse", "uf1_fine", "uar_fine", "bleu", "rouge1")
"""The columns of the leaderboard, in order; `final` is their plain mean over the overall part."""

COUNTS = ("rows", "failures", *FORMS, "bleu", "rouge")
"""What each clip adds: columns of the statistics, in order."""

_bleu_sums = functools.lru_cache(maxsize=2**14)(bleu_sums)


@dataclass(frozen=True)
class VqaSettings:
    """Choices that the organisers leave open: parser, label set, BLEU and ROUGE."""

    parser: str = "exact"
    labels: str = "declared"
    bleu: str = "corpus4"
    rouge: str = "f"

    def __post_init__(self) -> None:
        """Refuse an unknown name, with the nearest one."""
        for name, allowed in (("parser", PARSERS), ("labels", LABELS), ("bleu", BLEUS), ("rouge", ROUGES)):
            if (value := getattr(self, name)) not in allowed:
                raise unknown_name(name, value, allowed)


@dataclass(frozen=True, eq=False)
class VqaStatistics:
    """Counts of each clip.

    Attributes:
        settings: of the scorer.
        dataset, clip: one entry a clip; dataset is samm, cas or "".
        rows: questions.
        failures: answers to the class questions that name no class.
        coarse, fine: answers by true class and answered class, both in order of `VOCABULARY`; last column: none.
        bleu: summed `bleu_sums` of its rows.
        rouge: summed ROUGE-1 of its rows.
    """

    settings: VqaSettings
    dataset: tuple[str, ...]
    clip: tuple[str, ...]
    rows: Int64[np.ndarray, " u"]
    failures: Int64[np.ndarray, " u"]
    coarse: Int64[np.ndarray, "u c1 p1"]
    fine: Int64[np.ndarray, "u c2 p2"]
    bleu: Float64[np.ndarray, "u s"]
    rouge: Float64[np.ndarray, " u"]

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers: enough to recompute every figure and interval."""
        lists = [getattr(self, name).tolist() for name in COUNTS]
        clips = [
            {"dataset": dataset, "clip": clip, **dict(zip(COUNTS, values, strict=True))}
            for dataset, clip, *values in zip(self.dataset, self.clip, *lists, strict=True)
        ]
        words = {form: list(VOCABULARY[form]) for form in FORMS}
        settings = asdict(self.settings)
        return {"schema": SCHEMA, "task": "vqa", "scorer": SCORER, "settings": settings, "words": words, "clips": clips}


def vqa_from_json(document: dict[str, Any]) -> VqaStatistics:
    """Return the statistics that `VqaStatistics.to_json` wrote.

    Raises:
        MebenchError: another schema or vocabulary, or something missing or of another type.
    """
    words = {form: list(VOCABULARY[form]) for form in FORMS}
    head = (document.get("schema"), document.get("task"), document.get("words"))
    if head != (SCHEMA, "vqa", words):
        raise MebenchError(f"these are no ME-VQA statistics of schema {SCHEMA}; write them again")
    try:
        clips = document["clips"]
        settings = VqaSettings(**document["settings"])
        size = 1 if settings.bleu == "sentence4-smooth1" else 2 * ORDER + 2
        units = len(clips)
        counts = {name: whole_numbers([one[name] for one in clips], (units,)) for name in ("rows", "failures")}
        tables = {
            form: whole_numbers([one[form] for one in clips], (units, len(words[form]), len(words[form]) + 1))
            for form in FORMS
        }
        bleu = finite_numbers([one["bleu"] for one in clips], (units, size))
        rouge = finite_numbers([one["rouge"] for one in clips], (units,))
        dataset, clip = names_of(clips, "dataset"), names_of(clips, "clip")
    except UNREADABLE as error:
        raise MebenchError(f"statistics cannot be read: {type(error).__name__} {error}; write them again") from error
    return VqaStatistics(settings, dataset, clip, **counts, **tables, bleu=bleu, rouge=rouge)


def vqa_statistics(pairs: Sequence[tuple[QuestionRow, QuestionRow]], settings: VqaSettings) -> VqaStatistics:
    """Return what each clip adds, in order of the clips' names.

    Args:
        pairs: (prediction, truth) of every question (`question_rows.joined`).
        settings: as they say.

    Raises:
        MebenchError: no row, a true answer to a class question that names no class, or an empty true answer.
    """
    if not pairs:
        raise MebenchError("there is no question to score; give the rows of at least one clip")
    clips: dict[tuple[str, str], list[tuple[QuestionRow, QuestionRow]]] = {}
    for pair in sorted(pairs, key=lambda pair: (pair[1].clip, pair[1].id)):
        clips.setdefault((pair[1].clip, pair[1].dataset), []).append(pair)
    counted = [_clip(rows, settings) for rows in clips.values()]
    rows, failures, coarse, fine, bleu, rouge = (np.stack(column) for column in zip(*counted, strict=True))
    names = tuple(clip for clip, _ in clips)
    return VqaStatistics(settings, tuple(d for _, d in clips), names, rows, failures, coarse, fine, bleu, rouge)


def _clip(rows: list[tuple[QuestionRow, QuestionRow]], settings: VqaSettings) -> tuple[np.ndarray, ...]:
    tables = {form: np.zeros((len(VOCABULARY[form]), len(VOCABULARY[form]) + 1), np.int64) for form in FORMS}
    failures = 0
    for guess, true in rows:
        if not true.answer:
            raise MebenchError(f"{true.where}: the answer is empty; score with the answered file")
        if true.form in FORMS:
            words = VOCABULARY[true.form]
            said = PARSERS[settings.parser](guess.answer, words)
            failures += said is None
            place = words.index(said) if said is not None else len(words)
            tables[true.form][words.index(_true_class(true)), place] += 1
    bleu = np.sum([_bleu_sums(guess.answer, true.answer, settings.bleu) for guess, true in rows], axis=0)
    rouge = np.sum([rouge_1(guess.answer, true.answer, settings.rouge) for guess, true in rows])
    return np.array(len(rows)), np.array(failures), tables["coarse"], tables["fine"], bleu, np.array(rouge)


def _true_class(true: QuestionRow) -> str:
    found = PARSERS["exact"](true.answer, VOCABULARY[true.form])
    if found is None:
        raise MebenchError(
            f"{true.where}: answer {true.answer!r} is none of {', '.join(VOCABULARY[true.form])}; mend the truth"
        )
    return found


def vqa_samples(document: dict[str, Any]) -> tuple[Sample, ...]:
    """Return the samples `overall`, `samm` and `cas` (those that have a clip) of a statistics document.

    Raises:
        MebenchError: as `vqa_from_json` says.
    """
    statistics = vqa_from_json(document)
    return tuple(_sample(name, statistics, rows) for name, rows in rows_by_part(statistics.dataset).items())


def rows_by_part(datasets: Sequence[str]) -> dict[str, Int64[np.ndarray, " _"]]:
    """Return the units of each part that has one."""
    found = {name: np.flatnonzero([one in (None, each) for each in datasets]) for name, one in PARTS.items()}
    return {name: rows for name, rows in found.items() if len(rows)}


def declared(form: str) -> tuple[int, ...]:
    """Return the places of the declared classes in the vocabulary of a form of question."""
    return tuple(VOCABULARY[form].index(word) for word in DECLARED[form])


def _sample(name: str, statistics: VqaStatistics, rows: Int64[np.ndarray, " u"]) -> Sample:
    settings, whole = statistics.settings, name == "overall"
    total = {form: getattr(statistics, form)[rows].sum(0) for form in FORMS}
    classes = {form: label_set(counts, declared(form), settings.labels) for form, counts in total.items()}

    def figures(sums: Sums) -> dict[str, Values]:
        found: dict[str, Values] = {}
        for form in FORMS:
            found[f"uf1_{form}"], found[f"uar_{form}"] = uf1_uar(sums[form], classes[form])  # (B, C, C + 1)
        found["bleu"] = bleu_of(sums["bleu"], sums["rows"], settings.bleu)
        found["rouge1"] = ratio(sums["rouge"], sums["rows"], np.nan)
        found["parse_failures"] = sums["failures"]
        return found | ({"final": np.mean([found[column] for column in SIX], axis=0)} if whole else {})

    return Sample(
        name,
        {"scorer": SCORER, **asdict(settings)},
        "clips",
        tuple(statistics.clip[row] for row in rows),
        {count: getattr(statistics, count)[rows].astype(np.float64) for count in COUNTS},
        figures,
        {f"{mean}_{form}": "no question of this kind" for form in FORMS for mean in ("uf1", "uar")}
        | ({"final": "one of the six columns is undefined"} if whole else {}),
        {form: confusion_of_classes(VOCABULARY[form], counts) for form, counts in total.items()},
    )
