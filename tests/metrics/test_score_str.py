"""The score of spot-then-recognise: its document, nulls with reasons, files in and out."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from fixtures.scores import str_score

from mebench.errors import MebenchError
from mebench.metrics.bootstrap import metrics_of
from mebench.metrics.figure_names import is_count
from mebench.metrics.samples import read_samples
from mebench.metrics.score import score_of, write_score
from mebench.metrics.str.figures import FIGURES, STRICT_FIGURES
from mebench.metrics.str.files import count_str_files
from mebench.metrics.str.official import DEPARTURES
from mebench.metrics.str.score import str_statistics
from mebench.report.score_text import score_notes, score_rows
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
def test_the_document_has_every_figure_and_no_nan():
    pred, truth, manifest = large(400, 60)
    score = str_score(pred, truth, manifest, COARSE, bootstrap=100)
    document = json.loads(json.dumps(score.to_json(), allow_nan=False))
    assert (document["schema"], document["task"]) == ("mebench-score/1", "str")
    settings = document["settings"]
    assert (settings["bootstrap"], settings["seed"], settings["departures"]) == (100, 0, list(DEPARTURES))
    for rules, names in (("official", FIGURES), ("strict", FIGURES + STRICT_FIGURES)):
        sample = settings["samples"][rules]
        assert sample["scorer"].startswith(f"strs-{rules}/1")
        assert (sample["classes"], sample["iou"]) == ([*COARSE], 0.5)
        people = {subject for subject, _ in (truth if rules == "official" else manifest).keys}
        for name in names:
            one = document["metrics"][f"{rules}.{name}"]
            low, high = one["interval"]
            assert low <= high
            assert (one["reason"], one["unit"], one["n"]) == (None, "subjects", len(people))
            assert not is_count(name) or one["value"] % 1 == 0
        kept = document["metrics"][f"{rules}.tp_a"]["value"] + document["metrics"][f"{rules}.fn_a"]["value"]
        assert np.sum(document["confusion"][f"{rules}.emotion"]["counts"]) == kept


def test_nulls_have_reasons():
    none = IntervalTable.of([], [], [], [], [])
    truth = IntervalTable.of([1, 2], ["a", "a"], [0, 0], [9, 9], ["negative", "positive"])
    score = str_score(none, truth)
    assert all(one.interval is None and one.reason for one in score.metrics.values())
    assert score.metrics["official.strs"].value is None
    assert score.metrics["strict.strs"].value == 0
    notes = score_notes(score)
    assert any(text.startswith("undefined: strict ap_50, ap_50_95: the predictions have no score") for text in notes)
    assert ("strs", "undefined", "0.0000") in score_rows(score)


def test_rules_are_chosen_and_unknown_ones_refused():
    pred, truth, manifest = large(50, 20)
    assert set(str_statistics(pred, truth, manifest, COARSE, "official")) == {"official"}
    assert set(str_statistics(pred, truth, manifest, COARSE, "strict")) == {"strict"}
    with pytest.raises(MebenchError, match="did you mean 'strict'"):
        str_statistics(pred, truth, rules="strickt")


def test_files_in_and_out(tmp_path):
    pred, truth, manifest = large(200, 40)
    write_predictions(tmp_path / "p.csv", pred)
    write_truth(tmp_path / "t.csv", truth)
    write_manifest(tmp_path / "m.csv", manifest)
    counted = count_str_files(tmp_path / "p.csv", tmp_path / "t.csv", tmp_path / "m.csv", ",".join(COARSE))
    score, expected = score_of(counted, 20), str_score(pred, truth, manifest, COARSE, bootstrap=20)
    assert score.metrics == expected.metrics
    assert counted.text() == expected.counted.text()
    write_score(tmp_path / "out.json", score)
    assert json.loads((tmp_path / "out.json").read_text()) == score.to_json()
    assert metrics_of(read_samples(tmp_path / "out.json"), 20) == score.metrics
    with pytest.raises(ValueError, match="JSON"):
        write_score(tmp_path / "bad.json", replace(score, extra={"value": float("nan")}))
    assert not (tmp_path / "bad.json").exists()


def test_scores_need_neither_jax_nor_cv2():
    code = "import sys, mebench.metrics.str.files; print({'jax', 'cv2', 'tensorflow_datasets'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
