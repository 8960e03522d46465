"""Absent classes: recognition and question answering treat them alike, and a figure that cannot be 1 says so."""

import json

import pytest
from fixtures.scores import values
from sklearn.metrics import f1_score, recall_score

from mebench.errors import MebenchError
from mebench.metrics.class_means import absent_text
from mebench.metrics.recognition.files import count_recognition_files
from mebench.metrics.recognition.score import (
    Recognised,
    recognition_from_json,
    recognition_samples,
    recognition_statistics,
)
from mebench.metrics.score import Counted, score_of
from mebench.metrics.vqa.files import count_lvqa, count_vqa
from mebench.metrics.vqa.statistics import VqaSettings
from mebench.report.score_text import score_notes, score_rows
from mebench.tables.questions import QuestionRow

CLASSES = ("negative", "positive", "surprise")
TRUE = ["negative", "negative", "positive", "positive"]
SAID = ["negative", "surprise", "positive", "positive"]


def answered(pairs, form="coarse"):
    rows = [QuestionRow(f"q{n}", "samm", f"samm/{n}", form, "?", answer, n) for n, (answer, _) in enumerate(pairs)]
    return [
        (row, QuestionRow(row.id, "samm", row.clip, form, "?", true, row.line))
        for row, (_, true) in zip(rows, pairs, strict=True)
    ]


@pytest.mark.parametrize(
    ("labels", "known"), [("declared", CLASSES), ("present", ("negative", "positive")), ("union", CLASSES)]
)
def test_both_tasks_take_the_same_means_under_one_name(labels, known):
    rows = [Recognised("", str(n), true, said) for n, (true, said) in enumerate(zip(TRUE, SAID, strict=True))]
    counted = Counted("recognition", recognition_statistics(rows, CLASSES, labels).to_json())
    recognised = values(score_of(counted, 0), "pooled")
    answers = count_vqa(answered(list(zip(SAID, TRUE, strict=True))), VqaSettings(labels=labels))
    said = values(score_of(answers, 0), "overall")
    options = {"labels": known, "average": "macro", "zero_division": 0}
    wanted = f1_score(TRUE, SAID, **options), recall_score(TRUE, SAID, **options)
    assert (recognised["uf1"], recognised["uar"]) == pytest.approx(wanted, abs=1e-12)
    assert (said["uf1_coarse"], said["uar_coarse"]) == pytest.approx(wanted, abs=1e-12)


def test_labels_are_in_the_statistics_of_recognition():
    rows = [Recognised("", "1", "negative", "negative"), Recognised("", "2", "positive", "negative")]
    declared, present = (recognition_statistics(rows, CLASSES, labels) for labels in ("declared", "present"))
    document = json.loads(json.dumps(declared.to_json()))
    assert recognition_from_json(document).to_json() == declared.to_json()
    assert "labels" not in present.to_json()
    assert [recognition_samples(one.to_json())[0].settings["labels"] for one in (declared, present)] == [
        "declared",
        "present",
    ]
    for wrong in ("all", ["present"], None):
        with pytest.raises(MebenchError, match=r"unknown labels"):
            recognition_from_json(document | {"labels": wrong})


def test_a_recognition_figure_that_cannot_be_one_says_so(tmp_path):
    (tmp_path / "p.csv").write_text("subject,video,emotion,predicted\n1,a,negative,negative\n2,b,positive,positive\n")
    found = score_of(count_recognition_files(tmp_path / "p.csv", None, labels="declared"), 0)
    part = values(found, "pooled")
    assert part["uf1"] == part["uar"] == pytest.approx(2 / 3)
    reason = (
        "at most 0.6667: of 3 declared classes these have no true row and count 0: surprise (--labels present leaves "
        "them out)"
    )
    assert found.limits == {"pooled.uf1": reason, "pooled.uar": reason}
    assert score_rows(found)[1] == ("uf1", "0.6667 *")
    assert score_notes(found) == [f"* pooled uf1, uar: {reason}"]
    assert found.warnings == ()
    found = score_of(count_recognition_files(tmp_path / "p.csv", None), 0)
    assert (found.metrics["pooled.uf1"].value, found.limits) == (1, {})
    assert found.warnings == ("classes without a true sample, left out of the means: surprise",)


def test_answers_equal_to_the_truth_say_why_they_do_not_score_one():
    """Two of three coarse classes, five of six fine ones have no row, and no answer has four tokens."""
    pairs = answered([("negative", "negative")]) + answered([("disgust", "disgust")], "fine")
    found = score_of(count_vqa(pairs, VqaSettings()), 50)
    assert found.metrics["overall.final"].value == pytest.approx((2 / 3 + 2 / 6 + 0 + 1) / 6)
    for part in ("overall", "samm"):
        coarse, fine, bleu = (found.limits[f"{part}.{name}"] for name in ("uf1_coarse", "uar_fine", "bleu"))
        assert coarse.startswith("at most 0.3333: of 3 declared classes these have no true row")
        assert fine.startswith("at most 0.1667: of 6 declared classes")
        assert bleu.startswith("at most 0.0000 by corpus4: no true answer has 4 tokens")
        assert f"{part}.rouge1" not in found.limits
    assert found.limits["overall.final"].startswith("at most 0.3333: some of the six columns cannot be 1")
    assert score_rows(found)[0] == ("figure", "overall", "samm")
    assert [cell.endswith(" *") for cell in score_rows(found)[1]] == [False, True, True]
    notes = score_notes(found)
    assert any(text.startswith("* samm uf1_coarse, uar_coarse: at most 0.3333") for text in notes)
    assert any(text.startswith("* overall final: at most 0.3333") for text in notes)


def test_nothing_is_said_of_a_figure_that_can_be_one():
    text = "The action unit present is: jaw drop."
    pairs = answered([("negative", "positive"), (text, text)], "coarse")[:1] + answered([("x", text)] * 2, "")[1:]
    assert count_vqa(pairs, VqaSettings(labels="present")).limits() == {}
    short = count_vqa(answered([("yes", "yes")], ""), VqaSettings(bleu="sentence4-smooth1")).limits()
    assert short["overall.bleu"].startswith("at most 0.1778 by sentence4-smooth1: no true answer has 4")
    others = count_vqa(answered([("others", "others")]), VqaSettings()).limits()
    assert others["overall.uf1_coarse"].startswith("at most 0: no true row is of a declared class")


def test_a_type_that_no_long_video_has():
    pairs = answered([("micro-expression", "micro-expression")], "kind_of_nth")
    found = score_of(count_lvqa(pairs), 0)
    assert found.metrics["overall.type_uf1"].value == 0.5
    assert found.limits["overall.type_uf1"] == (
        "at most 0.5000: of 2 declared classes these have no true row and count 0: macro-expression"
    )
    assert any(cell.endswith(" *") for row in score_rows(found) for cell in row)


def test_absent_classes_in_words():
    assert absent_text([1, 2], ["a", "b"]) == ""
    assert absent_text([1, 0], ["a", "b"], "") == (
        "at most 0.5000: of 2 declared classes these have no true row and count 0: b"
    )
