"""ME-LVQA: counts, action units and types by hand, against numpy and scikit-learn."""

import json

import numpy as np
import pytest
from fixtures.scores import values
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, recall_score

from mebench.errors import MebenchError
from mebench.metrics.bootstrap import estimates_of
from mebench.metrics.samples import samples_of
from mebench.metrics.score import score_of
from mebench.metrics.vqa.files import count_lvqa, count_lvqa_files
from mebench.metrics.vqa.lvqa_statistics import TYPES, action_units, lvqa_from_json, lvqa_statistics, whole_number
from mebench.tables.questions import QuestionRow


def pair(number, form, guess, true, video="1"):
    row = QuestionRow(f"samm_{video}_{number}", "samm", f"samm/{video}", form, "?", true, number)
    return QuestionRow(row.id, "samm", row.clip, form, "", guess, number), row


PAIRS = [
    pair(1, "count", "5", "3"),
    pair(2, "count_micro", "two", "2"),
    pair(3, "count_macro", "1.", "1"),
    pair(4, "au_set", "Brow lowerer and jaw drop.", "brow lowerer, chin raiser"),
    pair(5, "kind_of_nth", "micro-expression", "micro-expression"),
    pair(6, "kind_of_nth", "no idea", "macro-expression"),
]


def test_by_hand():
    score = score_of(count_lvqa(PAIRS))
    overall = values(score, "overall")
    assert (overall["count_mae"], overall["count_rmse"], overall["count_macro_mae"]) == (2, 2, 0)
    assert overall["count_micro_mae"] == 2  # no number: as far off as 0
    assert (overall["au_f1"], overall["au_jaccard"]) == (0.5, pytest.approx(1 / 3))
    assert (overall["type_uf1"], overall["type_uar"]) == (0.5, 0.5)
    assert overall["unparsable"] == pytest.approx(2 / 6)
    assert overall["consistent"] == 0
    one = score.metrics["overall.count_mae"]
    assert (one.n, one.unit, one.reason) == (1, "videos", "no interval: 1 videos, nothing to resample")
    assert "cas.count_mae" not in score.metrics
    assert score.confusion["samm.type"]["counts"] == [[1, 0, 0], [0, 0, 1]]


def test_answers_as_they_are_written():
    assert action_units("Lip corner puller; NONE, ") == {"lip corner puller"}
    assert action_units("none.") == action_units("") == frozenset()
    assert (whole_number("There are 12.", "search"), whole_number("There are 12.", "exact")) == (12, None)
    found = score_of(count_lvqa([pair(1, "au_set", "none", "none")])).metrics
    assert found["overall.au_f1"].value == 1
    assert (found["overall.count_mae"].value, found["overall.count_mae"].reason) == (None, "no question of this kind")


def test_counts_that_add_up():
    rows = [pair(1, "count", "3", "3"), pair(2, "count_micro", "2", "1"), pair(3, "count_macro", "1", "2")]
    assert score_of(count_lvqa(rows)).metrics["overall.consistent"].value == 1


KIND = st.sampled_from(TYPES)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(KIND, KIND, st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=10))
def test_against_numpy_and_scikit_learn(rows):
    pairs = [
        one
        for n, (true, guess, real, said) in enumerate(rows)
        for one in (
            pair(1, "kind_of_nth", guess, true, str(n)),
            pair(2, "count", str(said), str(real), str(n)),
        )
    ]
    found = values(score_of(count_lvqa(pairs), 0), "overall")
    true, guess = [row[0] for row in rows], [row[1] for row in rows]
    options = {"labels": list(TYPES), "average": "macro", "zero_division": 0}
    assert found["type_uf1"] == pytest.approx(f1_score(true, guess, **options), abs=1e-12)
    assert found["type_uar"] == pytest.approx(recall_score(true, guess, **options), abs=1e-12)
    error = np.array([row[2] - row[3] for row in rows])
    assert found["count_mae"] == pytest.approx(np.abs(error).mean())
    assert found["count_rmse"] == pytest.approx(np.sqrt((error**2).mean()))


def test_statistics_read_back():
    found = lvqa_statistics([*PAIRS, pair(1, "count", "1", "1", "2")])
    stored = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert lvqa_from_json(stored).to_json() == found.to_json()
    overall, samm = samples_of(stored)
    assert (overall.name, samm.name, overall.units) == ("overall", "samm", ("samm/1", "samm/2"))
    assert estimates_of(overall)["count_mae"].value == 1
    with pytest.raises(MebenchError, match=r"no ME-LVQA statistics"):
        lvqa_from_json({})
    del stored["videos"][0]["types"]
    with pytest.raises(MebenchError, match=r"cannot be read: KeyError 'types'"):
        lvqa_from_json(stored)


@pytest.mark.parametrize(
    ("form", "true", "sentence"),
    [
        ("count", "three", r"'three' is no whole number"),
        ("kind_of_nth", "micro", r"'micro' is none of micro-expression, macro-expression"),
        ("au_set", "brow", r"'brow' is no action unit"),
    ],
)
def test_a_truth_that_is_none(form, true, sentence):
    with pytest.raises(MebenchError, match=sentence):
        count_lvqa([pair(1, form, "1", true)])


def test_files(tmp_path):
    row = {"video_id": "samm_test_1_001_2_1", "video": "1_001_2", "answer": "3"}
    row["question"] = "How many expression events appear in this video?"
    (tmp_path / "p.jsonl").write_text(json.dumps(row) + "\n")
    found = score_of(count_lvqa_files(tmp_path / "p.jsonl", tmp_path / "p.jsonl", "search"))
    assert found.metrics["samm.count_mae"].value == 0
    with pytest.raises(MebenchError, match=r"unknown parser 'x'"):
        count_lvqa_files(tmp_path / "p.jsonl", tmp_path / "p.jsonl", "x")
