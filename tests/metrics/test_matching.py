"""Intervals matched inside one video: IoU, the script's walk, one to one, and by rank."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mebench.data.interval import Interval
from mebench.metrics import matching
from mebench.metrics.matching import Edges, edges, first_come, greedy_by_rank, iou_matrix, one_to_one

spans = st.lists(st.tuples(st.integers(-5, 25), st.integers(0, 8)).map(lambda s: (s[0], sum(s))), max_size=7)
bipartite = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(0.3, 1)), max_size=12, unique_by=lambda e: e[:2]
)


def columns(intervals):
    return tuple(np.array([pair[i] for pair in intervals], np.int64) for i in range(2))


def graph(listed):
    listed = sorted(listed)
    return Edges(*(np.array([edge[i] for edge in listed], kind) for i, kind in enumerate((np.int64, np.int64, float))))


@given(spans, spans)
def test_iou_is_that_of_two_intervals(pred, truth):
    got = iou_matrix(*columns(pred), *columns(truth))
    assert got.tolist() == [[Interval(*p).iou(Interval(*g)) for g in truth] for p in pred]


def test_iou_without_frames_is_zero():
    empty, one = columns([(5, 2)]), columns([(0, 9)])
    assert iou_matrix(*empty, *one).item() == iou_matrix(*empty, *empty).item() == 0


@given(spans, spans, st.sampled_from([0.25, 0.5, 1.0]))
def test_edges_and_blocks(pred, truth, least):
    whole = edges(*columns(pred), *columns(truth), least)
    expected = [(p, g) for p in range(len(pred)) for g in range(len(truth))
                if Interval(*pred[p]).iou(Interval(*truth[g])) >= least]  # fmt: skip
    assert list(zip(whole.pred.tolist(), whole.truth.tolist(), strict=True)) == expected


def test_long_videos_are_cut_into_blocks(monkeypatch):
    generator = np.random.default_rng(0)
    onset, true = np.sort(generator.integers(0, 500, 300)), np.arange(0, 500, 11)
    whole = edges(onset, onset + 9, true, true + 7, 0.5)
    monkeypatch.setattr(matching, "_BLOCK", 100)
    parts = edges(onset, onset + 9, true, true + 7, 0.5)
    assert len(whole.pred) > 50
    for name in ("pred", "truth", "iou"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))


def test_first_come_by_hand():
    got = first_come(graph([(0, 1, 0.5), (1, 1, 0.9), (1, 3, 0.6), (2, 3, 0.7)]), 4)
    assert got.tolist() == [-1, 0, -1, 1]


@settings(deadline=None)
@given(bipartite)
def test_one_to_one_is_the_best_of_all_matchings(listed):
    pred, truth = one_to_one(graph(listed))
    iou = {edge[:2]: edge[2] for edge in listed}
    got = len(pred), sum(iou[pair] for pair in zip(pred.tolist(), truth.tolist(), strict=True))
    assert len(set(pred.tolist())) == len(set(truth.tolist())) == len(pred)
    best = (0, 0.0)
    for size in range(1, 6):
        for chosen in combinations(listed, size):
            if len({e[0] for e in chosen}) == len({e[1] for e in chosen}) == size:
                best = max(best, (size, sum(e[2] for e in chosen)))
    assert got[0] == best[0]
    assert abs(got[1] - best[1]) < 1e-12


@given(bipartite)
def test_by_rank_is_the_loop_of_detection_benchmarks(listed):
    taken, hits = set(), []
    for pred in range(5):
        free = sorted((e for e in listed if e[0] == pred and e[1] not in taken), key=lambda e: (-e[2], e[1]))
        if free:
            taken.add(free[0][1])
            hits.append(pred)
    assert greedy_by_rank(graph(listed)).tolist() == hits
