"""Counts of spotted macro- and micro-expressions, video by video, under each of the named rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Bool, Int64

from mebench.errors import MebenchError
from mebench.metrics.json_numbers import MOST, UNREADABLE, names_of, texts_of
from mebench.metrics.matching import Edges, edges, one_to_one
from mebench.metrics.sample import Sample, Sums, Values
from mebench.metrics.spotting.rules import IOU, RULES, SpottingRules
from mebench.metrics.spotting.videos import SpottedSide, Videos
from mebench.metrics.str.figures import precision_recall_f1
from mebench.tables.spotting import MACRO, MICRO

SCHEMA = 1
SCORER = "spotting/1"
KINDS = (MACRO, MICRO)
"""Order of the parts `macro` and `micro`."""

COUNTS = ("tp", "fp", "fn")

PARTS = ("macro", "micro", "overall")

NAMES = (*COUNTS, "precision", "recall", "f1")

SPOTTING_FIGURES = tuple(f"{part}_{name}" for part in PARTS for name in NAMES)
"""Figures of every sample, in order: `macro_tp` ... `overall_f1`."""

NO_TYPES = "these rules do not tell macro- from micro-expressions"

ESTIMATED = "estimated from duration"
"""What statistics and scores say of types that no file told."""


@dataclass(frozen=True, eq=False)
class SpottingStatistics:
    """Counts of each video by each rules; every figure is a function of sums over videos.

    Attributes:
        rules: names, as asked for; those with `same_as` have their counts there.
        dataset, subject, video: ids, one entry a video; dataset and subject are empty where unknown.
        counts: by name of the rules that count: TP, FP, FN of each video and part (`SpottingRules.parts`).
        warnings: by name of the rules; under "" what holds for all.
        estimated: whether types were guessed from durations, so that figures of one type are estimates.
    """

    rules: tuple[str, ...]
    dataset: tuple[str, ...]
    subject: tuple[str, ...]
    video: tuple[str, ...]
    counts: Mapping[str, Int64[np.ndarray, "v parts 3"]]
    warnings: Mapping[str, tuple[str, ...]]
    estimated: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers, enough to recompute every figure and interval; `spotting_from_json` reads."""
        videos = [
            {
                "dataset": self.dataset[row],
                "subject": self.subject[row],
                "video": self.video[row],
                **{name: counts[row].tolist() for name, counts in self.counts.items()},
            }
            for row in range(len(self.video))
        ]
        return {
            "schema": SCHEMA,
            "task": "spotting",
            "scorer": SCORER,
            "iou": IOU,
            "rules": list(self.rules),
            **({"types": ESTIMATED} if self.estimated else {}),
            "counted": {name: list(RULES[name].parts) for name in self.counts},
            "videos": videos,
            "warnings": {name: list(texts) for name, texts in self.warnings.items()},
        }


def spotting_from_json(document: dict[str, Any]) -> SpottingStatistics:
    """Return the statistics that `SpottingStatistics.to_json` wrote.

    Raises:
        MebenchError: another schema or scorer, something missing or of another type, or counts that cannot be.
    """
    if (document.get("schema"), document.get("task"), document.get("scorer")) != (SCHEMA, "spotting", SCORER):
        raise MebenchError(f"these are no spotting statistics of schema {SCHEMA} by {SCORER}; write them again")
    try:
        return _read(document)
    except UNREADABLE as error:
        raise MebenchError(
            f"spotting statistics cannot be read: {type(error).__name__} {error}; write them again"
        ) from error


def spotting_statistics(videos: Videos, rules: Sequence[SpottingRules]) -> SpottingStatistics:
    """Return what each of the rules counts in each video.

    Raises:
        MebenchError: no video, or rules by duration where the frame rate of a video is unknown.
    """
    if not len(videos):
        raise MebenchError(f"{videos.source}: there is no video to score; give intervals or a manifest")
    counted = {RULES[one.same_as or one.name] for one in rules}
    _refuse_unknown_rates(videos, [one for one in rules if one.types == "duration"])
    sides = [(videos.spotted("pred", row), videos.spotted("truth", row)) for row in range(len(videos))]
    counts = {
        one.name: np.array(
            [count_video(one, *pair, float(fps)) for pair, fps in zip(sides, videos.fps, strict=True)], np.int64
        ).reshape(len(videos), len(one.parts), 3)
        for one in RULES.values()
        if one in counted
    }
    names = tuple(one.name for one in rules)
    warnings = {one.name: _warnings(one, counts[one.same_as or one.name]) for one in rules}
    ids = videos.dataset, videos.subject, videos.video
    return SpottingStatistics(names, *ids, counts, {"": videos.notes} | warnings, videos.estimated)


