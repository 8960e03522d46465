"""UF1, UAR and accuracy against a case by hand, degenerate ones, and scikit-learn."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, recall_score

from mebench.errors import MebenchError
from mebench.metrics.recognition.score import (
    Recognised,
    recognition_from_json,
    recognition_statistics,
    score_recognition,
)

CLASSES = ("negative", "positive", "surprise")


def rows(*pairs, dataset="d", subject="s"):
    return [Recognised(dataset, subject, true, predicted) for true, predicted in pairs]


def pooled(samples, bootstrap=0):
    return score_recognition(recognition_statistics(samples, CLASSES), bootstrap)["parts"]["pooled"]


def test_by_hand():
    # negative: tp 2 fp 1 fn 1; positive: tp 1 fp 1 fn 1; surprise: tp 1 fp 0 fn 0
    made = rows(*[("negative", "negative")] * 2, ("negative", "positive"), ("positive", "negative"))
    part = pooled(made + rows(("positive", "positive"), ("surprise", "surprise")))
    assert part["uf1"] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert part["uar"] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert part["accuracy"] == pytest.approx(4 / 6)
    assert part["confusion"]["counts"] == [[2, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0]]
    assert (part["n_samples"], part["n_classes"], part["n"]) == (6, 3, 1)


def test_a_class_without_a_sample_is_left_out_and_a_strange_answer_is_a_miss():
    part = pooled(rows(("negative", "negative"), ("positive", "contempt")))
    assert part["n_classes"] == 2
    assert (part["uf1"], part["uar"], part["accuracy"]) == (0.5, 0.5, 0.5)
    assert part["intervals"]["uf1"] is None
    assert "bootstrap is 0" in part["reasons"]["uf1"]


def test_no_sample_and_no_class_are_refused():
    with pytest.raises(MebenchError, match="no sample to score"):
        recognition_statistics([], CLASSES)
    with pytest.raises(MebenchError, match="'others' is none of"):
        recognition_statistics(rows(("others", "negative")), CLASSES)
    with pytest.raises(MebenchError, match="no recognition statistics"):
        recognition_from_json({"schema": 1})


def test_parts_of_several_datasets_have_their_own_subjects():
    made = rows(("negative", "negative"), dataset="a", subject="1") + rows(
        ("positive", "negative"), ("positive", "positive"), dataset="b", subject="1"
    )
    parts = score_recognition(recognition_statistics(made, CLASSES), 50)["parts"]
    assert list(parts) == ["pooled", "a", "b"]
    assert [parts[name]["n"] for name in parts] == [2, 1, 1]
    assert [parts[name]["accuracy"] for name in parts] == [pytest.approx(2 / 3), 1.0, 0.5]


SAMPLES = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("123"), st.sampled_from(CLASSES), st.sampled_from(CLASSES)),
    min_size=1,
    max_size=60,
)


@given(SAMPLES)
def test_scikit_learn_agrees(drawn):
    part = pooled([Recognised(*one) for one in drawn])
    true, predicted = [one[2] for one in drawn], [one[3] for one in drawn]
    there = sorted(set(true))
    assert part["uf1"] == pytest.approx(f1_score(true, predicted, labels=there, average="macro", zero_division=0))
    assert part["uar"] == pytest.approx(recall_score(true, predicted, labels=there, average="macro", zero_division=0))
    assert part["accuracy"] == pytest.approx(accuracy_score(true, predicted))


@given(SAMPLES, st.integers(0, 9))
def test_order_does_not_matter_and_statistics_round_trip(drawn, seed):
    one = recognition_statistics([Recognised(*row) for row in drawn], CLASSES)
    other = recognition_statistics([Recognised(*row) for row in reversed(drawn)], CLASSES)
    read = recognition_from_json(json.loads(json.dumps(other.to_json(), allow_nan=False)))
    document = score_recognition(one, 20, seed)
    assert score_recognition(read, 20, seed) == document
    for part in document["parts"].values():
        low, high = part["intervals"]["uar"] or (0.0, 1.0)
        assert 0 <= low <= high <= 1


def test_interval_is_over_subjects():
    """Two subjects, one all right and one all wrong: accuracy of a resample is 0, one half or 1."""
    made = rows(*[("negative", "negative")] * 5, subject="1") + rows(*[("negative", "positive")] * 5, subject="2")
    part = pooled(made, 2000)
    assert part["intervals"]["accuracy"] == [0.0, 1.0]
    assert np.isclose(part["accuracy"], 0.5)
