"""k_p, targets and sampled windows against the definition, computed by hand and frame by frame."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.data.interval import Interval
from mebench.errors import MebenchError
from mebench.tasks.targets import HalfLength, half_lengths, sample_windows, subject_number, window_targets


def at(fps, *pairs):
    return [(Interval(onset, offset), fps) for onset, offset in pairs]


def test_half_length_counts_the_held_out_subject_only_when_faithful():
    training, held_out = at(30.0, (10, 20), (5, 18)), at(30.0, (0, 40))
    assert half_lengths(training, held_out, "mended").at(30.0) == 6  # N = 11.5
    assert half_lengths(training, held_out, "faithful").at(30.0) == 11  # N = 21


def test_half_length_is_at_least_one_frame():
    assert half_lengths(at(30.0, (7, 7)), [], "mended") == HalfLength(0.0, 30.0)
    assert HalfLength(0.0, 30.0).at(30.0) == HalfLength(0.2, 30.0).at(5.0) == 1


def test_half_length_goes_through_seconds_where_rates_differ():
    training = at(30.0, (0, 11), (5, 18))  # N = 12 frames = .4 s
    half = half_lengths(training, [], "mended")
    assert (half.at(30.0), half.at(200.0), half.at(29.97)) == (6, 40, 6)  # (12 + 1) / 2, (80 + 1) / 2
    mixed = half_lengths(training + at(200.0, (0, 40)), [], "mended")  # .3667, .4333, .2 s: N = 1/3 s
    assert mixed.fps == 1.0
    assert (mixed.at(30.0), mixed.at(200.0)) == (5, 33)  # (10 + 1) / 2, (66.7 + 1) / 2


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 300)), min_size=1), st.sampled_from([25.0, 29.97, 200.0]))
def test_at_one_rate_the_half_length_is_that_of_frames(pairs, fps):
    intervals = at(fps, *((onset, onset + length) for onset, length in pairs))
    mean = sum(length for _, length in pairs) / len(pairs)
    assert half_lengths(intervals, [], "mended").at(fps) == max(1, int((mean + 1) / 2))


def test_no_micro_expression_is_the_users_fault():
    with pytest.raises(MebenchError, match="no micro-expression"):
        half_lengths([], at(30.0, (1, 5)), "mended")
    with pytest.raises(MebenchError, match="none of the 4 training windows"):
        sample_windows(np.zeros(4, bool), 5.0, 0, 1)


def test_targets_by_hand():
    # k_p = 3: window i looks at [i, i + 2]; windows 2..6 meet [4, 6].
    assert window_targets([Interval(4, 6)], 10, 3).nonzero()[0].tolist() == [2, 3, 4, 5, 6]
    assert not window_targets([], 10, 3).any()
    assert window_targets([Interval(4, 6)], 0, 3).shape == (0,)


@settings(deadline=None, max_examples=share(60))
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=4), st.integers(0, 60), st.integers(1, 9))
def test_targets_are_the_overlap(starts, num_windows, half):
    micro = [Interval(onset, onset + length) for onset, length in starts]
    expected = [
        any(set(range(i, i + half)) & set(range(one.onset, one.offset + 1)) for one in micro)
        for i in range(num_windows)
    ]
    assert window_targets(micro, num_windows, half).tolist() == expected


def test_sampling_keeps_the_positives_and_the_ratio():
    targets = np.zeros(1000, bool)
    targets[[3, 500, 501, 999]] = True
    rows = sample_windows(targets, 5.0, seed=1, fold=7)
    assert len(rows) == len(set(rows.tolist())) == 24
    assert targets[rows].sum() == 4
    assert (np.diff(rows) > 0).all()
    assert np.array_equal(rows, sample_windows(targets, 5.0, seed=1, fold=7))
    assert not np.array_equal(rows, sample_windows(targets, 5.0, seed=1, fold=8))
    assert not np.array_equal(rows, sample_windows(targets, 5.0, seed=2, fold=7))


def test_too_few_negatives_are_all_taken():
    targets = np.array([True, False, True, False])
    assert sample_windows(targets, 5.0, 0, 0).tolist() == [0, 1, 2, 3]


def test_subjects_have_stable_numbers():
    assert subject_number("s03") == 0xA52BA8B1
    assert len({subject_number(f"s{i:02}") for i in range(200)}) == 200
