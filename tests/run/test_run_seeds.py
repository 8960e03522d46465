"""Several seeds of one experiment: trained together, and each as it would be alone; stopped ones catch up."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from mebench.cli.main import app
from mebench.config.experiment import DatasetConfig, Experiment, ModelConfig, TrainConfig
from mebench.progress import Silent
from mebench.record.run_folder import folder_of
from mebench.run.run import run_experiment, run_seeds
from mebench.training import train as training

TINY = DatasetConfig(name="synth_me", variant="tiny", limit=2)
SHORT = TrainConfig(epochs=2, recognition_epochs=20)


FEW = TrainConfig(epochs=2, recognition_epochs=2)


def seeds(*numbers, task="str", train=SHORT):
    model = ModelConfig(name="mean")
    return [
        Experiment(name="synth_me/mean", task=task, dataset=TINY, model=model, train=train, seed=seed)
        for seed in numbers
    ]


@pytest.fixture(scope="module")
def data(drawn):
    return drawn


@pytest.fixture(scope="module")
def alone(data, tmp_path_factory):
    runs = tmp_path_factory.mktemp("alone")
    return [run_experiment(one, runs, data, Silent()) for one in seeds(0, 5)]


def test_each_seed_is_as_it_is_alone(data, alone, tmp_path):
    together = run_seeds(seeds(0, 5), tmp_path, data, Silent())
    for one, other in zip(together, alone, strict=True):
        assert one.record.metrics == other.record.metrics
        assert one.folder.metrics.read_bytes() == other.folder.metrics.read_bytes()
        for path in sorted(other.folder.scores.iterdir()):
            assert (one.folder.scores / path.name).read_bytes() == path.read_bytes()
    assert alone[0].record.environment["folds"] in ("map", "threads", "vmap")
    assert alone[0].record.seconds["compiling"] >= 0
    assert alone[0].folder.metrics.read_bytes() != alone[1].folder.metrics.read_bytes()
    assert [again.already_done for again in run_seeds(seeds(0, 5), tmp_path, data, Silent())] == [True, True]


def test_a_seed_that_was_stopped_catches_up(data, alone, tmp_path, monkeypatch):
    """Seed 0 stops after its first epoch; with seed 5 beside it, it ends as it would have."""
    kept = training._kept

    def stops(*arguments):
        kept(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "_kept", stops)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(seeds(0)[0], tmp_path, data, Silent())
    monkeypatch.undo()
    assert len(folder_of(seeds(0)[0], tmp_path).metrics.read_text().splitlines()) == 2  # one epoch of two folds
    for one, other in zip(run_seeds(seeds(0, 5), tmp_path, data, Silent()), alone, strict=True):
        assert one.folder.metrics.read_bytes() == other.folder.metrics.read_bytes()
        assert one.record.metrics == other.record.metrics


@pytest.mark.slow
def test_recognition_too(data, tmp_path):
    single = run_experiment(seeds(5, task="recognition", train=FEW)[0], tmp_path / "alone", data, Silent())
    _, other = run_seeds(seeds(0, 5, task="recognition", train=FEW), tmp_path / "both", data, Silent())
    assert other.folder.metrics.read_bytes() == single.folder.metrics.read_bytes()
    assert np.array_equal(other.folder.predictions.read_bytes(), single.folder.predictions.read_bytes())


def test_questions_too(data, tmp_path):
    dataset = DatasetConfig(name="synth_me", variant="clips_tiny")
    short = TrainConfig(epochs=3)
    one, two = (
        Experiment(
            name="a/b", task="vqa", dataset=dataset, model=ModelConfig(name="answerer"), train=short, seed=seed,
            score={"bootstrap": 10},
        )
        for seed in (0, 5)
    )  # fmt: skip
    single = run_experiment(two, tmp_path / "alone", data, Silent())
    _, other = run_seeds([one, two], tmp_path / "both", data, Silent())
    assert other.folder.metrics.read_bytes() == single.folder.metrics.read_bytes()
    assert other.folder.answers.read_bytes() == single.folder.answers.read_bytes()


def test_the_command_takes_several_seeds(data, tmp_path):
    file = tmp_path / "constant.toml"
    file.write_text(
        'name = "synth_me/constant"\n[dataset]\nname = "synth_me"\nvariant = "tiny"\n[model]\nname = "constant"\n'
    )
    call = ["run", str(file), "--runs", str(tmp_path), "--data", str(data), "--seed", "3", "--seed", "1", "--seed", "3"]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    records = [json.loads(path.read_text()) for path in tmp_path.glob("synth_me/constant/*/record.json")]
    assert sorted(record["seeds"]["experiment"] for record in records) == [1, 3]
    assert done.output.index("seed 3") < done.output.index("seed 1")