def count_video(rules: SpottingRules, pred: SpottedSide, truth: SpottedSide, fps: float) -> list[list[int]]:
    """Return TP, FP, FN of one video for each of the rules' parts."""
    if rules.types == "none":
        skip = rules.videos == "with_truth" and not len(truth)
        return [[0, 0, 0] if skip else _counted(int(found_truths(rules, pred, truth).sum()), len(pred), len(truth))]
    if rules.types == "duration":
        hit = truth.where(found_truths(rules, pred, truth)).by_duration(fps)
        timed = pred.by_duration(fps)
        return [_counted(*(int(np.sum(side.kind == kind)) for side in (hit, timed, truth))) for kind in KINDS]
    parts = []
    for kind in KINDS:
        mine, true = pred.where(pred.kind == kind), truth.where(truth.kind == kind)
        skip = rules.videos == "with_type" and not len(true)
        parts.append([0, 0, 0] if skip else _counted(int(found_truths(rules, mine, true).sum()), len(mine), len(true)))
    return parts


def found_truths(rules: SpottingRules, pred: SpottedSide, truth: SpottedSide) -> Bool[np.ndarray, " g"]:
    """Return which true intervals count as found, types apart (`SpottingRules.found`, `SpottingRules.marks`)."""
    if rules.marks and truth.found is not None:
        return truth.found
    if rules.found == "one_to_one":  # sorted first: ties of the matching are decided by the order of rows
        pred, back = pred.where(np.lexsort((pred.offset, pred.onset))), np.lexsort((truth.offset, truth.onset))
        hit = np.zeros(len(truth), bool)
        hit[back[one_to_one(_edges(rules, pred, truth.where(back)))[1]]] = True
        return hit
    pairs = _edges(rules, pred, truth)
    hit = np.zeros(len(truth), bool)
    if rules.found == "any":
        hit[pairs.truth] = True
    elif rules.found == "best":  # of each prediction the pair of highest IoU, the later truth where equal
        order = np.lexsort((-pairs.truth, -pairs.iou, pairs.pred))
        hit[pairs.truth[order[np.unique(pairs.pred[order], return_index=True)[1]]]] = True
    else:
        taken, place = np.unique(pairs.truth, return_index=True)  # edges are in order of prediction
        hit[taken[pairs.iou[place] >= IOU]] = True
    return hit


def _edges(rules: SpottingRules, pred: SpottedSide, truth: SpottedSide) -> Edges:
    short = 1 if rules.ends == "exclusive" else 0
    pairs = edges(pred.onset, pred.offset - short, truth.onset, truth.offset - short, rules.gate)
    if rules.single_frames:
        return pairs
    kept = (pred.offset > pred.onset)[pairs.pred] & (truth.offset > truth.onset)[pairs.truth]
    return Edges(pairs.pred[kept], pairs.truth[kept], pairs.iou[kept])


def _counted(found: int, predictions: int, truths: int) -> list[int]:
    return [found, predictions - found, truths - found]


def _refuse_unknown_rates(videos: Videos, rules: Sequence[SpottingRules]) -> None:
    unknown = np.flatnonzero(np.isnan(videos.fps))
    if rules and len(unknown):
        raise MebenchError(
            f"{videos.source}: rules {rules[0].name} need the frame rate, which is unknown for video "
            f"{videos.video[unknown[0]]}; give a manifest (dataset,subject,video,num_frames,fps)"
        )


def _warnings(rules: SpottingRules, counts: Int64[np.ndarray, "v parts 3"]) -> tuple[str, ...]:
    total = dict(zip(rules.parts, counts.sum(0).tolist(), strict=True))
    found = [f"counted as {rules.same_as}; {rules.checked}"] if rules.same_as else []
    for part, (_, fp, fn) in total.items():
        if fp < 0:
            found.append(f"{part}_fp is {fp}: these rules let one prediction find several true intervals")
        if fn < 0:
            found.append(f"{part}_fn is {fn}: these rules take the type of a found interval from its duration")
    return tuple(found)


