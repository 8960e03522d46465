"""The organisers' script: its known answers, its faults, and equality with its plain restatement."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from fixtures.scores import str_score, values

from mebench.metrics.str.figures import FIGURES
from mebench.metrics.str.score import FAILS
from mebench.tables.csv import IntervalTable, read_predictions, read_truth

GOLDEN = Path(__file__).parent.parent / "golden" / "strs"
COARSE = ("negative", "positive", "surprise")


def table(rows, **more):
    return IntervalTable.of(*(list(column) for column in zip(*rows, strict=True)) if rows else [[]] * 5, **more)


def scored(pred, truth, classes=None, **settings):
    return str_score(table(pred), table(truth), None, classes, "official", **settings)


def official(pred, truth, classes=None, **settings):
    return values(scored(pred, truth, classes, **settings), "official")


def restated(pred, truth, classes=None, k=0.5):
    """The script row by row, as mebench/docs/str.md says: sets of frames, loops, no vectors."""
    emotions = sorted({row[4] for row in truth}) if classes is None else list(classes)
    pairs, fp_s, fn_s = [], 0, 0
    for subject in dict.fromkeys(row[0] for row in pred):
        for video in dict.fromkeys(row[1] for row in truth if row[0] == subject):
            mine = [row for row in pred if row[:2] == (subject, video)]
            real = [row for row in truth if row[:2] == (subject, video)]
            taken = set()
            for p in mine:
                matched = False
                for place, g in enumerate(real):
                    a, b = set(range(p[2], p[3] + 1)), set(range(g[2], g[3] + 1))
                    iou = len(a & b) / len(a | b) if a | b else 0
                    if iou >= k and place not in taken:
                        pairs.append((p[4], g[4]))
                        taken.add(place)
                        matched = True
                fp_s += not matched
            fn_s += len(real) - len(taken)

    def prf(tp, fp, fn):
        p = tp / (tp + fp) if tp + fp else 0
        r = tp / (tp + fn) if tp + fn else 0
        return p, r, 2 * p * r / (p + r) if p + r else 0

    out = dict(zip(("precision_s", "recall_s", "f1_s"), prf(len(pairs), fp_s, fn_s), strict=True))
    out |= {"tp_s": len(pairs), "fp_s": fp_s, "fn_s": fn_s}
    kept = [(p, g) for p, g in pairs if g in emotions]
    out["tp_a"] = sum(p == g == e for e in emotions for p, g in kept)
    out["fp_a"] = out["fn_a"] = sum(p == e and g != e for e in emotions for p, g in kept)
    nothing = dict.fromkeys(("precision_a", "recall_a", "f1_a", "uf1", "uar", "strs"))
    if not pairs:
        return out | nothing
    each = []
    for e in emotions:
        cells = [(g == e, p == e) for p, g in kept]
        if len({label for cell in cells for label in cell}) < 2:
            each.append((0, 0, 0))
        else:
            each.append(prf(cells.count((True, True)), cells.count((False, True)), cells.count((True, False))))
    p, r, f = (float(np.mean(values)) for values in zip(*each, strict=True))
    f1_a = 2 * p * r / (p + r) if p + r else math.nan
    strs = out["f1_s"] * f1_a
    undefined = {"f1_a": None, "strs": None} if math.isnan(f1_a) else {"f1_a": f1_a, "strs": strs}
    return out | {"precision_a": p, "recall_a": r, "uf1": f, "uar": p} | undefined


def random_rows(generator, rows, emotions, near=()):
    """Rows of few subjects and videos, some twice, some backwards, and most of them close to a row of `near`."""
    out = []
    for _ in range(rows):
        onset, length = int(generator.integers(-4, 40)), int(generator.integers(0, 14))
        row = (
            str(generator.integers(3)),
            f"v{generator.integers(3)}",
            onset,
            onset + length,
            str(generator.choice(emotions)),
        )
        if near and generator.random() < 0.7:
            subject, video, onset, offset, emotion = near[generator.integers(len(near))]
            shift, longer = (int(value) for value in generator.integers(-2, 3, 2))
            row = (subject, video, onset + shift, offset + longer, emotion if generator.random() < 0.6 else row[4])
        backwards = generator.random() < 0.03
        out.append((*row[:2], row[3] + 1, row[2], row[4]) if backwards else row)
        if generator.random() < 0.2:
            out.append(out[-1])
    return out


@pytest.mark.smoke
def test_readme_example():
    pred = [
        (1, "EP02_01f", 10, 70, "happiness"),
        (1, "EP03_02", 100, 170, "others"),
        (1, "EP04_02", 0, 70, "others"),
        (2, "EP01_11f", 20, 90, "happiness"),
        (2, "EP02_04f", 70, 140, "happiness"),
    ]
    truth = [
        (1, "EP02_01f", 45, 85, "happiness"),
        (1, "EP03_02", 130, 160, "others"),
        (1, "EP04_02", 20, 75, "others"),
        (2, "EP01_11f", 45, 95, "repression"),
        (2, "EP02_04f", 30, 140, "repression"),
    ]
    got = official(pred, truth)
    assert [got[name] for name in ("tp_s", "fp_s", "fn_s")] == [3, 2, 2]
    assert [got[name] for name in ("precision_s", "recall_s")] == [0.6, 0.6]
    assert got["f1_s"] == pytest.approx(0.6, abs=1e-15)
    assert [got[name] for name in ("tp_a", "fp_a", "fn_a")] == [1, 2, 2]
    assert [got[name] for name in ("precision_a", "recall_a", "f1_a", "uf1")] == pytest.approx([1 / 3] * 4)
    assert got["strs"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("guesses", "truths", "p", "r", "uar"),
    [(("negative", "negative"), ("negative", "positive"), 1 / 6, 1 / 3, 1 / 6),
     (("negative", "positive"), ("negative", "negative"), 1 / 3, 1 / 6, 1 / 3)],
)  # fmt: skip
def test_the_two_rows_of_the_baseline_table(guesses, truths, p, r, uar):
    rows = [("1", str(place), 0, 9) for place in range(2)]
    got = official(
        [(*row, e) for row, e in zip(rows, guesses, strict=True)],
        [(*row, e) for row, e in zip(rows, truths, strict=True)],
        COARSE,
    )
    assert [got[name] for name in ("precision_a", "recall_a", "uar")] == pytest.approx([p, r, uar])
    assert [got[name] for name in ("f1_a", "uf1")] == pytest.approx([2 / 9, 2 / 9])
    assert (got["tp_a"], got["fp_a"], got["fn_a"]) == (1, 1, 1)


def test_equals_its_restatement_on_thousands_of_tables():
    generator = np.random.default_rng(20240601)
    undefined = multiple = 0
    for turn in range(2000):
        emotions = [*COARSE, "others"][: int(generator.integers(1, 5))]
        truth = random_rows(generator, int(generator.integers(1, 12)), emotions)
        pred = random_rows(generator, int(generator.integers(0, 16)), [*emotions, "strange"], truth)
        classes = (None, COARSE, ("positive",))[turn % 3]
        k = (0.5, 0.5, 0.3, 0.75)[turn % 4]
        want, got = restated(pred, truth, classes, k), official(pred, truth, classes, iou=k)
        assert {name: got[name] for name in want} == want, (pred, truth, classes, k)
        undefined += want["strs"] is None
        multiple += want["tp_s"] + want["fp_s"] > len(pred)
    assert 200 < undefined < 1800  # both sides of every edge were there
    assert multiple > 10


def test_one_prediction_takes_every_row_it_fits():
    truth = [("1", "a", 0, 9, "negative"), ("1", "a", 0, 9, "positive"), ("1", "a", 40, 49, "positive")]
    got = official([("1", "a", 0, 9, "negative"), ("1", "a", 0, 9, "positive")], truth)
    assert (got["tp_s"], got["fp_s"], got["fn_s"]) == (2, 1, 1)


def test_row_order_matters():
    truth = [("1", "a", 0, 9, "negative"), ("1", "b", 0, 9, "positive")]
    pred = [("1", "a", 0, 9, "positive"), ("1", "a", 0, 9, "negative"), ("1", "b", 0, 9, "positive")]
    assert official(pred, truth)["tp_a"] == 1
    assert official([pred[1], pred[0], pred[2]], truth)["tp_a"] == 2


def test_subjects_and_videos_that_one_table_lacks():
    truth = [("1", "a", 0, 9, "negative"), ("2", "a", 0, 9, "positive"), ("2", "b", 0, 9, "positive")]
    score = scored([("1", "a", 0, 9, "negative"), ("1", "z", 0, 9, "negative"), ("9", "a", 0, 9, "negative")], truth)
    got = values(score, "official")
    assert (got["tp_s"], got["fp_s"], got["fn_s"]) == (1, 0, 0)
    assert score.warnings[:2] == (
        "official: 1 subjects without a prediction: their 2 true intervals are not counted as missed",
        "official: 2 predictions in videos without ground truth are ignored",
    )


@pytest.mark.parametrize("pred", [[], [("1", "a", 30, 39, "negative")], [("7", "a", 0, 9, "negative")]])
def test_script_fails_without_a_true_positive(pred):
    score = scored(pred, [("1", "a", 0, 9, "negative"), ("1", "b", 0, 9, "positive")])
    got = values(score, "official")
    assert got["tp_s"] == 0
    assert (got["strs"], got["f1_a"], got["uf1"], got["uar"]) == (None,) * 4
    assert FAILS in score.metrics["official.strs"].reason


@pytest.mark.parametrize(
    ("guess", "true", "sentence"),
    [("negative", "negative", "all kept pairs are of one class"),
     ("positive", "negative", "no kept pair has the right emotion"),
     ("negative", "others", "no matched pair has a true emotion among the classes")],
)  # fmt: skip
def test_zero_over_zero_has_a_reason(guess, true, sentence):
    score = scored([("1", "a", 0, 9, guess)], [("1", "a", 0, 9, true)], COARSE)
    got = values(score, "official")
    assert (got["f1_a"], got["strs"], got["f1_s"]) == (None, None, 1.0)
    assert (got["precision_a"], got["recall_a"], got["uf1"], got["uar"]) == (0, 0, 0, 0)
    assert sentence in score.metrics["official.strs"].reason


def test_empty_truth_and_backward_intervals_are_no_traceback():
    assert official([("1", "a", 0, 9, "negative")], [])["strs"] is None
    got = official([("1", "a", 9, 0, "negative")], [("1", "a", 0, 9, "negative")])
    assert (got["tp_s"], got["fp_s"], got["fn_s"]) == (0, 1, 1)


def test_overall_is_the_scorer_on_pooled_tables():
    from mebench.tables.csv import pool

    generator = np.random.default_rng(5)
    first, second = ([random_rows(generator, 60, COARSE) for _ in range(2)] for _ in range(2))
    truth = pool([table(first[0]), table(second[0])])
    pred = pool([table(first[1]), table(second[1])])
    got = values(str_score(pred, truth, None, COARSE, "official"), "official")
    want = restated(first[1] + second[1], first[0] + second[0], COARSE)
    assert {name: got[name] for name in want} == want


@pytest.mark.parametrize("case", ["all_emotions", "no_match", "one_class", "readme", "three_classes"])
def test_equals_the_stored_output_of_the_script(case):
    stored = json.loads((GOLDEN / f"{case}.json").read_text())
    pred, truth = read_predictions(GOLDEN / f"{case}_pred.csv"), read_truth(GOLDEN / f"{case}_truth.csv")
    classes = None if stored["classes"] is None else tuple(stored["classes"])
    score = str_score(pred, truth, None, classes, "official")
    got = values(score, "official")
    if stored["official"] is None:
        assert (got["tp_s"], got["strs"]) == (0, None)
        assert FAILS in score.metrics["official.strs"].reason
    else:
        assert {name: got[name] for name in FIGURES} == stored["official"]
