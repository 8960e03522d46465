"""Questions answered end to end on drawn clips: the answerer and the controls, scored, shown, added, resumed."""

import json
from pathlib import Path

import pytest

from mebench.config.experiment import load_experiment
from mebench.errors import MebenchError
from mebench.progress import Silent
from mebench.run.check import check_run
from mebench.run.run import run_experiment

EXPERIMENTS = Path(__file__).parents[2] / "experiments" / "synth_me"
CHANGES = ("dataset.variant=clips_tiny", "protocol.folds=2", "train.epochs=2", "score.bootstrap=50")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


def run(name, folder, data, *changes):
    experiment = load_experiment(EXPERIMENTS / f"{name}.toml", (*CHANGES, *changes))
    return run_experiment(experiment, folder, data, Silent())


@pytest.fixture(scope="module")
def answered(data, tmp_path_factory):
    return run("vqa_answerer", tmp_path_factory.mktemp("runs"), data)


def test_every_question_is_answered_and_scored(answered):
    folder, record = answered.folder, answered.record
    rows = [json.loads(line) for line in folder.answers.read_text().splitlines()]
    assert len(rows) == len(folder.true_answers.read_text().splitlines()) >= 60
    assert all(row["answer"] for row in rows)
    assert set(record.bounds) == {"blind", "constant", "oracle-template"}
    assert record.bounds["oracle-template"]["overall.bleu"].value == 1
    assert record.metrics["overall.final"].unit == "clips"
    assert record.experiment.config["answers"]["parser"] == "exact"
    assert check_run(folder).figures == len(record.metrics)


def test_the_page_shows_every_clip(answered):
    text = answered.folder.answers_page.read_text()
    assert text.count("<article>") == 12
    assert text.count("data:image/jpeg") == 48


def test_the_same_run_gives_the_same_bytes(answered, data, tmp_path):
    again = run("vqa_answerer", tmp_path, data)
    assert again.folder.answers.read_bytes() == answered.folder.answers.read_bytes()
    assert again.folder.statistics.read_bytes() == answered.folder.statistics.read_bytes()
    assert run("vqa_answerer", tmp_path, data).already_done


@pytest.mark.parametrize("name", ["blind", "constant", "oracle_template"])
def test_controls_are_models_like_any_other(name, answered, data, tmp_path):
    found = run(f"vqa_{name}", tmp_path, data).record
    metrics = answered.record.bounds[name.replace("_", "-")]
    assert found.metrics == metrics


def test_more_folds_than_subjects(data, tmp_path):
    with pytest.raises(MebenchError, match=r"5 folds of 4 subjects cannot be; set protocol.folds between 2 and"):
        run("vqa_blind", tmp_path, data, "protocol.folds=5")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (("model.name=mean",), "model.name mean cannot do task vqa; choose one of answerer"),
        (("protocol.folds=0",), "protocol.folds, 2 or more, goes with protocol.kind subject_folds"),
        (("media.kind=sound",), "unknown media.kind 'sound'"),
        (("answers.bleu=bleu5",), "unknown answers.bleu 'bleu5'"),
        (("task=str", "model.name=mean", "media.kind=of"), r"\[media\] and \[answers\] belong to task vqa"),
    ],
)
def test_wrong_settings(changes, sentence):
    with pytest.raises(MebenchError, match=sentence):
        load_experiment(EXPERIMENTS / "vqa_answerer.toml", (*CHANGES, *changes))
