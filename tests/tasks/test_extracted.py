"""Features by request: a method gets what it names, with whose settings, and nothing else is computed."""

import sys
from types import SimpleNamespace

import pytest

from mebench import plugins
from mebench.config.experiment import Experiment
from mebench.data.source import build_dataset
from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache
from mebench.features.feature import Feature, feature_of
from mebench.methods.registry import inputs_of
from mebench.progress import Silent
from mebench.run.run import run_experiment
from mebench.tasks.datasets import open_inputs
from mebench.tasks.extracted import extract_features, mark_of
from mebench.tasks.recognition_inputs import load_samples
from mebench.tasks.str_inputs import load_str_videos


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    build_dataset("synth_me", "tiny", folder, Silent(), jobs=2)
    return folder


def made(**changes) -> Experiment:
    tree = {"name": "a/b", "dataset": {"name": "synth_me", "variant": "tiny", "limit": 2}, "score": {"bootstrap": 5}}
    return Experiment.model_validate(tree | {"features": {"flow": "opencv_dis"}} | changes)


@pytest.mark.parametrize("name", plugins.names(plugins.FEATURES))
def test_own_features_have_settings_for_any_experiment(name):
    feature, experiment = feature_of(name), made()
    assert isinstance(feature, Feature)
    assert feature.flow(feature.settings(experiment)) in plugins.names(plugins.FLOWS)
    assert feature.amount(30.0, 100, 2, feature.settings(experiment)) > 0


@pytest.mark.parametrize(
    ("task", "name", "expected"),
    [
        ("str", "mean", ["windows", "apex_windows"]),
        ("recognition", "mean", ["apex_windows"]),
        ("str", "threshold", ["windows"]),
        ("str", "constant", []),
        ("str", "oracle", []),
        ("recognition", "oracle", []),
        ("vqa", "answerer", ["clip_grid"]),
        ("vqa", "qwen2_5_vl", ["clip_pictures"]),
        ("vqa", "blind", []),
    ],
)
def test_what_own_methods_name(task, name, expected):
    assert list(inputs_of(made(task=task, model={"name": name}))) == expected


@pytest.mark.parametrize(
    ("inputs", "settings"),
    [
        (("windows",), "fixed"),
        ("windows", "fixed"),
        ({"windows": None}, "fixed"),
        (lambda self, experiment: {"windows": experiment.features.model_copy(update={"scale": "pair"})}, "pair"),
    ],
)
def test_settings_are_the_experiments_or_the_methods_own(monkeypatch, inputs, settings):
    constant = plugins.load(plugins.METHODS, "constant")
    named = type("Named", (constant,), {"inputs": inputs})
    monkeypatch.setitem(sys.modules, "stranger", SimpleNamespace(Named=named))
    experiment = made(model={"name": "stranger:Named"})
    assert {name: one.scale for name, one in inputs_of(experiment).items()} == {"windows": settings}


def test_a_name_that_no_feature_has():
    with pytest.raises(MebenchError, match=r"unknown feature 'window'; did you mean 'windows'\?"):
        feature_of("window")


@pytest.mark.parametrize("model", ["constant", "oracle"])
def test_a_method_that_names_none_has_none_computed(data, tmp_path, model):
    result = run_experiment(made(model={"name": model}), tmp_path / "runs", data, Silent(), cache=tmp_path / "cache")
    assert list((tmp_path / "cache").rglob("*.npy")) == []
    assert list(result.record.bounds) == ["constant", "oracle"]


def test_each_value_goes_to_its_video_and_its_expression(data, tmp_path):
    experiment, cache = made(task="recognition"), FeatureCache(tmp_path)
    videos, protocol = open_inputs(experiment, data, Silent()).videos, experiment.protocol
    inputs = inputs_of(made())
    shown = load_str_videos(videos, protocol, inputs, cache, 2, Silent())
    samples = load_samples(videos, protocol, inputs, cache, 2, Silent())
    rows = [(video, number) for video in shown for number, e in enumerate(video.emotions) if e in protocol.classes]
    assert [row.expression for row in samples.rows] == [video.micro[number] for video, number in rows]
    assert len(samples.windows) == len(rows) > 4
    for row, (video, number) in enumerate(rows):
        assert samples.windows[row].tobytes() == video.apex_windows[number].tobytes()
        assert samples.feature("windows")[row].path == video.features.path


def test_a_feature_that_is_not_named_is_one_sentence(data, tmp_path):
    videos = open_inputs(made(), data, Silent()).videos
    (video, *_) = load_str_videos(videos, made().protocol, {}, FeatureCache(tmp_path), 1, Silent())
    with pytest.raises(MebenchError, match=r"looks at the feature 'windows', .*inputs = \(\"windows\",\)"):
        _ = video.features
    assert list(tmp_path.iterdir()) == []


def test_pictures_and_grids_are_of_each_expression(data, tmp_path):
    experiment = made(task="vqa", model={"name": "answerer"})
    video = next(video for video in open_inputs(experiment, data, Silent()).videos if len(video.info.micro) > 1)
    inputs = {name: feature_of(name).settings(experiment) for name in ("clip_grid", "clip_pictures")}
    (found,) = extract_features(
        [video], lambda v: tuple(map(mark_of, v.info.micro)), inputs, FeatureCache(tmp_path), 1, Silent()
    )
    assert [one.shape for one in found["clip_grid"]] == [(32, 32, 3)] * len(video.info.micro)
    assert [one.frames[0] for one in found["clip_pictures"]] == [e.onset for e in video.info.micro]
