"""Runs on several datasets: cross-dataset with and without labels, recognition over all subjects, odd labels."""

import csv

import pytest
from fixtures import made_faces
from sklearn.metrics import f1_score, recall_score

from mebench.cli.terminal import show_table
from mebench.config.experiment import (
    DatasetConfig,
    Experiment,
    FeaturesConfig,
    ModelConfig,
    ProtocolConfig,
    ScoreConfig,
    TrainConfig,
)
from mebench.data.splits import loso
from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache
from mebench.methods.mean.fold_plan import plan_fold
from mebench.methods.registry import inputs_of
from mebench.metrics.score import score_of
from mebench.metrics.str.files import count_str_files
from mebench.progress import Silent
from mebench.record.record import metrics_text, read_record
from mebench.report.table import markdown
from mebench.run.check import check_run
from mebench.run.dry_run import plan_run
from mebench.run.plan_text import plan_text
from mebench.run.run import run_experiment
from mebench.tables.csv import read_manifest, read_predictions
from mebench.tasks.datasets import open_inputs
from mebench.tasks.str_inputs import load_str_videos
from mebench.tasks.targets import window_targets

FACES = made_faces.MadeFaces.name


def made(model="constant", name=FACES, variant="", **changes) -> Experiment:
    changes.setdefault("dataset", DatasetConfig(name=name, variant=variant))
    return Experiment(
        name=f"made/{model}",
        model=ModelConfig(name=model),
        features=FeaturesConfig(flow="opencv_farneback"),
        train=TrainConfig(epochs=1, recognition_epochs=2, batch_size=8),
        score=ScoreConfig(bootstrap=20),
        **changes,
    )


def cross(model, variant="", **changes) -> Experiment:
    return made(
        model,
        dataset=DatasetConfig(name="synth_me", variant="tiny", limit=2),
        test_dataset=DatasetConfig(name=FACES, variant=variant),
        protocol=ProtocolConfig(kind="cross_dataset"),
        **changes,
    )


