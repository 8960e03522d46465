"""Scoring spot-then-recognise predictions, beside the official rule in plain Python over pandas tables."""

import os
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from mebench.benchmarks.rows import BenchmarkRow, seconds_beside
from mebench.errors import MebenchError
from mebench.metrics.score import Score, score_of
from mebench.metrics.str.score import counted_str, str_statistics
from mebench.tables.intervals import IntervalTable, Manifest

CLASSES = ("negative", "positive", "surprise")

VIDEOS, FRAMES, FPS, TRUTHS = 30, 7000, 200.0, 210


@dataclass(frozen=True, eq=False)
class Tables:
    """Made-up predictions, truth and manifest of 30 long videos of 15 subjects."""

    predictions: IntervalTable
    truth: IntervalTable
    manifest: Manifest


def made_tables(predictions: int = 10_000, seed: int = 0) -> Tables:
    """Return seeded tables: intervals anywhere, and a tenth of the true ones nearly hit."""
    generator = np.random.default_rng(seed)
    subject, video = [str(n // 2) for n in range(VIDEOS)], [f"v{n:02d}" for n in range(VIDEOS)]

    def table(size: int, near: IntervalTable | None) -> IntervalTable:
        place = generator.integers(0, VIDEOS, size)
        onset, length = generator.integers(0, FRAMES - 100, size), generator.integers(20, 100, size)
        if near is not None:
            hits = len(near) // 10
            place[:hits] = [video.index(one) for one in near.video[:hits]]
            onset[:hits] = near.onset[:hits] + 2
            length[:hits] = np.maximum(near.offset[:hits] - onset[:hits], 1)
        emotion = np.array(CLASSES)[generator.integers(0, 3, size)]
        ids = [subject[n] for n in place], [video[n] for n in place]
        return IntervalTable.of(*ids, onset, onset + length, emotion, generator.random(size) if near else None)

    truth = table(TRUTHS, None)
    manifest = Manifest.of(["made"] * VIDEOS, subject, video, [FRAMES] * VIDEOS, [FPS] * VIDEOS)
    return Tables(table(predictions, truth), truth, manifest)


def benchmark_score(predictions: int = 10_000, resamples: int = 1000, repeats: int = 5) -> list[BenchmarkRow]:
    """Return seconds of both scorers with intervals, and of the official rule alone, beside the peer.

    Raises:
        MebenchError: pandas is not installed, or the peer counts otherwise than we do.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise MebenchError("the peer needs pandas; install it with: pip install '.[bench]'") from error
    tables = made_tables(predictions)
    pred, truth = (
        pd.DataFrame({name: getattr(one, name) for name in ("subject", "video", "onset", "offset", "emotion")})
        for one in (tables.predictions, tables.truth)
    )

    def score(rules: str, bootstrap: int) -> Score:
        found = str_statistics(tables.predictions, tables.truth, tables.manifest, CLASSES, rules)
        return score_of(counted_str(found), bootstrap)

    whole, official = partial(score, "both", resamples), partial(score, "official", 0)
    found, counted = official().metrics, official_counts(pred, truth)
    ours = tuple(found[f"official.{name}"].value for name in ("tp_s", "fp_s", "fn_s"))
    if ours != counted:
        raise MebenchError(f"the peer counts {counted} and we {ours} TP, FP, FN; please open an issue")
    rows = []
    settings = f"{predictions} intervals in {VIDEOS} videos"
    for name, call in ((f"official rule, {settings}", official), (f"both rules, B = {resamples}, {settings}", whole)):
        mine, theirs = seconds_beside(call, lambda: official_counts(pred, truth), repeats)
        rows.append(BenchmarkRow(name, mine, theirs, theirs / mine, "s", None, _threads(), "cpu"))
    return rows


def official_counts(predictions: Any, truth: Any) -> tuple[int, int, int]:
    """Return TP, FP, FN of the official rule by loops over pandas rows, as a script has them (mebench/docs/str.md).

    Args:
        predictions: pandas table with the columns subject, video, onset, offset.
        truth: the same.
    """
    tp = fp = fn = 0
    for subject in predictions["subject"].unique():
        of_subject = truth[truth["subject"] == subject]
        for video in of_subject["video"].unique():
            real = of_subject[of_subject["video"] == video]
            free = set(real.index)
            own = predictions[(predictions["subject"] == subject) & (predictions["video"] == video)]
            for _, guess in own.iterrows():
                taken = [row for row in real.index if row in free and _iou(guess, real.loc[row]) >= 0.5]
                free -= set(taken)
                tp, fp = tp + len(taken), fp + (not taken)
            fn += len(free)
    return tp, fp, fn


def _iou(one: Any, other: Any) -> float:
    inter = max(0, min(one["offset"], other["offset"]) - max(one["onset"], other["onset"]) + 1)
    union = (one["offset"] - one["onset"] + 1) + (other["offset"] - other["onset"] + 1) - inter
    return float(inter / union)


def _threads() -> int:
    return len(os.sched_getaffinity(0))
