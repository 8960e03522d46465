"""Spot-then-recognise statistics as samples: the same figures as the score, whole and by dataset."""

import json

import pytest

from mebench.errors import MebenchError
from mebench.metrics.bootstrap import estimates_of
from mebench.metrics.sample import mean_over
from mebench.metrics.samples import read_samples, samples_of
from mebench.metrics.score import score_of
from mebench.metrics.str.score import counted_str, str_statistics
from mebench.tables.intervals import IntervalTable, Manifest

TRUTH = IntervalTable.of(["1", "1", "2", "3"], ["a", "b", "c", "d"], [0] * 4, [9] * 4, ["negative", "positive"] * 2)
PRED = IntervalTable.of(["1", "2", "3"], ["a", "c", "d"], [0, 50, 0], [9, 59, 9], ["negative"] * 3)
MANIFEST = Manifest.of(["x", "x", "x", "y"], ["1", "1", "2", "3"], ["a", "b", "c", "d"], [99] * 4, [30.0] * 4)


def document():
    return json.loads(counted_str(str_statistics(PRED, TRUTH, MANIFEST)).text())


def test_the_score_has_the_figures_of_every_sample():
    score = score_of(counted_str(str_statistics(PRED, TRUTH, MANIFEST)), 200, 3)
    samples = samples_of(document())
    assert [one.name for one in samples] == ["official", "official.x", "official.y", "strict", "strict.x", "strict.y"]
    assert list(score.settings["samples"]) == [one.name for one in samples]
    for one in samples:
        for name, estimate in estimates_of(one, 200, 3).items():
            metric = score.metrics[one.key(name)]
            assert (metric.value, metric.interval) == (estimate.value, estimate.interval)
            assert (metric.n, metric.unit) == (len(one.units), one.kind)


def test_a_dataset_counts_its_own_videos():
    samples = {one.name: one for one in samples_of(document())}
    assert estimates_of(samples["strict.x"])["tp_s"].value == 1
    assert estimates_of(samples["strict.y"])["f1_s"].value == 1
    assert (samples["strict.x"].kind, samples["strict.y"].kind) == ("subjects", "videos")


def test_the_mean_over_runs():
    one = samples_of(document())[3]
    assert estimates_of(mean_over([one, one]))["f1_s"] == estimates_of(one)["f1_s"]
    with pytest.raises(MebenchError, match="there is no run"):
        mean_over([])


def test_documents_that_are_none():
    with pytest.raises(MebenchError, match="neither official nor strict"):
        samples_of({})
    with pytest.raises(MebenchError, match="unknown task of statistics 'srt'"):
        samples_of({"task": "srt"})


def test_files_that_hold_none(tmp_path):
    with pytest.raises(MebenchError, match=r"cannot read .* no such file"):
        read_samples(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(MebenchError, match=r"is no JSON"):
        read_samples(tmp_path / "bad.json")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(MebenchError, match=r"a JSON object is wanted"):
        read_samples(tmp_path / "list.json")
