"""Statistics: plain JSON, enough for every figure, and refused when they are not."""

import json

import numpy as np
import pytest
from fixtures.scores import str_score, values

from mebench.errors import MebenchError
from mebench.metrics.score import score_of
from mebench.metrics.str.score import counted_str, str_statistics
from mebench.metrics.str.statistics import checked_classes, checked_iou, confusion_of, from_json, rows_by_video
from mebench.tables.csv import IntervalTable, Manifest

TRUTH = IntervalTable.of([1, 1, 2], ["a", "a", "b"], [0, 30, 5], [9, 39, 14], ["negative", "positive", "negative"])
PRED = IntervalTable.of(
    [1, 1, 2], ["a", "a", "b"], [0, 32, 70], [9, 39, 79], ["negative", "negative", "x"], score=[0.9, 0.5, 0.1]
)
VIDEOS = Manifest.of(["d"] * 3, [1, 2, 2], ["a", "b", "c"], [100] * 3, [200.0] * 3)


def test_json_is_enough_for_the_whole_document():
    statistics = str_statistics(PRED, TRUTH, VIDEOS)
    text = {rules: json.dumps(one.to_json(), allow_nan=False) for rules, one in statistics.items()}
    again = {rules: from_json(json.loads(line)) for rules, line in text.items()}
    document = str_score(PRED, TRUTH, VIDEOS, bootstrap=50, seed=3).to_json()
    assert score_of(counted_str(again), 50, 3).to_json() == document


def test_json_by_subject():
    document = str_statistics(PRED, TRUTH, VIDEOS)["strict"].to_json()
    assert [(one["subject"], len(one["videos"])) for one in document["subjects"]] == [("1", 1), ("2", 2)]
    first = document["subjects"][0]["videos"][0]
    assert first == {
        "video": "a", "tp": 2, "fp": 0, "fn": 0, "onset_frames": 2, "offset_frames": 0, "onset_us": 10000,
        "offset_us": 0, "duration_us": 500000, "confusion": [[1, 0, 0], [1, 0, 0]], "scores": [0.9, 0.5],
        "matched": [1023, 127],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"schema": 9}, "schema 9; this version reads schema 1"),
     ({"subjects": [{}]}, "cannot be read: KeyError"),
     ({"matched_ious": [0.5]}, "this version reads")],
)  # fmt: skip
def test_other_statistics_are_refused(change, sentence):
    document = str_statistics(PRED, TRUTH, VIDEOS)["strict"].to_json() | change
    with pytest.raises(MebenchError, match=sentence):
        from_json(document)


def test_no_video_at_all_still_goes_round():
    none = IntervalTable.of([], [], [], [], [])
    for one in str_statistics(none, none).values():
        assert len(from_json(one.to_json())) == 0
    assert values(str_score(none, none, bootstrap=10), "strict")["strs"] == 0


def test_small_pieces():
    got = confusion_of(["a", "b", "c"], ["b", "odd", "a"], ("a", "b"))
    assert np.array_equal(got, [[0, 1, 0], [0, 0, 1]])
    assert rows_by_video((("1", "a"), ("2", "a"), ("1", "a")))[("1", "a")].tolist() == [0, 2]
    assert checked_classes(None, ("b", "a", "b")) == ("a", "b")
    for classes in ((), ("a", "a"), ("",)):
        with pytest.raises(MebenchError, match="name each class once"):
            checked_classes(classes, ())
    for iou in (0.0, 1.5, float("nan")):
        with pytest.raises(MebenchError, match="above 0"):
            checked_iou(iou)
