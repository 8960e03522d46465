"""The strict rules: by hand, at their edges, against brute force and against scikit-learn."""

from itertools import permutations

import numpy as np
import pytest
from fixtures.scores import str_score, values
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from mebench.errors import MebenchError
from mebench.metrics.str.figures import FIGURES, STRICT_FIGURES
from mebench.metrics.str.strict import strict_statistics
from mebench.tables.csv import IntervalTable, Manifest

COARSE = ("negative", "positive", "surprise")
VIDEOS = [("1", "a"), ("1", "b"), ("2", "a"), ("3", "c")]


def table(rows, columns=(), **more):
    base = [[row[i] for row in rows] for i in range(5)]
    extra = {name: [row[5 + i] for row in rows] for i, name in enumerate(columns)}
    return IntervalTable.of(*base, **extra, **more)


def manifest(videos=VIDEOS, frames=100, fps=25.0):
    subjects, names = zip(*videos, strict=True)
    return Manifest.of(["d"] * len(videos), subjects, names, [frames] * len(videos), [fps] * len(videos))


def scored(pred, truth, classes=COARSE, videos=None, **more):
    return str_score(pred, truth, videos or manifest(), classes, "strict", **more)


def strict(pred, truth, classes=COARSE, videos=None, **more):
    return values(scored(pred, truth, classes, videos, **more), "strict")


def by_video(score):
    """What was counted in each video: its subject and name, TP, FP and FN."""
    people = score.counted.statistics["strict"]["subjects"]
    return [(one["subject"], v["video"], v["tp"], v["fp"], v["fn"]) for one in people for v in one["videos"]]


rows = st.lists(
    st.tuples(
        st.sampled_from(VIDEOS), st.integers(0, 30), st.integers(0, 9), st.sampled_from([*COARSE, "others"]),
        st.integers(0, 3), st.integers(-1, 30),
    ).map(lambda r: (*r[0], r[1], r[1] + r[2], r[3], r[4] / 4, r[5])),
    max_size=8,
)  # fmt: skip


@pytest.mark.smoke
def test_by_hand():
    truth = table(
        [("1", "a", 10, 19, "negative", 15), ("1", "a", 50, 59, "positive", -1), ("2", "a", 0, 9, "negative", 5)],
        ["apex"],
    )
    pred = table(
        [
            ("1", "a", 12, 19, "negative", 0.9, 17),  # found, right: onset 2 late, apex 2 late
            ("1", "a", 10, 19, "others", 0.8, 14),  # the same one again at IoU 1: the better match
            ("1", "a", 50, 59, "negative", 0.7, 55),  # found, wrong
            ("1", "b", 0, 9, "negative", 0.6, 5),  # a video without a micro-expression
        ],
        ["score", "apex"],
    )
    score = scored(pred, truth)
    got = values(score, "strict")
    assert [got[name] for name in ("tp_s", "fp_s", "fn_s")] == [2, 2, 1]
    assert [got[name] for name in ("precision_s", "recall_s")] == [0.5, pytest.approx(2 / 3)]
    assert [got[name] for name in ("tp_a", "fp_a", "fn_a")] == [0, 1, 2]
    assert got["n_classes"] == 2
    assert (got["f1_a"], got["strs"], got["uf1"]) == (0, 0, 0)
    assert (got["onset_error_frames"], got["apex_error_frames"], got["apex_error_ms"]) == (0, 1, 40)
    assert got["fp_per_minute"] == pytest.approx(2 / (400 / 25 / 60))
    assert score.confusion["strict.emotion"]["counts"][0] == [0, 0, 0, 1]
    assert score.confusion["strict.emotion"]["predicted"] == [*COARSE, None]
    assert [fp for *_, fp, _ in by_video(score)] == [1, 1, 0, 0]
    # ranked: .9 hits, .8 finds its truth taken, .7 hits, .6 in an empty video; 3 true: 1/3 x 1 + 1/3 x 2/3
    assert got["ap_50"] == pytest.approx(5 / 9)
    # at IoU .8 the first still hits (8/10), from .85 the second does: 1/3 x 2/3 + 1/3 x 2/3
    assert got["ap_50_95"] == pytest.approx((7 * 5 / 9 + 3 * 4 / 9) / 10)


def test_more_matches_go_before_larger_iou():
    truth = table([("1", "a", 0, 9, "negative"), ("1", "a", 10, 19, "negative")])
    pred = table([("1", "a", 4, 13, "negative"), ("1", "a", 0, 7, "negative")])
    got = strict(pred, truth, iou=0.25)
    # the first reaches both (6/14, 4/16), the second only the first (8/10): two pairs win
    assert got["tp_s"] == 2
    assert got["onset_error_frames"] == 3


@settings(max_examples=60, deadline=None)
@given(rows, rows, st.randoms(use_true_random=False))
def test_row_order_cannot_matter(pred, truth, random):
    truth = [row[:5] + row[6:] for row in truth]
    before = scored(table(pred, ["score", "apex"]), table(truth, ["apex"])).to_json()
    random.shuffle(pred)
    random.shuffle(truth)
    videos = list(VIDEOS)
    random.shuffle(videos)
    after = scored(table(pred, ["score", "apex"]), table(truth, ["apex"]), videos=manifest(videos))
    assert after.to_json() == before