def table(path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


@pytest.fixture(scope="module")
def data(drawn):
    return drawn


def test_trained_on_one_dataset_and_tested_on_another_at_another_rate(data, tmp_path):
    result = run_experiment(cross("mean", "odd"), tmp_path, data, Silent())
    folder, record = result.folder, result.record
    assert [facts.name for facts in record.datasets] == ["synth_me", FACES]
    assert set(read_manifest(folder.manifest).subject) == set(made_faces.PEOPLE)
    assert sorted(path.name for path in folder.scores.rglob("*.npz")) == ["s01_1.npz", "s02_1.npz", "s03_1.npz"]
    assert record.bounds["oracle"]["strict.strs"].value == 1.0
    score = score_of(count_str_files(folder.predictions, folder.truth, folder.manifest), 0)
    assert score.metrics["strict.tp_s"].value == record.metrics["strict.tp_s"].value
    assert "tested on made_faces/odd: 3 subjects" in folder.table.read_text()
    assert check_run(folder).figures == len(record.metrics)


def test_a_test_set_without_labels_is_answered_and_not_scored(data, tmp_path, capsys):
    result = run_experiment(cross("mean", "silent"), tmp_path, data, Silent())
    folder, record = result.folder, result.record
    assert set(read_predictions(folder.predictions).subject) <= set(made_faces.PEOPLE)
    assert len(read_manifest(folder.manifest)) == 3
    assert not folder.truth.exists()
    assert record.metrics["strict.strs"].reason == "the test set has no labels"
    assert {metric.value for metric in record.metrics.values()} == {None}
    assert (record.bounds, record.statistics_sha256) == ({}, None)
    assert read_record(folder.record) == record
    said = "Nothing was scored: the test set has no labels; the predictions are written."
    show_table(record)
    assert said in markdown(record)
    assert said in capsys.readouterr().out
    assert [name for name, _ in result.artefacts()] == ["record", "predictions", "table", "picture"]
    assert check_run(folder).figures is None


def test_nobody_learns_from_videos_without_labels(data, tmp_path):
    with pytest.raises(MebenchError, match=r"made_faces: video s01_1 has no labels.*cross_dataset"):
        run_experiment(made(variant="silent"), tmp_path, data, Silent())
    with pytest.raises(MebenchError, match="recognition cannot be scored"):
        run_experiment(made(variant="silent", task="recognition"), tmp_path, data, Silent())


@pytest.mark.parametrize("model", ["constant", "threshold"])
def test_odd_labels_do_not_stop_a_run(data, tmp_path, model):
    result = run_experiment(made(model, variant="odd"), tmp_path, data, Silent())
    rows = table(result.folder.truth)
    assert [(row["subject"], row["apex"], row["emotion"]) for row in rows] == [
        ("s01", "30", "positive"),
        ("s03", "-1", "surprise"),
        ("s03", "-1", "unknown"),
    ]
    metrics, oracle = result.record.metrics, result.record.bounds["oracle"]
    assert metrics["strict.tp_s"].value + metrics["strict.fn_s"].value == 3
    assert (oracle["strict.tp_s"].value, oracle["strict.tp_a"].value, oracle["strict.strs"].value) == (3, 2, 1.0)


def test_a_fold_trains_on_odd_labels(data):
    experiment = made("mean", variant="odd")
    videos = load_str_videos(
        open_inputs(experiment, data, Silent()).videos,
        experiment.protocol,
        inputs_of(experiment),
        FeatureCache(data / "mebench_features"),
        2,
        Silent(),
    )
    plans = [plan_fold(experiment, videos, fold) for fold in loso(made_faces.PEOPLE)]
    assert [len(plan.recognition.rows) for plan in plans] == [1, 2, 1]  # the unknown emotion trains nobody
    assert [plan.half.at(60.0) for plan in plans] == [9, 10, 12]  # N = (24 + 10) / 2, (24 + 24 + 10) / 3, 24
    assert plans[1].spotting.targets.sum() == sum(
        window_targets(v.intervals, len(v.features), 10).sum() for v in videos
    )


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        ("faceless", r"^made_faces s02_1: no face was found.*1 of 3 videos cannot be used.*leave_out = \[\"s02_1\"\]"),
        ("short", r"^made_faces s02_1: 4 frames are too few.*leave_out"),
        ("depth", r"^made_faces s01_1: frame 0 is a picture of 16 bits.*3 of 3 videos"),
    ],
)
def test_faulty_videos_are_named_and_can_be_left_out(data, tmp_path, variant, message):
    with pytest.raises(MebenchError, match=message) as caught:
        run_experiment(made("threshold", variant=variant), tmp_path, data, Silent())
    assert "\n" not in str(caught.value)
    if variant != "depth":
        without = DatasetConfig(name=FACES, variant=variant, leave_out=("s02_1",))
        record = run_experiment(made("threshold", dataset=without), tmp_path, data, Silent()).record
        assert record.datasets[0].videos == 2


def test_a_video_to_leave_out_must_be_there(data, tmp_path):
    with pytest.raises(MebenchError, match=r"unknown video to leave out of made_faces 's02_2'; did you mean 's0"):
        run_experiment(made(dataset=DatasetConfig(name=FACES, leave_out=("s02_2",))), tmp_path, data, Silent())
    everything = DatasetConfig(name=FACES, leave_out=("s01_1", "s02_1", "s03_1"))
    with pytest.raises(MebenchError, match="names every video"):
        run_experiment(made(dataset=everything), tmp_path, data, Silent())


