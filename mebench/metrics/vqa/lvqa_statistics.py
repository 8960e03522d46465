"""Statistics of ME-LVQA: what each long video adds to the errors, the action units and the types."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from mebench.data.action_units import AU_NAMES
from mebench.errors import MebenchError, unknown_name
from mebench.metrics.class_means import absent_text, uf1_uar
from mebench.metrics.json_numbers import UNREADABLE, finite_numbers, names_of
from mebench.metrics.sample import Sample, Sums, Values, confusion_of_classes
from mebench.metrics.str.figures import ratio
from mebench.metrics.vqa.parsers import PARSERS
from mebench.metrics.vqa.statistics import rows_by_part
from mebench.tables.questions import QuestionRow

SCHEMA = 1

SCORER = "me-lvqa/1"

COUNTS = ("count", "count_micro", "count_macro")

TYPES = ("micro-expression", "macro-expression")

SUMS = (
    *("rows", "failures"),
    *(f"{name}_{what}" for name in COUNTS for what in ("rows", "error", "square")),
    *("au_rows", "au_f1", "au_jaccard", "sums", "consistent"),
)
"""Sums a video: questions and unparsable answers; by count: rows, absolute and squared error; sets of action units:
rows, F1, Jaccard; videos with all three counts, and those where total = micro + macro as answered."""

FIGURES = (
    *(f"{name}_{error}" for name in COUNTS for error in ("mae", "rmse")),
    *("au_f1", "au_jaccard", "type_uf1", "type_uar", "unparsable", "consistent"),
)
"""Figures of each part, in order."""

_WHOLE = re.compile(r"\d{1,6}")


@dataclass(frozen=True, eq=False)
class LvqaStatistics:
    """Counts of each long video.

    Attributes:
        parser: `exact` or `search`.
        dataset, clip: one entry a video; dataset is samm, cas or "".
        sums: in order of `SUMS`.
        types: answers by true and answered type (`TYPES`), last column: none.
    """

    parser: str
    dataset: tuple[str, ...]
    clip: tuple[str, ...]
    sums: Float64[np.ndarray, "u s"]
    types: Float64[np.ndarray, "u 2 3"]

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers: enough to recompute every figure and interval."""
        rows = zip(self.dataset, self.clip, self.sums.tolist(), self.types.tolist(), strict=True)
        videos = [{"dataset": d, "clip": c, "sums": sums, "types": types} for d, c, sums, types in rows]
        head = {"schema": SCHEMA, "task": "lvqa", "scorer": SCORER, "settings": {"parser": self.parser}}
        return {**head, "sums": list(SUMS), "videos": videos}


def lvqa_from_json(document: dict[str, Any]) -> LvqaStatistics:
    """Return the statistics that `LvqaStatistics.to_json` wrote.

    Raises:
        MebenchError: another schema, or something missing or of another type.
    """
    if (document.get("schema"), document.get("task"), document.get("sums")) != (SCHEMA, "lvqa", list(SUMS)):
        raise MebenchError(f"these are no ME-LVQA statistics of schema {SCHEMA}; write them again")
    try:
        videos = document["videos"]
        sums = finite_numbers([one["sums"] for one in videos], (len(videos), len(SUMS)))
        types = finite_numbers([one["types"] for one in videos], (len(videos), 2, 3))
        dataset, clip = names_of(videos, "dataset"), names_of(videos, "clip")
        return LvqaStatistics(str(document["settings"]["parser"]), dataset, clip, sums, types)
    except UNREADABLE as error:
        raise MebenchError(f"statistics cannot be read: {type(error).__name__} {error}; write them again") from error


def lvqa_statistics(pairs: Sequence[tuple[QuestionRow, QuestionRow]], parser: str = "exact") -> LvqaStatistics:
    """Return what each video adds, in order of the videos' names.

    An answer to a count in which no whole number stands is counted as unparsable and taken as 0, so its error is the
    true count: nobody gains by not answering. `search` takes the first whole number of the answer.

    Args:
        pairs: (prediction, truth) of every question (`question_rows.joined`).
        parser: how numbers and types are read from answers.

    Raises:
        MebenchError: no row, an unknown parser, or a true answer that is no number, no type or no action unit.
    """
    if parser not in PARSERS:
        raise unknown_name("parser", parser, PARSERS)
    if not pairs:
        raise MebenchError("there is no question to score; give the rows of at least one video")
    videos: dict[tuple[str, str], list[tuple[QuestionRow, QuestionRow]]] = {}
    for pair in sorted(pairs, key=lambda pair: (pair[1].clip, pair[1].id)):
        videos.setdefault((pair[1].clip, pair[1].dataset), []).append(pair)
    counted = [_video(rows, parser) for rows in videos.values()]
    return LvqaStatistics(
        parser,
        tuple(dataset for _, dataset in videos),
        tuple(clip for clip, _ in videos),
        np.array([[sums[name] for name in SUMS] for sums, _ in counted]),
        np.stack([types for _, types in counted]),
    )


def action_units(answer: str) -> frozenset[str]:
    """Return the action units that an answer names: names with commas, semicolons or `and` between, in any case.

    What is no name of an action unit is kept as it stands, so that it counts as wrong; "none" and "" are no unit.
    """
    parts = re.split(r",|;|\band\b", answer.lower())
    return frozenset(name for part in parts if (name := part.strip(" .\n\t")) not in ("", "none", "no action unit"))