@settings(max_examples=60, deadline=None)
@given(rows, rows)
def test_nothing_is_matched_twice_and_no_more_could_be(pred, truth):
    pred, truth = [row[:5] for row in pred], [row[:5] for row in truth]
    score = scored(table(pred), table(truth))
    got = values(score, "strict")
    assert got["tp_s"] + got["fp_s"] == len(pred)
    assert got["tp_s"] + got["fn_s"] == len(truth)
    for subject, video, tp, fp, _ in by_video(score):
        mine, real = ([row for row in rows if row[:2] == (subject, video)] for rows in (pred, truth))
        assert tp == most_pairs(mine[:5], real) or len(mine) > 5
        assert tp + fp == len(mine)


def most_pairs(mine, real):
    def fits(p, g):
        shared = min(p[3], g[3]) - max(p[2], g[2]) + 1
        return shared > 0 and shared / (p[3] - p[2] + g[3] - g[2] + 2 - shared) >= 0.5

    few, many = sorted((mine, real), key=len)
    return max(sum(fits(a, b) for a, b in zip(few, chosen, strict=True)) for chosen in permutations(many, len(few)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*COARSE, "others"]), st.sampled_from([*COARSE, "odd"])), max_size=12))
def test_recognition_agrees_with_scikit_learn(pairs):
    videos = [("1", str(i)) for i in range(12)]
    truth = table([(*videos[i], 0, 9, true) for i, (true, _) in enumerate(pairs)])
    pred = table([(*videos[i], 0, 9, guess) for i, (_, guess) in enumerate(pairs)])
    got = strict(pred, truth, videos=manifest(videos))
    kept = [(true, guess) for true, guess in pairs if true in COARSE]
    labels = sorted({true for true, _ in kept})
    assert got["n_classes"] == len(labels)
    if not kept:
        assert (got["f1_a"], got["strs"], got["uar"]) == (0, 0, 0)
        return
    true, guess = zip(*kept, strict=True)
    settings_ = {"labels": labels, "average": "macro", "zero_division": 0}
    assert got["uf1"] == pytest.approx(f1_score(true, guess, **settings_))
    assert got["uar"] == got["recall_a"] == pytest.approx(recall_score(true, guess, **settings_))
    assert got["precision_a"] == pytest.approx(precision_score(true, guess, **settings_))
    assert got["tp_a"] + got["fn_a"] == len(kept)


def test_nothing_predicted_and_nothing_true():
    score = scored(table([]), table([("1", "a", 0, 9, "negative")]))
    assert [values(score, "strict")[name] for name in FIGURES] == [0, 0, 1, *[0] * 12]
    assert score.metrics["strict.onset_error_frames"].reason == "no matched pair"
    none = strict(table([("1", "a", 0, 9, "negative", 0.5)], ["score"]), table([]))
    assert (none["fp_s"], none["strs"], none["ap_50"]) == (1, 0, None)
    assert none["fp_per_minute"] == pytest.approx(60 * 25 / 400)


def test_frames_outside_are_clipped_or_stay_false():
    truth = table([("1", "a", 0, 9, "negative"), ("1", "b", 90, 99, "positive")])
    pred = table(
        [("1", "a", -30, 9, "negative"), ("1", "b", 90, 200, "positive"), ("1", "b", 100, 109, "positive"),
         ("2", "a", -9, -1, "negative")]
    )  # fmt: skip
    score = scored(pred, truth)
    got = values(score, "strict")
    assert (got["tp_s"], got["fp_s"], got["fn_s"], got["strs"]) == (2, 2, 0, pytest.approx(2 / 3))
    assert score.warnings[:2] == (
        "strict: 2 predicted intervals reached outside their video and were clipped",
        "strict: 2 predicted intervals lie wholly outside their video and stay false positives",
    )


@pytest.mark.parametrize(
    ("pred", "truth", "sentence"),
    [([("9", "a", 0, 9, "negative")], [], r"P row 2 \(subject 9, video a\): not in manifest"),
     ([], [("1", "z", 0, 9, "negative")], r"T row 2 \(subject 1, video z\): not in manifest"),
     ([("1", "a", 0, 9, "x"), ("1", "a", 9, 8, "x")], [], r"P row 3 .*: offset 8 < onset 9"),
     ([], [("1", "a", 91, 100, "x")], r"T row 2 .*leave the video's frames 0 to 99"),
     ([], [("1", "a", -1, 5, "x")], r"T row 2 .*leave the video's frames")],
)  # fmt: skip
def test_what_is_refused_names_the_row(pred, truth, sentence):
    with pytest.raises(MebenchError, match=sentence):
        strict(table(pred, source="P"), table(truth, source="T"))


def test_without_a_manifest_it_says_so():
    pred, truth = table([("1", "q", -5, 4, "negative")]), table([("1", "a", 0, 9, "negative")])
    score = str_score(pred, truth, None, COARSE, "strict")
    got = values(score, "strict")
    assert (got["tp_s"], got["fp_s"], got["fn_s"], got["fp_per_minute"]) == (0, 1, 1, None)
    assert score.warnings[0].startswith("strict: no manifest")
    assert {name for name in STRICT_FIGURES if got[name] is None} == set(STRICT_FIGURES)


def test_classes_that_never_occur_and_strange_emotions_are_warned_of():
    warnings = scored(table([("1", "a", 0, 9, "Negative")]), table([("1", "a", 0, 9, "negative")])).warnings
    assert any("Negative" in warning for warning in warnings)
    assert any("positive, surprise" in warning for warning in warnings)


def test_videos_stand_in_order_of_their_ids():
    videos = manifest(VIDEOS[::-1])
    statistics = strict_statistics(table([]), table([]), videos, COARSE)
    assert list(zip(statistics.subject, statistics.video, strict=True)) == VIDEOS
    assert statistics.sums["duration_us"].tolist() == [4_000_000] * 4
    assert np.array_equal(statistics.confusion, np.zeros((4, 3, 4)))
