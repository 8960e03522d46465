"""The experiments on several licensed datasets, run from archives of their layout: cross-dataset and MEGC2019."""

import csv

from fixtures.archives import casme2, casme_sq, megc2025_str, samm, scenes, smic

from mebench.config.experiment import load_experiment
from mebench.data.builders import build_dataset
from mebench.progress import Silent
from mebench.run.run import run_experiment
from mebench.tables.csv import read_manifest, read_predictions

QUICK = ("model.name=constant", "score.bootstrap=20", "features.flow=opencv_farneback")


def build(name, archive, data):
    build_dataset(name, "", data, Silent(), jobs=2, archive=archive)


def load(config, name):
    return load_experiment(config.rootpath / "experiments" / f"{name}.toml", QUICK)


def test_cross_dataset_writes_what_the_challenge_takes(tmp_path, request):
    data, archive = tmp_path / "data", tmp_path / "unseen"
    for part, video in (("samm", "001_2"), ("samm", "004_6"), ("cas", "dzw_a1"), ("cas", "wy_s1")):
        place = {"samm": megc2025_str.SAMM, "cas": megc2025_str.CAS}[part]
        megc2025_str.write_video(archive / place.format(video=video), part, frames=40)
    build("megc2025_str", scenes.with_faces(archive), data)
    build("casme_sq", casme_sq.write_runnable(tmp_path / "casme_sq"), data)
    experiment = load(request.config, "megc2025_str/cross_casme_sq_mean")
    folder = (result := run_experiment(experiment, tmp_path / "runs", data, Silent())).folder
    manifest = read_manifest(folder.manifest)
    assert list(zip(manifest.subject, manifest.video, manifest.fps.tolist(), strict=True)) == [
        ("001", "001_2", 200.0),
        ("004", "004_6", 200.0),
        ("dzw", "dzw_a1", 30.0),
        ("wy", "wy_s1", 30.0),
    ]
    predictions = read_predictions(folder.predictions)
    lengths = dict(zip(predictions.video, (predictions.offset - predictions.onset + 1).tolist(), strict=True))
    assert lengths.keys() == set(manifest.video)
    assert lengths["001_2"] == 40 > lengths["dzw_a1"]  # as long in seconds, so clipped to the 40 frames at 200 fps
    assert {metric.reason for metric in result.record.metrics.values()} == {"the test set has no labels"}


def test_megc2019_has_the_samples_of_its_label_maps(tmp_path, request):
    data = tmp_path / "data"
    for name, module in (("samm", samm), ("casme2", casme2), ("smic", smic)):
        build(name, scenes.with_faces(module.write(tmp_path / name)), data)
    result = run_experiment(load(request.config, "megc2019/recognition_mean"), tmp_path / "runs", data, Silent())
    rows = list(csv.DictReader(result.folder.predictions.read_text().splitlines()))
    assert {row["dataset"] for row in rows} == {"samm", "casme2", "smic"}
    mine = [(row["video"], row["emotion"]) for row in rows if row["dataset"] == "casme2"]
    assert mine == [  # others and sadness are none of casme2_3
        ("EP02_01f", "positive"),
        ("EP03_02", "negative"),
        ("EP01_2", "surprise"),
        ("EP06_02_01", "negative"),
    ]
    assert {row["apex"] for row in rows if row["dataset"] == "smic"} == {"-1"}
    assert result.record.bounds["oracle"]["pooled.uf1"].value == 1.0
    assert {name.split(".")[0] for name in result.record.metrics} == {"pooled", "samm", "casme2", "smic"}
