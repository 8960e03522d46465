"""STRS as a careful evaluator counts it: every video, one-to-one matching (mebench/docs/str.md, `strict`)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from mebench.metrics.matching import Edges, edges, greedy_by_rank, one_to_one
from mebench.metrics.str.statistics import (
    MATCHED_IOUS,
    Statistics,
    checked_classes,
    checked_iou,
    confusion_of,
    rows_by_video,
)
from mebench.metrics.str.validation import clipped, emotion_warnings, refuse_backwards, refuse_outside, video_lengths
from mebench.tables.intervals import IntervalTable, Manifest

SCORER = "strs-strict/1"

NO_MANIFEST = (
    "no manifest: false positives in videos that neither table names are not counted, frames are not checked against "
    "the length of the video, and times are unknown"
)


@dataclass(frozen=True, eq=False)
class _Video:
    """Counts of one video."""

    counts: tuple[int, int, int]
    errors: dict[str, int]
    confusion: np.ndarray
    scores: np.ndarray
    matched: np.ndarray


def strict_statistics(
    predictions: IntervalTable,
    truth: IntervalTable,
    manifest: Manifest | None = None,
    classes: tuple[str, ...] | None = None,
    iou: float = 0.5,
    more: Iterable[tuple[str, str]] = (),
) -> Statistics:
    """Return what the strict rules count in each video of the manifest, in order of its ids.

    Matching is one to one, with most pairs, then the largest total IoU. Rows are sorted first (score, onset, offset,
    emotion), so neither table's row order can matter. Predicted frames outside the video are clipped; an interval
    wholly outside stays and matches nothing. Recognition keeps the matched pairs whose true emotion is a class.

    Args:
        predictions: of the videos of the manifest; `score` gives average precision, `apex` the apex error.
        truth: every true interval of these videos.
        manifest: every video of the split; None: the videos that one of the tables names, and a warning.
        classes: emotions scored in recognition; None: every emotion of the truth.
        iou: intersection over union from which a pair counts.
        more: (subject, video) that count where there is no manifest, though neither table names them.

    Raises:
        MebenchError: an id that is not in the manifest, an offset before its onset, ground truth outside its video
            (each names the row), or classes or iou that cannot be.
    """
    classes, least = checked_classes(classes, truth.emotion), checked_iou(iou)
    refuse_backwards(predictions)
    refuse_backwards(truth)
    warnings = [NO_MANIFEST] if manifest is None else []
    keys = sorted({*predictions.keys, *truth.keys, *more}) if manifest is None else manifest.keys
    order = sorted(range(len(keys)), key=lambda i: ((manifest.dataset[i] if manifest else ""), keys[i]))
    inside = np.ones(len(predictions), bool)
    if manifest is not None:
        refuse_outside(truth, video_lengths(truth, manifest))
        predictions, inside, texts = clipped(predictions, video_lengths(predictions, manifest))
        warnings += texts
    warnings += emotion_warnings(predictions, truth, classes)
    guessed, real, none = rows_by_video(predictions.keys), rows_by_video(truth.keys), np.zeros(0, np.int64)
    videos = []
    for place in order:
        rows = _ranked(predictions, guessed.get(keys[place], none)), _ranked(truth, real.get(keys[place], none))
        fps = None if manifest is None else float(manifest.fps[place])
        videos.append(_video(predictions, truth, rows, inside, classes, least, fps))
    ranked = predictions.score is not None
    return Statistics(
        rules="strict",
        scorer=SCORER,
        classes=classes,
        iou=least,
        dataset=tuple("" if manifest is None else manifest.dataset[place] for place in order),
        subject=tuple(keys[place][0] for place in order),
        video=tuple(keys[place][1] for place in order),
        sums=_sums(videos) | _durations(manifest, order),
        confusion=np.array([video.confusion for video in videos], np.int64).reshape(
            len(order), len(classes), len(classes) + 1
        ),
        scores=tuple(video.scores for video in videos) if ranked else None,
        matched=tuple(video.matched for video in videos) if ranked else None,
        warnings=tuple(warnings),
    )


def _sums(videos: list[_Video]) -> dict[str, np.ndarray]:
    counts = np.array([video.counts for video in videos], np.int64).reshape(len(videos), 3)
    sums = dict(zip(("tp", "fp", "fn"), counts.T, strict=True))
    names = videos[0].errors if videos else ()
    return sums | {name: np.array([video.errors[name] for video in videos], np.int64) for name in names}


def _durations(manifest: Manifest | None, order: list[int]) -> dict[str, np.ndarray]:
    if manifest is None:
        return {}
    return {"duration_us": np.rint(manifest.num_frames[order] / manifest.fps[order] * 1e6).astype(np.int64)}


def _video(
    predictions: IntervalTable,
    truth: IntervalTable,
    rows: tuple[np.ndarray, np.ndarray],
    inside: np.ndarray,
    classes: tuple[str, ...],
    least: float,
    fps: float | None,
) -> _Video:
    own, real = rows
    loose = _edges(predictions, truth, own, real, inside, min(least, MATCHED_IOUS[0]))
    pred, true = one_to_one(_at_least(loose, least))
    took, hit = own[pred], real[true]
    scores = predictions.score[own] if predictions.score is not None else np.zeros(0)
    return _Video(
        counts=(len(took), len(own) - len(took), len(real) - len(took)),
        errors=_errors(predictions, truth, took, hit, fps),
        confusion=confusion_of([truth.emotion[i] for i in hit], [predictions.emotion[i] for i in took], classes),
        scores=scores,
        matched=_matched_bits(loose, len(own)) if predictions.score is not None else np.zeros(0, np.int64),
    )


def _edges(
    predictions: IntervalTable,
    truth: IntervalTable,
    own: np.ndarray,
    real: np.ndarray,
    inside: np.ndarray,
    least: float,
) -> Edges:
    kept = np.flatnonzero(inside[own])
    rows = own[kept]
    found = edges(predictions.onset[rows], predictions.offset[rows], truth.onset[real], truth.offset[real], least)
    return Edges(kept[found.pred], found.truth, found.iou)


def _at_least(pairs: Edges, least: float) -> Edges:
    kept = pairs.iou >= least
    return Edges(pairs.pred[kept], pairs.truth[kept], pairs.iou[kept])


def _matched_bits(pairs: Edges, size: int) -> Int64[np.ndarray, " p"]:
    bits = np.zeros(size, np.int64)
    for place, least in enumerate(MATCHED_IOUS):
        bits[greedy_by_rank(_at_least(pairs, least))] |= 1 << place
    return bits


def _errors(
    predictions: IntervalTable, truth: IntervalTable, took: np.ndarray, hit: np.ndarray, fps: float | None
) -> dict[str, int]:
    """Return summed absolute errors of matched pairs in frames and whole microseconds."""
    sums = {
        "onset_frames": int(np.abs(predictions.onset[took] - truth.onset[hit]).sum()),
        "offset_frames": int(np.abs(predictions.offset[took] - truth.offset[hit]).sum()),
    }
    if predictions.apex is not None and truth.apex is not None:
        known = (predictions.apex[took] >= 0) & (truth.apex[hit] >= 0)
        sums["apex_frames"] = int(np.abs(predictions.apex[took] - truth.apex[hit])[known].sum())
    if fps is not None:
        sums |= {name.replace("frames", "us"): round(frames * 1e6 / fps) for name, frames in sums.items()}
    if predictions.apex is not None and truth.apex is not None:
        sums["apex_pairs"] = int(known.sum())
    return sums


def _ranked(table: IntervalTable, rows: np.ndarray) -> np.ndarray:
    """Return the rows of one video by descending score, then onset, offset, emotion, apex: ties are equal rows."""
    emotion = np.array([table.emotion[row] for row in rows], dtype=str)
    columns = [emotion, table.offset[rows], table.onset[rows]]
    if table.apex is not None:
        columns.insert(0, table.apex[rows])
    if table.score is not None:
        columns.append(-table.score[rows])
    return rows[np.lexsort(columns)]
