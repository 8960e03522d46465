"""Average precision against the plain loop of detection benchmarks, ties included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mebench.metrics.str.figures import average_precisions
from mebench.metrics.str.statistics import Statistics, units_of

lists = st.lists(
    st.lists(st.tuples(st.integers(0, 4).map(lambda s: s / 4), st.integers(0, 3)), max_size=5), min_size=2, max_size=4
)


def statistics(videos, missed=1):
    """Statistics of made-up ranked lists (score, bits); every hit at IoU .5 is a true positive."""
    videos = [sorted(rows, reverse=True) for rows in videos]
    hits = np.array([sum(bits & 1 for _, bits in rows) for rows in videos], np.int64)
    number = len(videos)
    return Statistics(
        rules="strict",
        scorer="test",
        classes=("x",),
        iou=0.5,
        dataset=("",) * number,
        subject=tuple(f"s{i}" for i in range(number)),
        video=("v",) * number,
        sums={"tp": hits, "fp": np.array([len(rows) for rows in videos]) - hits, "fn": np.full(number, missed)},
        confusion=np.zeros((number, 1, 2), np.int64),
        scores=tuple(np.array([score for score, _ in rows], np.float64) for rows in videos),
        matched=tuple(np.array([bits for _, bits in rows], np.int64) for rows in videos),
    )


def plain(rows, bit, truths):
    """Area under the monotone precision-recall curve, a point for every distinct score."""
    points = []
    for level in sorted({score for score, _ in rows}, reverse=True):
        taken = [bits >> bit & 1 for score, bits in rows if score >= level]
        points.append((sum(taken) / truths, sum(taken) / len(taken)))
    area = before = 0.0
    for place, (recall, _) in enumerate(points):
        area += (recall - before) * max(precision for _, precision in points[place:])
        before = recall
    return area


@settings(deadline=None)
@given(lists, st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_equals_the_plain_loop_for_any_weights(videos, weights):
    one = statistics(videos)
    weights = np.array([weights[: len(videos)]], np.float64)
    got = average_precisions(one, units_of(one), weights)
    drawn = [row for rows, times in zip(videos, weights[0], strict=True) for row in rows * int(times)]
    truths = weights[0] @ (one.sums["tp"] + one.sums["fn"])
    if truths == 0:
        assert np.isnan(got["ap_50"]).all()
    else:
        assert got["ap_50"][0] == pytest.approx(plain(drawn, 0, truths))
        assert got["ap_50_95"][0] == pytest.approx(sum(plain(drawn, bit, truths) for bit in range(10)) / 10)


def test_perfect_and_constant_scores():
    one = statistics([[(0.9, 1)], [(0.8, 1), (0.1, 0)]], missed=0)
    assert average_precisions(one, units_of(one), np.ones((1, 2)))["ap_50"].tolist() == [1.0]
    same = statistics([[(0.5, 1), (0.5, 0)], [(0.5, 1), (0.5, 0)]], missed=1)
    assert average_precisions(same, units_of(same), np.ones((1, 2)))["ap_50"].tolist() == [0.25]  # precision x recall


def test_no_scores_no_figure():
    one = statistics([[], []])
    nothing = Statistics(**{**vars(one), "scores": None, "matched": None})
    assert average_precisions(nothing, units_of(one), np.ones((1, 2))) == {}
    assert average_precisions(one, units_of(one), np.ones((1, 2)))["ap_50"].tolist() == [0.0]
