"""Folds: each subject tests once, nobody trains and tests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebench.data.splits import Fold, checked, cross_dataset, fixed, loso
from mebench.errors import MebenchError


@pytest.mark.smoke
def test_loso_by_hand():
    assert loso(["b", "a", "b"]) == (Fold("a", ("b",), ("a",)), Fold("b", ("a",), ("b",)))


@given(st.sets(st.text(min_size=1, max_size=3), min_size=2, max_size=8))
def test_loso_tests_everybody_once_without_leak(subjects):
    folds = loso(subjects)
    assert sorted(s for fold in folds for s in fold.test) == sorted(subjects)
    assert all(set(fold.train) == subjects - set(fold.test) for fold in folds)


@pytest.mark.parametrize(("subjects", "said"), [([], "here are none"), (["s1"], "here is s1")])
def test_too_few_subjects(subjects, said):
    with pytest.raises(MebenchError, match=said):
        loso(subjects)


def test_leaks_and_empty_sides_are_found():
    with pytest.raises(MebenchError, match="fold fixed: b would train and test"):
        fixed(["a", "b"], ["b", "c"])
    with pytest.raises(MebenchError, match="no subject to test on"):
        fixed(["a"], [])
    with pytest.raises(MebenchError, match="no fold"):
        checked([])


def test_cross_dataset():
    folds = cross_dataset([("samm", "1"), ("casme2", "1"), ("samm", "2")])
    assert folds[1] == Fold("samm", ("casme2/1",), ("samm/1", "samm/2"))
    with pytest.raises(MebenchError, match="at least 2 datasets"):
        cross_dataset([("samm", "1")])
