"""Recognised emotions in files: joined, scored like scikit-learn, refused with row and column."""

import pytest
from fixtures.scores import values
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, recall_score

from mebench.errors import MebenchError
from mebench.metrics.recognition.files import count_recognition_files
from mebench.metrics.score import score_of
from mebench.report.score_text import score_lines, score_rows

CLASSES = ("negative", "positive", "surprise")


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


def files(tmp_path, rows):
    true = [f"d{n % 2},{n % 3},v{n},{t}" for n, (t, _) in enumerate(rows)]
    guess = [f"v{n},{p},d{n % 2},{n % 3}" for n, (_, p) in enumerate(rows)][::-1]
    return (
        write(tmp_path / "p.csv", "video,predicted,dataset,subject", *guess),
        write(tmp_path / "t.csv", "dataset,subject,video,emotion", *true),
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)), min_size=1, max_size=12))
def test_against_scikit_learn(tmp_path_factory, rows):
    pred, truth = files(tmp_path_factory.mktemp("files"), rows)
    found = values(score_of(count_recognition_files(pred, truth), 0), "pooled")
    true, guess = [t for t, _ in rows], [p for _, p in rows]
    options = {"labels": sorted(set(true)), "average": "macro", "zero_division": 0}
    assert found["uf1"] == pytest.approx(f1_score(true, guess, **options), abs=1e-12)
    assert found["uar"] == pytest.approx(recall_score(true, guess, **options), abs=1e-12)


def test_what_a_run_writes_needs_no_truth(tmp_path):
    header = "dataset,subject,video,onset,apex,offset,emotion,predicted"
    pred = write(tmp_path / "p.csv", header, "a,1,x,0,3,9,negative,negative", "b,1,x,0,3,9,positive,others")
    found = score_of(count_recognition_files(pred, None))
    assert [found.metrics[key].value for key in ("pooled.uf1", "a.uar", "b.uar")] == [0.5, 1, 0]
    assert found.warnings == (
        "predicted emotions that are no class, so wrong: others",
        "classes without a true sample, left out of the means: surprise",
    )
    assert score_rows(found)[0] == ("figure", "pooled", "a", "b")


@pytest.mark.parametrize(
    ("pred", "truth", "sentence"),
    [
        (("subject,video", "1,a"), None, r"p.csv row 1: column 'predicted' is missing"),
        (("subject,video,predicted", "1,a,negative"), None, r"p.csv row 1: column 'emotion' is missing"),
        (("subject,video,predicted", "1,,x"), ("1,a,negative",), r"p.csv row 2: video is empty"),
        (("subject,video,predicted", "1,b,x"), ("1,a,negative",), r"p.csv row 2: 1/b is not in"),
        (("subject,video,predicted", "1,a,x"), ("1,a,negative", "1,b,positive"), r"no row for 1/b"),
        (("subject,video,predicted", "1,a,x", "1,a,y"), ("1,a,negative",), r"row 3: 1/a is there twice \(row 2\)"),
        (("subject,video,predicted",), ("1,a,negative",), r"has a header and no row"),
        (("subject,video,predicted,foo", "1,a,x,y"), ("1,a,negative",), r"unknown column 'foo'"),
        (("subject,video,predicted", "1,a,x"), ("1,a,others",), r"no sample to score"),
    ],
)
def test_refusals(tmp_path, pred, truth, sentence):
    given_truth = None if truth is None else write(tmp_path / "t.csv", "subject,video,emotion", *truth)
    with pytest.raises(MebenchError, match=sentence):
        count_recognition_files(write(tmp_path / "p.csv", *pred), given_truth)


def test_a_class_twice(tmp_path):
    pred = write(tmp_path / "p.csv", "subject,video,emotion,predicted", "1,a,negative,negative")
    with pytest.raises(MebenchError, match=r"hold one twice"):
        count_recognition_files(pred, None, "a,a")


def test_no_true_row_vanishes_without_a_word(tmp_path):
    """Five of six rows are wrong and one of the true emotions is a challenge class: all six count."""
    words = ("happiness", "disgust", "surprise", "repression", "others", "disgust")
    said = ("disgust", "happiness", "surprise", "disgust", "disgust", "happiness")
    rows = [f"{n},v,{t},{p}" for n, (t, p) in enumerate(zip(words, said, strict=True))]
    pred = write(tmp_path / "p.csv", "subject,video,emotion,predicted", *rows)
    found = score_of(count_recognition_files(pred, None), 0)
    assert found.metrics["pooled.uf1"].value == pytest.approx(0.2)
    assert found.settings["samples"]["pooled"]["samples"] == 6
    three = score_of(count_recognition_files(pred, None, "negative,positive,surprise"), 0)
    assert three.settings["samples"]["pooled"]["samples"] == 1
    assert three.settings["left_out"]["rows"] == 5
    assert score_lines(three) == [
        "classes      negative, positive, surprise: as asked",
        "left out     5 of 6 true rows, for recognition, of emotions that are no class: disgust 2, happiness 1, "
        "others 1, repression 1",
    ]