def whole_number(answer: str, parser: str) -> int | None:
    """Return the number that the whole answer is, or with `search` the first whole number in it; None without one."""
    text = answer.strip().removesuffix(".").strip()
    found = _WHOLE.fullmatch(text) if parser == "exact" else _WHOLE.search(text)
    return int(found.group()) if found else None


def _video(rows: list[tuple[QuestionRow, QuestionRow]], parser: str) -> tuple[dict[str, float], np.ndarray]:
    sums, types = dict.fromkeys(SUMS, 0.0), np.zeros((2, 3))
    answered: dict[str, int] = {}
    for guess, true in rows:
        sums["rows"] += 1
        if true.form in COUNTS:
            said, real = whole_number(guess.answer, parser), _true_number(true)
            error = real if said is None else abs(said - real)
            sums["failures"] += said is None
            for what, value in (("rows", 1), ("error", error), ("square", error**2)):
                sums[f"{true.form}_{what}"] += value
            answered |= {} if said is None else {true.form: said}
        elif true.form == "au_set":
            _add_units(sums, action_units(guess.answer), _true_units(true))
        elif true.form == "kind_of_nth":
            found = PARSERS[parser](guess.answer, TYPES)
            sums["failures"] += found is None
            types[TYPES.index(_true_type(true)), 2 if found is None else TYPES.index(found)] += 1
    if {true.form for _, true in rows} >= set(COUNTS):
        sums["sums"] = 1
        whole = [answered.get(name) for name in COUNTS]
        sums["consistent"] = None not in whole and whole[0] == sum(number or 0 for number in whole[1:])
    return {name: float(value) for name, value in sums.items()}, types


def _add_units(sums: dict[str, float], said: frozenset[str], real: frozenset[str]) -> None:
    """Add set F1 = 2|A&B|/(|A|+|B|) and Jaccard; both empty score 1."""
    both, either = len(said & real), len(said | real)
    sums["au_rows"] += 1
    sums["failures"] += not said and bool(real)
    sums["au_f1"] += 2 * both / (len(said) + len(real)) if either else 1.0
    sums["au_jaccard"] += both / either if either else 1.0


def _true_number(true: QuestionRow) -> int:
    found = whole_number(true.answer, "exact")
    if found is None:
        raise MebenchError(f"{true.where}: {true.answer!r} is no whole number; mend the truth")
    return found


def _true_type(true: QuestionRow) -> str:
    found = PARSERS["exact"](true.answer, TYPES)
    if found is None:
        raise MebenchError(f"{true.where}: {true.answer!r} is none of {', '.join(TYPES)}; mend the truth")
    return found


def _true_units(true: QuestionRow) -> frozenset[str]:
    found = action_units(true.answer)
    strange = sorted(found - set(AU_NAMES.values()))
    if strange:
        raise MebenchError(f"{true.where}: {strange[0]!r} is no action unit; mend the truth")
    return found


def lvqa_samples(document: dict[str, Any]) -> tuple[Sample, ...]:
    """Return the samples `overall`, `samm` and `cas` (those that have a video) of a statistics document.

    Raises:
        MebenchError: as `lvqa_from_json` says.
    """
    statistics = lvqa_from_json(document)
    return tuple(_sample(name, statistics, rows) for name, rows in rows_by_part(statistics.dataset).items())


def lvqa_limits(statistics: LvqaStatistics) -> dict[str, str]:
    """Return by full name why a mean over the two types cannot be 1, where the truth lacks one of them."""
    found: dict[str, str] = {}
    for part, mine in rows_by_part(statistics.dataset).items():
        rows = [int(count) for count in statistics.types[mine].sum((0, 2))]
        if any(rows) and (most := absent_text(rows, TYPES, "")):
            found |= {f"{part}.{name}": most for name in ("type_uf1", "type_uar")}
    return found


def _sample(name: str, statistics: LvqaStatistics, rows: Int64[np.ndarray, " u"]) -> Sample:
    units, types = tuple(statistics.clip[row] for row in rows), statistics.types[rows]
    return Sample(
        name,
        {"scorer": SCORER, "parser": statistics.parser},
        "videos",
        units,
        {"sums": statistics.sums[rows], "types": types},
        _figures,
        dict.fromkeys(FIGURES, "no question of this kind"),
        {"type": confusion_of_classes(TYPES, types.sum(0).astype(np.int64))},
    )


def _figures(weighted: Sums) -> dict[str, Values]:
    sums = dict(zip(SUMS, weighted["sums"].T, strict=True))
    found: dict[str, Values] = {}
    for count in COUNTS:
        found[f"{count}_mae"] = ratio(sums[f"{count}_error"], sums[f"{count}_rows"], np.nan)
        found[f"{count}_rmse"] = np.sqrt(ratio(sums[f"{count}_square"], sums[f"{count}_rows"], np.nan))
    for figure in ("au_f1", "au_jaccard"):
        found[figure] = ratio(sums[figure], sums["au_rows"], np.nan)
    found["type_uf1"], found["type_uar"] = uf1_uar(weighted["types"], (0, 1))
    found["unparsable"] = ratio(sums["failures"], sums["rows"], np.nan)
    found["consistent"] = ratio(sums["consistent"], sums["sums"], np.nan)
    return found
