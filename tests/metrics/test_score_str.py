"""The score document: its keys, nulls with reasons, files in and out, and its speed."""

import json
import subprocess
import sys
import time

import numpy as np
import pytest

from mebench.errors import MebenchError
from mebench.metrics.scored_classes import scored_classes
from mebench.metrics.str.files import score_str_files
from mebench.metrics.str.official import DEPARTURES
from mebench.metrics.str.score import FIGURES, STRICT_FIGURES, score_str, str_statistics, write_score
from mebench.tables.csv import IntervalTable, Manifest, write_manifest, write_predictions, write_truth

COARSE = ("negative", "positive", "surprise")


def large(predictions=10_000, truths=300, videos=30, frames=6000):
    """Long videos full of predictions, half of them near a true interval."""
    generator = np.random.default_rng(0)
    video, onset = generator.integers(0, videos, truths), generator.integers(0, frames - 60, truths)
    offset = onset + generator.integers(8, 50, truths)
    near = generator.integers(0, truths, predictions)
    far = generator.integers(0, 2, predictions) * generator.integers(60, 3000, predictions)
    start = np.clip(onset[near] + generator.integers(-6, 7, predictions) - far, 0, None)
    length = offset[near] - onset[near] + generator.integers(-3, 9, predictions)

    def table(place, onset, offset, **more):
        names = generator.choice(COARSE, len(place)).tolist()
        return IntervalTable.of((place // 2).tolist(), place.tolist(), onset, offset, names, apex=onset + 4, **more)

    pred = table(video[near], start, start + length, score=generator.random(predictions))
    each = np.arange(videos)
    manifest = Manifest.of(["d"] * videos, (each // 2).tolist(), each.tolist(), [frames] * videos, [30.0] * videos)
    return pred, table(video, onset, offset), manifest


@pytest.mark.smoke
def test_document_has_every_key_and_no_nan():
    pred, truth, manifest = large(400, 60)
    document = score_str(pred, truth, manifest, COARSE, bootstrap=100)
    json.dumps(document, allow_nan=False)
    assert (document["bootstrap"], document["seed"], document["iou"], document["classes"]) == (100, 0, 0.5, [*COARSE])
    for rules, names in (("official", FIGURES), ("strict", FIGURES + STRICT_FIGURES)):
        part = document[rules]
        assert list(part["intervals"]) == list(names)
        assert document["scorers"][rules].startswith(f"strs-{rules}/1")
        counted = set(truth.keys) if rules == "official" else set(manifest.keys)
        assert (part["n_subjects"], part["n_videos"]) == (len({subject for subject, _ in counted}), len(counted))
        assert (part["n"], part["unit"], part["n_classes"]) == (part["n_subjects"], "subjects", 3)
        for name in names:
            low, high = part["intervals"][name]
            assert low <= high
            assert isinstance(part[name], int if name[:2] in ("tp", "fp", "fn") and "_per" not in name else float)
        assert sum(video["tp_s"] for video in part["per_video"]) == part["tp_s"]
        assert part["reasons"] == {}
        assert np.sum(part["confusion"]["counts"]) == part["tp_a"] + part["fn_a"]


def test_nulls_have_reasons():
    none = IntervalTable.of([], [], [], [], [])
    truth = IntervalTable.of([1, 2], ["a", "a"], [0, 0], [9, 9], ["negative", "positive"])
    document = score_str(none, truth)
    for rules in ("official", "strict"):
        part = document[rules]
        for name in part["intervals"]:
            assert part[name] is not None or part["reasons"][name]
            assert part["intervals"][name] is not None or part["reasons"][f"intervals.{name}"]
    assert document["official"]["strs"] is None
    assert document["strict"]["strs"] == 0


def test_rules_are_chosen_and_unknown_ones_refused():
    pred, truth, manifest = large(50, 20)
    assert "strict" not in score_str(pred, truth, manifest, COARSE, "official", bootstrap=0)
    assert "official" not in score_str(pred, truth, manifest, COARSE, "strict", bootstrap=0)
    with pytest.raises(MebenchError, match="did you mean 'strict'"):
        score_str(pred, truth, rules="strickt")


def test_files_in_and_out(tmp_path):
    pred, truth, manifest = large(200, 40)
    write_predictions(tmp_path / "p.csv", pred)
    write_truth(tmp_path / "t.csv", truth)
    write_manifest(tmp_path / "m.csv", manifest)
    paths = tmp_path / "p.csv", tmp_path / "t.csv", tmp_path / "m.csv"
    document = score_str_files(*paths, ",".join(COARSE), "both", tmp_path / "out.json")
    expected = score_str(pred, truth, manifest, COARSE)
    expected["official"]["departures"] = list(DEPARTURES)
    expected["statistics"] = {
        name: one.to_json() for name, one in str_statistics(pred, truth, manifest, COARSE).items()
    }
    expected |= scored_classes(",".join(COARSE), truth.emotion, truth.where).to_json()
    assert document == expected
    first = (tmp_path / "out.json").read_bytes()
    assert json.loads(first) == document
    score_str_files(*paths, ",".join(COARSE), "both", tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == first
    with pytest.raises(ValueError, match="JSON"):
        write_score(tmp_path / "bad.json", {"value": float("nan")})
    assert not (tmp_path / "bad.json").exists()


def test_ten_thousand_predictions_take_under_two_seconds():
    pred, truth, manifest = large()
    start = time.perf_counter()
    document = score_str(pred, truth, manifest, COARSE, bootstrap=1000)
    assert time.perf_counter() - start < 2
    assert document["strict"]["tp_s"] > 200


def test_scores_need_neither_jax_nor_cv2():
    code = "import sys, mebench.metrics.str.files; print({'jax', 'cv2', 'tensorflow_datasets'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
