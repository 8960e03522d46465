"""MEAN as a task: rows read across files, losses as lines, scores as files, the fold's plan, divergence."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebench.config.experiment import DatasetConfig, Experiment, TrainConfig, model_of
from mebench.errors import MebenchError
from mebench.methods.mean.spot_then_recognise import read_rows
from mebench.methods.mean.window_scores import WindowScores, read_scores, write_scores
from mebench.progress import Silent
from mebench.record.run_folder import RunFolder, folder_of
from mebench.run.run import run_experiment
from mebench.training.train import losses_text


@given(st.lists(st.integers(0, 6), min_size=1, max_size=5), st.data())
def test_rows_are_those_of_the_concatenation(lengths, data):
    parts = [np.full((n, 42, 42, 3), i, np.float16) + np.arange(n, dtype=np.float16)[:, None, None, None] / 8
             for i, n in enumerate(lengths)]  # fmt: skip
    total = sum(lengths)
    rows = np.array(sorted(data.draw(st.sets(st.integers(0, max(0, total - 1)), max_size=total))), np.int64)
    np.testing.assert_array_equal(read_rows(parts, rows[rows < total]), np.concatenate(parts)[rows[rows < total]])


def test_losses_are_one_line_a_fold_and_epoch():
    losses = {"spotting": np.array([[[1.0, 3.0], [2.0, 0.0]]], np.float32)}
    lines = [json.loads(line) for line in losses_text(losses, ["s01"]).splitlines()]
    assert lines == [
        {"step": 1, "name": "spotting.loss.s01", "value": 2.0},
        {"step": 2, "name": "spotting.loss.s01", "value": 2.0},
    ]


def test_scores_round_trip(tmp_path):
    scores = WindowScores(np.arange(5, dtype=np.float32), np.ones((5, 3), np.float32))
    folder = RunFolder(tmp_path / "run")
    write_scores(folder, "v", scores)
    got = read_scores(folder, "v")
    np.testing.assert_array_equal(got.spotting, scores.spotting)
    np.testing.assert_array_equal(got.recognition, scores.recognition)


def tiny(**train) -> Experiment:
    settings = TrainConfig(epochs=2, recognition_epochs=20, **train)
    return Experiment(name="a/b", dataset=DatasetConfig(name="synth_me", variant="tiny", limit=2), train=settings)


def test_training_loss_falls_and_every_artefact_is_there(drawn, tmp_path):
    result = run_experiment(tiny(), tmp_path, drawn, Silent())
    rows = [json.loads(line) for line in result.folder.metrics.read_text().splitlines()]
    for stage in ("spotting", "recognition"):
        values = {row["step"]: row["value"] for row in rows if row["name"] == f"{stage}.loss.s01"}
        assert values[max(values)] < values[1]
    assert len(list(result.folder.scores.glob("*.npz"))) == 4
    assert result.record.metrics["strict.strs"].value is not None


def test_divergence_names_fold_and_step_and_keeps_the_last_checkpoint(drawn, tmp_path):
    experiment = tiny(learning_rate=1e30)
    with pytest.raises(MebenchError, match=r"training of fold 's0\d' diverged at step \d+ of epoch 1.*learning_rate"):
        run_experiment(experiment, tmp_path, drawn, Silent())
    assert not folder_of(experiment, tmp_path).record.exists()


def test_faithful_behaviour_runs_and_differs(drawn, tmp_path):
    faithful = tiny().model_copy(update={"model": model_of({"behaviour": "faithful"})})
    mended = run_experiment(tiny(), tmp_path, drawn, Silent())
    other = run_experiment(faithful, tmp_path, drawn, Silent())
    assert other.record.experiment.sha256 != mended.record.experiment.sha256
    last = [result.folder.metrics.read_text().splitlines()[-1] for result in (mended, other)]
    assert last[0] != last[1]
    assert all('"recognition.loss.s02"' in line for line in last)
