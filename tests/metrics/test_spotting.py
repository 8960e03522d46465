"""Spotting under each of the named rules: by hand, against plain loops, and properties that must hold."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.errors import MebenchError
from mebench.metrics.bootstrap import estimates_of
from mebench.metrics.samples import samples_of
from mebench.metrics.spotting.counts import (
    MACRO,
    MICRO,
    SPOTTING_FIGURES,
    count_video,
    spotting_from_json,
    spotting_samples,
    spotting_statistics,
)
from mebench.metrics.spotting.rules import RULES, named_rules
from mebench.metrics.spotting.videos import SpottedSide, joined_videos
from mebench.metrics.str.figures import precision_recall_f1
from mebench.tables.spotting import interval_table

FPS = 30.0

INTERVAL = st.tuples(st.integers(0, 30), st.integers(0, 25), st.sampled_from([MACRO, MICRO]))
INTERVALS = st.lists(INTERVAL, max_size=7)
COUNTED = [one for one in RULES.values() if not one.same_as]


def spotted(rows):
    onset, length, kind = zip(*rows, strict=True) if rows else ((), (), ())
    return SpottedSide(
        np.array(onset, np.int64), np.array(onset, np.int64) + np.array(length, np.int64), np.array(kind, np.int64)
    )


def rows_of(side):
    return list(zip(side.onset.tolist(), side.offset.tolist(), side.kind.tolist(), strict=True))


def iou(one, other, short=0):
    shared = max(0, min(one[1], other[1]) - max(one[0], other[0]) + 1 - short)
    whole = one[1] - one[0] + other[1] - other[0] + 2 * (1 - short) - shared
    return shared / whole if whole > 0 else 0.0


def by_duration(row):
    return MICRO if row[1] - row[0] <= FPS // 2 else MACRO


def plain_any(pred, truth, single_frames=True):
    """Truths that some prediction reaches (megc2020, guan2021, lgsnet)."""
    kept = [one for one in pred if single_frames or one[1] > one[0]]
    return [any(iou(one, true) >= 0.5 for one in kept) and (single_frames or true[1] > true[0]) for true in truth]


def plain_best(pred, truth):
    """Each prediction finds its best truth, the later of two equally good ones (softnet)."""
    hit = [False] * len(truth)
    for one in pred:
        best, place = 0.0, None
        for n, true in enumerate(truth):
            if iou(one, true) >= max(best, 0.5):
                best, place = iou(one, true), n
        if place is not None:
            hit[place] = True
    return hit


def plain_first(pred, truth):
    """The first prediction at .2 decides whether a truth is found (zhao2022); intervals without their last frame."""
    hit = []
    for true in truth:
        first = next((one for one in pred if iou(one, true, short=1) >= 0.2), None)
        hit.append(first is not None and iou(first, true, short=1) >= 0.5)
    return hit


def counts(found, pred, true):
    return [found, pred - found, true - found]


def restated(name, pred, truth):
    """The rules as their sources have them, with loops."""
    if name == "guan2021":
        return [counts(sum(plain_any(pred, truth)), len(pred), len(truth))] if truth else [[0, 0, 0]]
    if name in ("lgsnet", "zhao2022"):
        hit = plain_any(pred, truth) if name == "lgsnet" else plain_first(pred, truth)
        found = [by_duration(true) for true, one in zip(truth, hit, strict=True) if one]
        said = [by_duration(one) for one in pred]
        return [
            counts(found.count(kind), said.count(kind), [true[2] for true in truth].count(kind))
            for kind in (MACRO, MICRO)
        ]
    parts = []
    for kind in (MACRO, MICRO):
        mine, true = ([row for row in rows if row[2] == kind] for rows in (pred, truth))
        hit = plain_any(mine, true, single_frames=False) if name == "megc2020" else plain_best(mine, true)
        skip = name == "softnet" and not true
        parts.append([0, 0, 0] if skip else counts(sum(hit), len(mine), len(true)))
    return parts


@settings(max_examples=share(150), deadline=None)
@given(INTERVALS, INTERVALS)
def test_every_rule_against_its_restatement(pred, truth):
    mine, true = spotted(pred), spotted(truth)
    for rules in COUNTED:
        if rules.name != "strict":
            expected = restated(rules.name, rows_of(mine), rows_of(true))
            assert count_video(rules, mine, true, FPS) == expected, rules.name


@settings(max_examples=share(80), deadline=None)
@given(INTERVALS, INTERVALS, st.randoms(use_true_random=False))
def test_strict_does_not_care_for_the_order_of_rows_and_counts_everything_once(pred, truth, random):
    strict = RULES["strict"]
    parts = count_video(strict, spotted(pred), spotted(truth), FPS)
    mixed = spotted(random.sample(pred, len(pred))), spotted(random.sample(truth, len(truth)))
    assert count_video(strict, *mixed, FPS) == parts
    for kind, (tp, fp, fn) in zip((MACRO, MICRO), parts, strict=True):
        assert (tp + fp, tp + fn) == (sum(row[2] == kind for row in pred), sum(row[2] == kind for row in truth))
        assert min(tp, fp, fn) >= 0


@settings(max_examples=share(80), deadline=None)
@given(INTERVALS, INTERVALS)
def test_truths_are_found_or_missed_under_every_rule(pred, truth):
    for rules in COUNTED:
        sums = np.array(count_video(rules, spotted(pred), spotted(truth), FPS)).sum(0)
        if rules.videos == "all":
            assert (sums[0] + sums[2], sums[0] + sums[1]) == (len(truth), len(pred)), rules.name


def test_one_prediction_over_two_truths_by_hand():
    """Frames 0-19 and truths 0-9 and 10-19: each IoU is exactly .5."""
    pred, truth = spotted([(0, 19, MICRO)]), spotted([(0, 9, MICRO), (10, 9, MICRO)])
    assert count_video(RULES["megc2020"], pred, truth, FPS)[1] == [2, -1, 0]
    assert count_video(RULES["softnet"], pred, truth, FPS)[1] == [1, 0, 1]
    assert count_video(RULES["strict"], pred, truth, FPS)[1] == [1, 0, 1]
    assert count_video(RULES["guan2021"], pred, truth, FPS) == [[2, -1, 0]]


def table(rows, source="t"):
    video, onset, offset, kind = zip(*rows, strict=True) if rows else ((), (), (), ())
    return interval_table(source, video=video, onset=onset, offset=offset, kind=kind)


def statistics(pred, truth, rules="megc2020,softnet,guan2021,strict"):
    return spotting_statistics(joined_videos(table(pred), table(truth)), named_rules(rules))


def test_nothing_predicted_and_nothing_true():
    row = ("a", 3, 12, MICRO)
    for name in ("megc2020", "strict"):
        missed = estimates_of(samples_of(statistics([], [row], name).to_json())[0], 0)
        assert [missed[f"micro_{one}"].value for one in ("tp", "fp", "fn", "f1")] == [0, 0, 1, 0]
        wrong = estimates_of(samples_of(statistics([row], [], name).to_json())[0], 0)
        assert [wrong[f"overall_{one}"].value for one in ("tp", "fp", "fn", "precision")] == [0, 1, 0, 0]
    with pytest.raises(MebenchError, match=r"there is no video to score"):
        statistics([], [])


def test_published_counts_of_the_baseline_give_its_printed_f1():
    """MDMD, MEGC2020: arXiv 1912.11985."""
    printed = {
        ((109, 1414, 191), (21, 5014, 36)): (0.1196, 0.0082, 0.0376),
        ((22, 334, 321), (29, 1407, 130)): (0.0629, 0.0364, 0.0445),
    }
    for (macro, micro), expected in printed.items():
        parts = (macro, micro, tuple(np.add(macro, micro)))
        found = [float(precision_recall_f1(*np.array(one, float)[:, None])[2][0]) for one in parts]
        assert found == pytest.approx(expected, abs=5.1e-5)


def test_figures_of_a_sample_by_hand():
    pred = [("a", 0, 9, MICRO), ("a", 50, 99, MACRO), ("b", 0, 9, MICRO)]
    truth = [("a", 0, 10, MICRO), ("b", 40, 90, MACRO), ("b", 200, 209, MICRO)]
    found = statistics(pred, truth)
    samples = {one.name: estimates_of(one) for one in spotting_samples(found.to_json())}
    strict = samples["strict"]
    assert list(strict) == list(SPOTTING_FIGURES)
    assert [strict[f"micro_{one}"].value for one in ("tp", "fp", "fn")] == [1, 1, 1]
    assert [strict[f"macro_{one}"].value for one in ("tp", "fp", "fn")] == [0, 1, 1]
    assert strict["overall_f1"].value == pytest.approx(1 / 3)
    assert strict["overall_f1"].interval is not None
    assert (samples["guan2021"]["micro_f1"].value, samples["guan2021"]["overall_tp"].value) == (None, 1)


def test_statistics_read_back_and_broken_ones_are_refused():
    found = statistics([("a", 0, 9, MICRO)], [("a", 1, 9, MICRO), ("b", 5, 50, MACRO)])
    stored = json.loads(json.dumps(found.to_json()))
    assert spotting_from_json(stored).to_json() == stored
    for broken in (
        {"schema": 2},
        {"scorer": "mine"},
        {"videos": []},
        {"videos": [stored["videos"][0]] * 2},
        {"videos": [stored["videos"][0] | {"strict": [[0, 0], [0, 0]]}, stored["videos"][1]]},
        {"videos": [stored["videos"][0] | {"strict": [[-1, 0, 0], [0, 0, 0]]}, stored["videos"][1]]},
        {"rules": ["strict"]},
        {"rules": ["megc1999"]},
        {"counted": {"strict": ["micro"]}},
        {"warnings": 3},
    ):
        with pytest.raises(MebenchError, match=r"spotting statistics"):
            spotting_from_json(stored | broken)


def test_rules_by_name():
    assert [one.name for one in named_rules("softnet, strict")] == ["softnet", "strict"]
    assert len(named_rules("all")) == len(RULES)
    with pytest.raises(MebenchError, match=r"unknown rules 'strit'; did you mean 'strict'"):
        named_rules("strit")
    with pytest.raises(MebenchError, match=r"name one twice"):
        named_rules("strict,strict")
    for rules in RULES.values():
        assert rules.source
        assert rules.checked
        assert not rules.same_as or rules.same_as in RULES
