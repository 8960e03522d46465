"""Targets and sampling of windows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebench.data.interval import Interval
from mebench.errors import MebenchError
from mebench.tasks.targets import half_length, sampled, spotting_targets


def test_half_length_by_hand():
    assert half_length([Interval(0, 11), Interval(5, 16)]) == 6
    assert half_length([Interval(0, 10), Interval(0, 11)]) == 5
    assert half_length([Interval(3, 3)]) == 1
    with pytest.raises(MebenchError, match="no micro-expression"):
        half_length([])


def test_targets_by_hand():
    got = spotting_targets(12, [Interval(5, 6)], 3)
    assert np.flatnonzero(got).tolist() == [3, 4, 5, 6]
    assert not spotting_targets(4, [], 3).any()


spans = st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda p: Interval(p[0], p[0] + p[1]))


@given(st.integers(0, 70), st.lists(spans, max_size=4), st.integers(1, 9))
def test_targets_are_overlaps(n, intervals, half):
    got = spotting_targets(n, intervals, half)
    for i in range(n):
        assert got[i] == any(Interval(i, i + half - 1).intersection(one) > 0 for one in intervals)


@given(st.integers(0, 20), st.integers(0, 200), st.floats(0.5, 6), st.integers(0, 9))
def test_sampling_keeps_positives_and_the_ratio(positives, negatives, ratio, seed):
    targets = np.zeros(positives + negatives, bool)
    targets[np.random.default_rng(seed).permutation(len(targets))[:positives]] = True
    got = sampled(targets, ratio, (seed, 1))
    assert len(set(got.tolist())) == len(got)
    assert targets[got].sum() == positives
    assert (~targets[got]).sum() == min(negatives, round(ratio * positives))
    np.testing.assert_array_equal(got, sampled(targets, ratio, (seed, 1)))


def test_other_fold_other_draw():
    targets = np.arange(300) < 10
    assert sampled(targets, 5.0, (0, 1)).tolist() != sampled(targets, 5.0, (0, 2)).tolist()
