"""The experiments of the licensed datasets, run from archive to scores on small archives of their layout."""

import importlib

import pytest

import mebench.config.experiment
from mebench.config.experiment import DatasetConfig, Experiment, FeaturesConfig, ModelConfig, ScoreConfig
from mebench.data.builders import build_dataset
from mebench.metrics.score import score_of
from mebench.metrics.str.files import count_str_files
from mebench.progress import Silent
from mebench.run.run import run_experiment

QUICK = ("train.epochs=1", "train.recognition_epochs=2", "score.bootstrap=20", "features.flow=opencv_farneback")


def archive_of(name, root):
    return importlib.import_module(f"fixtures.archives.{name}").write_runnable(root)


NAMES = ("samm_lv", "casme_sq", "casme3", "smic_e_long", "four_dme")
CASES = [
    pytest.param(name, model, marks=pytest.mark.slow if model == "mean" and name != "casme3" else ())
    for name in NAMES
    for model in ("mean", "constant")
    if (name, model) != ("casme3", "constant")
]
"""MEAN learns from one archive as from another, and takes its time to compile: on one here, on all in slow tests."""


@pytest.mark.parametrize(("name", "model"), CASES)
def test_an_experiment_on_a_small_archive(name, model, tmp_path, request):
    archive = archive_of(name, tmp_path / "archive")
    build_dataset(name, "", tmp_path / "data", Silent(), jobs=2, archive=archive)
    file = request.config.rootpath / "experiments" / name / "str_mean.toml"
    experiment = mebench.config.experiment.load_experiment(file, (*QUICK, f"model.name={model}"))
    assert experiment.dataset.name == name
    result = run_experiment(experiment, tmp_path / "runs", tmp_path / "data", Silent())
    folder, record = result.folder, result.record
    assert (record.datasets[0].name, record.datasets[0].subjects) == (name, 3)
    assert record.datasets[0].micro_expressions >= 6
    assert record.bounds["oracle"]["strict.strs"].value == 1.0
    assert len(folder.predictions.read_text().splitlines()) > 1
    score = score_of(count_str_files(folder.predictions, folder.truth, folder.manifest), 0)
    assert score.metrics["strict.tp_s"].value == record.metrics["strict.tp_s"].value


def test_recognition_says_that_its_clips_are_not_those_of_the_protocol(tmp_path):
    archive = archive_of("casme3", tmp_path / "archive")
    build_dataset("casme3", "", tmp_path / "data", Silent(), jobs=2, archive=archive)
    experiment = Experiment(
        name="made/constant",
        task="recognition",
        dataset=DatasetConfig(name="casme3", label_map="casme3_3"),
        model=ModelConfig(name="constant"),
        features=FeaturesConfig(flow="opencv_farneback"),
        score=ScoreConfig(bootstrap=20),
    )
    record = run_experiment(experiment, tmp_path / "runs", tmp_path / "data", Silent()).record
    (said,) = [text for text in record.warnings if "published are 699" in text]
    assert said.startswith("casme3: 9 clips have a class of casme3_3")
