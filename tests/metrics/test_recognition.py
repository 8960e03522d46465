"""UF1, UAR and accuracy against a case by hand, degenerate ones, and scikit-learn."""

import json

import numpy as np
import pytest
from fixtures.scores import values
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, recall_score

from mebench.errors import MebenchError
from mebench.metrics.recognition.score import (
    Recognised,
    recognition_from_json,
    recognition_statistics,
)
from mebench.metrics.score import Counted, score_of

CLASSES = ("negative", "positive", "surprise")


def rows(*pairs, dataset="d", subject="s"):
    return [Recognised(dataset, subject, true, predicted) for true, predicted in pairs]


def scored(samples, bootstrap=0, seed=0):
    return score_of(Counted("recognition", recognition_statistics(samples, CLASSES).to_json()), bootstrap, seed)


def pooled(samples):
    return values(scored(samples), "pooled")


def test_by_hand():
    # negative: tp 2 fp 1 fn 1; positive: tp 1 fp 1 fn 1; surprise: tp 1 fp 0 fn 0
    made = rows(*[("negative", "negative")] * 2, ("negative", "positive"), ("positive", "negative"))
    score = scored(made + rows(("positive", "positive"), ("surprise", "surprise")))
    part = values(score, "pooled")
    assert part["uf1"] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert part["uar"] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert part["accuracy"] == pytest.approx(4 / 6)
    assert score.confusion["pooled.emotion"]["counts"] == [[2, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0]]
    assert (score.settings["samples"]["pooled"]["samples"], score.metrics["pooled.uf1"].n) == (6, 1)


def test_a_class_without_a_sample_is_left_out_and_a_strange_answer_is_a_miss():
    score = scored(rows(("negative", "negative"), ("positive", "contempt")))
    assert list(values(score, "pooled").values()) == [0.5, 0.5, 0.5]
    assert score.metrics["pooled.uf1"].interval is None
    assert "bootstrap is 0" in score.metrics["pooled.uf1"].reason


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
    score = scored(made, 50)
    accuracy = {key: (one.n, one.value) for key, one in score.metrics.items() if key.endswith("accuracy")}
    wanted = {"pooled.accuracy": (2, pytest.approx(2 / 3)), "a.accuracy": (1, 1.0), "b.accuracy": (1, 0.5)}
    assert accuracy == wanted


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
    one = scored([Recognised(*row) for row in drawn], 20, seed)
    other = recognition_statistics([Recognised(*row) for row in reversed(drawn)], CLASSES)
    read = recognition_from_json(json.loads(json.dumps(other.to_json(), allow_nan=False)))
    assert score_of(Counted("recognition", read.to_json()), 20, seed).to_json() == one.to_json()
    for metric in one.metrics.values():
        low, high = metric.interval or (0.0, 1.0)
        assert 0 <= low <= high <= 1


def test_interval_is_over_subjects():
    """Two subjects, one all right and one all wrong: accuracy of a resample is 0, one half or 1."""
    made = rows(*[("negative", "negative")] * 5, subject="1") + rows(*[("negative", "positive")] * 5, subject="2")
    accuracy = scored(made, 2000).metrics["pooled.accuracy"]
    assert accuracy.interval == (0.0, 1.0)
    assert np.isclose(accuracy.value, 0.5)