def _read(document: dict[str, Any]) -> SpottingStatistics:
    names, videos = tuple(document["rules"]), document["videos"]
    counted: dict[str, list[str]] = document["counted"]
    if {RULES[name].same_as or name for name in names} != set(counted) or len(set(names)) != len(names):
        raise ValueError("the rules and what was counted disagree")
    counts = {}
    for name, parts in counted.items():
        if tuple(parts) != RULES[name].parts:
            raise ValueError(f"parts of {name}")
        table = np.array([video[name] for video in videos])
        wrong = table.dtype.kind != "i" or table.shape != (len(videos), len(parts), 3)
        if wrong or (table[..., 0] < 0).any() or np.abs(table).max(initial=0) > MOST:
            raise ValueError(f"counts of {name}")
        counts[name] = table.astype(np.int64)
    dataset, subject, video = (names_of(videos, key) for key in ("dataset", "subject", "video"))
    if not videos or len(set(zip(dataset, subject, video, strict=True))) != len(videos):
        raise ValueError("no video, or one twice")
    warnings = {str(name): texts_of(texts) for name, texts in document["warnings"].items()}
    estimated = document.get("types") == ESTIMATED
    return SpottingStatistics(names, dataset, subject, video, counts, warnings, estimated)


def spotting_samples(document: dict[str, Any]) -> tuple[Sample, ...]:
    """Return a sample for each of the rules and, where there are several datasets, `<rules>.<dataset>` for each.

    Raises:
        MebenchError: as `spotting_from_json` says.
    """
    statistics = spotting_from_json(document)
    datasets = sorted(set(statistics.dataset))
    found = []
    for name in statistics.rules:
        found.append(_sample(name, RULES[name], statistics, np.arange(len(statistics.video))))
        if len(datasets) > 1:
            for dataset in datasets:
                rows = np.flatnonzero([one == dataset for one in statistics.dataset])
                found.append(_sample(f"{name}.{dataset or 'unnamed'}", RULES[name], statistics, rows))
    return tuple(found)


def units_of_spotting(
    statistics: SpottingStatistics, rows: Int64[np.ndarray, " r"]
) -> tuple[str, tuple[str, ...], Int64[np.ndarray, " r"]]:
    """Return what is resampled among these videos: its kind, names and which of them each video belongs to.

    Subjects where every video names one and there are several; else videos.
    """
    ids = [(statistics.dataset[row], statistics.subject[row], statistics.video[row]) for row in rows]
    people = ["/".join(filter(None, (dataset, subject))) for dataset, subject, _ in ids]
    by_subject = all(subject for _, subject, _ in ids) and len(set(people)) > 1
    labels = people if by_subject else ["/".join(filter(None, one)) for one in ids]
    names = tuple(sorted(set(labels)))
    place = {name: index for index, name in enumerate(names)}
    return ("subjects" if by_subject else "videos"), names, np.array([place[label] for label in labels], np.int64)


def figures_of_counts(rules: SpottingRules, sums: Sums) -> dict[str, Values]:
    """Return every figure of summed counts; P, R and F1 are 0 where undefined, NaN where the rules know no types."""
    counts = sums["counts"]  # (B, parts, 3)
    summed = dict(zip(rules.parts, np.moveaxis(counts, 1, 0), strict=True))
    if "overall" not in summed:
        summed["overall"] = counts.sum(1)
    unknown = np.full((len(counts), 3), np.nan)
    found: dict[str, Values] = {}
    for part in PARTS:
        tp, fp, fn = np.moveaxis(summed.get(part, unknown), 1, 0)
        values = (tp, fp, fn, *precision_recall_f1(tp, fp, fn))
        found |= {f"{part}_{name}": value for name, value in zip(NAMES, values, strict=True)}
    return found


def _sample(name: str, rules: SpottingRules, statistics: SpottingStatistics, rows: Int64[np.ndarray, " r"]) -> Sample:
    counted = rules.same_as or rules.name
    kind, names, of_video = units_of_spotting(statistics, rows)
    table = np.zeros((len(names), len(rules.parts), 3))
    np.add.at(table, of_video, statistics.counts[counted][rows])
    untyped = [figure for figure in SPOTTING_FIGURES if not figure.startswith("overall")]
    reasons = dict.fromkeys(untyped, NO_TYPES) if rules.types == "none" else {}
    settings = {"scorer": SCORER, "counted_as": counted, "iou": IOU}
    return Sample(name, settings, kind, names, {"counts": table}, partial(figures_of_counts, rules), reasons)