def test_loso_over_two_datasets_keeps_their_subjects_apart(data, tmp_path):
    both = made("constant", name="synth_me", variant="tiny", more_datasets=(DatasetConfig(name=FACES),))
    folder = run_experiment(both, tmp_path, data, Silent()).folder
    subjects = set(read_manifest(folder.manifest).subject)
    assert subjects == {f"{name}/{one}" for name in ("synth_me", FACES) for one in made_faces.PEOPLE}
    assert set(read_predictions(folder.predictions_of(FACES)).subject) == set(made_faces.PEOPLE)
    parts = [read_predictions(folder.predictions_of(name)) for name in ("synth_me", FACES)]
    assert sum(map(len, parts)) == len(read_predictions(folder.predictions))
    score = score_of(count_str_files(folder.predictions, folder.truth, folder.manifest), 0)
    assert score.metrics["strict.f1_s"].n == 6
    assert check_run(folder).figures > 30


CLIPS = made_faces.MadeClips.name, made_faces.MadeOtherClips.name


def recognition(model, **changes) -> Experiment:
    more = (DatasetConfig(name=CLIPS[1]),)
    return made(model, name=CLIPS[0], task="recognition", more_datasets=more, **changes)


def test_recognition_over_all_subjects_of_two_datasets(data, tmp_path, capsys):
    result = run_experiment(recognition("mean"), tmp_path, data, Silent())
    folder, record = result.folder, result.record
    rows = table(folder.predictions)
    assert len(rows) == 12
    assert {(row["dataset"], row["subject"]) for row in rows} == {(d, s) for d in CLIPS for s in ("s01", "s02", "s04")}
    assert [rows[0][name] for name in ("video", "onset", "apex", "offset")] == ["clip 0", "0", "-1", "15"]
    true, predicted = [row["emotion"] for row in rows], [row["predicted"] for row in rows]
    assert record.metrics["pooled.uf1"].value == pytest.approx(f1_score(true, predicted, average="macro"))
    uar = recall_score(true, predicted, average="macro", zero_division=0)
    assert record.metrics["pooled.uar"].value == pytest.approx(uar)
    assert {f"{part}.accuracy" for part in ("pooled", *CLIPS)} < record.metrics.keys()
    assert record.bounds["oracle"]["pooled.uf1"].value == 1.0
    assert record.warnings == (
        "4 of 16 micro-expressions have none of the classes negative, positive, surprise: left out",
        "2 of 8 subjects have no sample of the classes: there is no fold for them",
    )
    show_table(record)
    assert "UF1" in capsys.readouterr().out
    assert "| pooled | mean |" in folder.table.read_text()
    assert check_run(folder).figures == len(record.metrics) == 9


def test_recognition_that_is_stopped_goes_on_to_the_same_bytes(data, tmp_path, monkeypatch):
    import mebench.methods.mean.recognition as task

    whole = run_experiment(recognition("mean"), tmp_path / "whole", data, Silent())
    predict = task.predict_folds

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(task, "predict_folds", killed)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(recognition("mean"), tmp_path / "stopped", data, Silent())
    monkeypatch.setattr(task, "predict_folds", predict)
    trained = monkeypatch.setattr("mebench.training.train.run_epochs", killed)
    again = run_experiment(recognition("mean"), tmp_path / "stopped", data, Silent())
    assert trained is None
    assert again.folder.predictions.read_bytes() == whole.folder.predictions.read_bytes()
    assert metrics_text(again.record) == metrics_text(whole.record)


def test_constant_recogniser_says_the_training_majority(data, tmp_path):
    result = run_experiment(recognition("constant"), tmp_path, data, Silent())
    rows = table(result.folder.predictions)
    assert {row["predicted"] for row in rows} == {"negative"}
    assert result.record.metrics == result.record.bounds["constant"]


def test_plans_of_several_datasets(data, tmp_path):
    plan = plan_run(cross("mean", "silent"), tmp_path, data)
    assert [(fold.name, len(fold.train), len(fold.test)) for fold in plan.sizes.folds] == [(FACES, 2, 3)]
    plan = plan_run(recognition("mean"), tmp_path, data)
    assert (len(plan.sizes.folds), plan.sizes.videos) == (6, 12)
    assert "made_clips/s01: train 5, test made_clips/s01" in plan_text(plan)
