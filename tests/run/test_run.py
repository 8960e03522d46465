"""Whole runs on the tiny embedded dataset: artefacts, bounds, records, starting again."""

import math

import numpy as np
import pytest

from mebench.config.experiment import DatasetConfig, Experiment, ModelConfig
from mebench.errors import MebenchError
from mebench.progress import Silent
from mebench.record.run_folder import begin, folder_of
from mebench.run.run import run_experiment

TINY = DatasetConfig(name="synth_me", variant="tiny")


def experiment(model: str, **changes) -> Experiment:
    return Experiment(name=f"synth_me/{model}", dataset=TINY, model=ModelConfig(name=model), **changes)


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.mark.parametrize("model", ["oracle", "constant", "threshold"])
def test_bounds_leave_every_artefact(data, tmp_path, model):
    result = run_experiment(experiment(model), tmp_path, data, Silent())
    folder, record = result.folder, result.record
    for path in (folder.record, folder.predictions, folder.truth, folder.manifest, folder.statistics, folder.score):
        assert path.stat().st_size > 0
    assert [name for name, _ in result.artefacts()] == ["record", "predictions", "table", "picture"]
    assert record.datasets[0].subjects == 3
    assert record.bounds["oracle"]["strict.strs"].value == 1.0
    assert record.metrics == record.bounds[model]
    assert record.environment["NPROC"]


def test_third_start_does_nothing_and_says_so(data, tmp_path):
    first = run_experiment(experiment("oracle"), tmp_path, data, Silent())
    before = first.folder.record.stat().st_mtime_ns
    again = run_experiment(experiment("oracle"), tmp_path, data, Silent())
    assert (first.already_done, again.already_done) == (False, True)
    assert again.record == first.record
    assert again.folder.record.stat().st_mtime_ns == before


def test_two_runs_give_the_same_predictions_and_metrics(data, tmp_path):
    one = run_experiment(experiment("threshold"), tmp_path / "one", data, Silent())
    other = run_experiment(experiment("threshold"), tmp_path / "other", data, Silent())
    assert one.folder.predictions.read_bytes() == other.folder.predictions.read_bytes()
    assert one.record.metrics == other.record.metrics


def test_record_has_no_path_and_no_nan(data, tmp_path):
    result = run_experiment(experiment("constant"), tmp_path, data, Silent())
    text = result.folder.record.read_text()
    assert str(tmp_path) not in text
    assert str(data) not in text
    for metric in result.record.metrics.values():
        assert metric.value is None or math.isfinite(metric.value)
        assert metric.value is not None or metric.reason


def test_a_run_begun_with_other_code_is_not_gone_on_with(data, tmp_path):
    folder = folder_of(experiment("oracle"), tmp_path)
    begin(folder, {"mebench code": "another"})
    with pytest.raises(MebenchError, match="begun with another mebench code"):
        run_experiment(experiment("oracle"), tmp_path, data, Silent())


def test_limit_leaves_subjects_out(data, tmp_path):
    two = experiment("oracle").model_copy(update={"dataset": TINY.model_copy(update={"limit": 2})})
    record = run_experiment(two, tmp_path, data, Silent()).record
    assert record.datasets[0].subjects == 2
    assert np.isfinite(record.peak_memory_bytes)
