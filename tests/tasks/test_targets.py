"""k_p, targets and sampled windows against the definition, computed by hand and frame by frame."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mebench.data.interval import Interval
from mebench.errors import MebenchError
from mebench.tasks.targets import half_length, sample_windows, subject_number, window_targets


def test_half_length_counts_the_held_out_subject_only_when_faithful():
    training, held_out = [Interval(10, 20), Interval(5, 18)], [Interval(0, 40)]
    assert half_length(training, held_out, "mended") == 6  # N = 11.5
    assert half_length(training, held_out, "faithful") == 11  # N = 21


def test_half_length_is_at_least_one_frame():
    assert half_length([Interval(7, 7)], [], "mended") == 1


def test_no_micro_expression_is_the_users_fault():
    with pytest.raises(MebenchError, match="no micro-expression"):
        half_length([], [Interval(1, 5)], "mended")
    with pytest.raises(MebenchError, match="none of the 4 training windows"):
        sample_windows(np.zeros(4, bool), 5.0, 0, 1)


def test_targets_by_hand():
    # k_p = 3: window i looks at [i, i + 2]; windows 2..6 meet [4, 6].
    assert window_targets([Interval(4, 6)], 10, 3).nonzero()[0].tolist() == [2, 3, 4, 5, 6]
    assert not window_targets([], 10, 3).any()
    assert window_targets([Interval(4, 6)], 0, 3).shape == (0,)


@settings(deadline=None, max_examples=60)
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
