"""Experiments: read, changed, checked, hashed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebench.config.experiment import (
    DatasetConfig,
    Experiment,
    FeaturesConfig,
    ModelConfig,
    TrainConfig,
    experiment_hash,
    limited,
    load_experiment,
    to_toml,
)
from mebench.errors import MebenchError

TEXT = 'name = "synth_me/str_mean"\n[dataset]\nname = "synth_me"\nvariant = "tiny"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "e.toml"
    path.write_text(text)
    return path


@pytest.mark.smoke
def test_defaults_and_changes(tmp_path):
    got = load_experiment(
        write(tmp_path, TEXT), ("train.epochs=2", "dataset.variant=quick", 'model.behaviour="faithful"')
    )
    assert (got.train.epochs, got.dataset.variant, got.model.behaviour) == (2, "quick", "faithful")
    assert got.train.batch_size == 32


def test_unknown_key_names_the_nearest(tmp_path):
    with pytest.raises(MebenchError, match=r"unknown key 'train.epoch'; did you mean 'train.epochs'\?"):
        load_experiment(write(tmp_path, TEXT + "[train]\nepoch = 3\n"))


@pytest.mark.parametrize(
    ("text", "change", "message"),
    [
        ("name =", None, "no valid TOML"),
        (TEXT, "train.epochs=0", "train.epochs = 0 is not allowed"),
        (TEXT, "train.epochs", "write it as part.key=value"),
        (TEXT, "seed.x=1", "seed' is a value"),
        ("seed = 1", None, "the key 'name' is missing"),
        (TEXT, "model.name=men", r"unknown model.name 'men'; did you mean 'mean'\?"),
        (TEXT, "train.folds=x", r"unknown train.folds 'x' \(allowed: auto, map, threads, vmap\)"),
    ],
)
def test_faults_are_one_sentence(tmp_path, text, change, message):
    text = "seed = 0\n" + text if change == "seed.x=1" else text
    with pytest.raises(MebenchError, match=message) as caught:
        load_experiment(write(tmp_path, text), (change,) if change else ())
    assert "\n" not in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(MebenchError, match="no experiment file"):
        load_experiment(tmp_path / "none.toml")


@pytest.mark.parametrize("digits", [41, 5000])
def test_numbers_that_nothing_can_hold(tmp_path, digits):
    path = write(tmp_path, TEXT)
    with pytest.raises(MebenchError, match=r"^cannot set 'train.epochs' to 9{31}.*more than 40 digits; give another"):
        load_experiment(path, (f"train.epochs={'9' * digits}",))
    for changes, sentence in (
        (f"seed={2**32}", "seed = 4294967296 is not allowed: at most 4294967295$"),
        (f"train.epochs=-{'9' * 29}", r"train.epochs = -9+ is not allowed: input should be greater"),
        (f"lr{'9' * digits}=1", "unknown key 'lr9"),
        ("seed=" + "[" * 3000, "nested more than 100 deep; give another value"),
        (f"name={'x' * digits}é", r"name = 'x+(é'|\.\.\.) is not allowed"),
    ):
        with pytest.raises(MebenchError, match=sentence):
            load_experiment(path, (changes,))
    assert load_experiment(path, (f"seed={2**32 - 1}",)).seed == 2**32 - 1
    path.write_text(TEXT + f"limit = {'1' * digits}\n")
    with pytest.raises(MebenchError, match="no valid TOML: a whole number of more than 40 digits"):
        load_experiment(path)


@pytest.mark.parametrize("name", ["nothing.txt", "../up\\u0000", "."])
def test_a_prompt_file_that_cannot_be_read(tmp_path, name):
    text = TEXT.replace("[dataset]", f'task = "vqa"\n[model]\nname = "qwen2_5_vl"\nprompt_file = "{name}"\n[dataset]')
    with pytest.raises(MebenchError, match=r"model.prompt_file '.*' cannot be read beside it"):
        load_experiment(write(tmp_path, text))
    (tmp_path / "long.txt").write_bytes(b"a" * (2**20 + 1))
    with pytest.raises(MebenchError, match="longer than 1048576 bytes"):
        load_experiment(write(tmp_path, text.replace(name, "long.txt")))


@given(epochs=st.integers(1, 999), seed=st.integers(0, 2**31), limit=st.none() | st.integers(1, 40))
def test_toml_round_trip_keeps_the_hash(tmp_path_factory, epochs, seed, limit):
    dataset = DatasetConfig(name="synth_me", variant="tiny", limit=limit)
    made = Experiment(name="a/b", seed=seed, dataset=dataset, train=TrainConfig(epochs=epochs))
    read = load_experiment(write(tmp_path_factory.mktemp("e"), to_toml(made)))
    assert read == made
    assert experiment_hash(read) == experiment_hash(made)


def test_hash_sees_every_part():
    base = Experiment(name="a/b", dataset=DatasetConfig(name="synth_me"))
    assert experiment_hash(base) != experiment_hash(base.model_copy(update={"seed": 1}))


def test_hash_of_an_experiment_without_the_newer_keys_stays():
    features = FeaturesConfig(flow="opencv_dis")
    dataset = DatasetConfig(name="synth_me", variant="quick")
    made = Experiment(name="synth_me/str_mean", dataset=dataset, features=features)
    assert experiment_hash(made).startswith("8c7a59f72978")  # as in the records of version 0.1.0


@pytest.mark.parametrize(
    ("task", "behaviour", "set_to", "used"),
    [
        ("str", "mended", "", "fixed"),
        ("str", "mended", "pair", "pair"),
        ("str", "faithful", "", "pair"),
        ("recognition", "mended", "", "pair"),
        ("recognition", "mended", "fixed", "fixed"),
    ],
)
def test_the_behaviour_decides_the_scale_of_the_windows(task, behaviour, set_to, used):
    made = Experiment(
        name="a/b",
        task=task,
        dataset=DatasetConfig(name="synth_me"),
        features=FeaturesConfig(scale=set_to),
        model=ModelConfig(behaviour=behaviour),
    )
    assert made.window_features == made.features.model_copy(update={"scale": used})


def test_what_is_faithful_has_the_published_scale(tmp_path):
    with pytest.raises(MebenchError, match=r"has the published input; set features.scale = \"pair\""):
        load_experiment(write(tmp_path, TEXT), ("model.behaviour=faithful", "features.scale=fixed"))


SEVERAL = """name = "megc2019/recognition_mean"
task = "recognition"
[dataset]
name = "samm"
label_map = "samm_3"
[[more_datasets]]
name = "casme2"
leave_out = ["sub04_EP12_01f", "sub05_EP09_05f"]
[[more_datasets]]
name = "smic"
"""
CROSS = """name = "a/b"
[dataset]
name = "casme_sq"
[test_dataset]
name = "megc2025_str"
variant = "samm"
[protocol]
kind = "cross_dataset"
"""


@pytest.mark.parametrize("text", [SEVERAL, CROSS])
def test_several_datasets_round_trip(tmp_path, text):
    made = load_experiment(write(tmp_path, text))
    read = load_experiment(write(tmp_path, to_toml(made)))
    assert read == made
    assert experiment_hash(read) == experiment_hash(made)
    assert Experiment.model_validate(made.model_dump(mode="json")) == made


def test_datasets_stand_in_order_the_tested_one_last(tmp_path):
    names = [[one.name for one in load_experiment(write(tmp_path, text)).datasets] for text in (SEVERAL, CROSS)]
    assert names == [["samm", "casme2", "smic"], ["casme_sq", "megc2025_str"]]


def test_a_limit_holds_for_every_dataset(tmp_path):
    for text in (SEVERAL, CROSS):
        assert {one.limit for one in limited(load_experiment(write(tmp_path, text)), 4).datasets} == {4}
    with pytest.raises(MebenchError, match=r"dataset.limit = 0 is not allowed"):
        limited(load_experiment(write(tmp_path, CROSS)), 0)


def test_an_element_of_a_list_can_be_changed(tmp_path):
    made = load_experiment(write(tmp_path, SEVERAL), ("more_datasets.1.variant=vis", "more_datasets.0.limit=2"))
    assert [(one.variant, one.limit) for one in made.datasets] == [("", None), ("", 2), ("vis", None)]


@pytest.mark.parametrize(
    ("text", "change", "message"),
    [
        (CROSS, "protocol.kind=loso", "test_dataset goes with protocol.kind"),
        (TEXT, "protocol.kind=cross_dataset", r"add \[test_dataset\] with its name"),
        (SEVERAL, "more_datasets.1.name=samm", "samm is there twice"),
        (CROSS, "test_dataset.name=casme_sq", "casme_sq is there twice"),
        (SEVERAL, "dataset.label_map=casme2_3", "no map of this dataset; choose one of samm_3, samm_5"),
        (SEVERAL, "more_datasets.1.label_map=x", "choose one of smic_3"),
        (TEXT, "dataset.label_map=x", "there is none for synth_me"),
        (SEVERAL, "protocol.label=fine", "label_map decides the coarse class"),
        (SEVERAL, "model.name=threshold", "cannot do task recognition; choose one of constant, mean"),
        (SEVERAL, "model.behaviour=faithful", "has no faithful behaviour"),
        (SEVERAL, "more_datasets.0.nam=x", r"unknown key 'more_datasets.0.nam'; did you mean 'more_datasets.0.name'\?"),
        (SEVERAL, "more_datasets.7.name=x", "cannot set 'more_datasets.7.name'"),
        (SEVERAL, "more_datasets.name=x", "a list has numbers first"),
        (CROSS, "test_dataset.nam=x", r"did you mean 'test_dataset.name'\?"),
    ],
)
def test_faults_of_several_datasets_are_one_sentence(tmp_path, text, change, message):
    with pytest.raises(MebenchError, match=message) as caught:
        load_experiment(write(tmp_path, text), (change,))
    assert "\n" not in str(caught.value)


TRAINED = """
name = "me_vqa/x"
task = "vqa"
[dataset]
name = "me_vqa"
[test_dataset]
name = "me_vqa"
variant = "test"
[protocol]
kind = "cross_dataset"
[model]
name = "qwen2_5_vl"
[model.lora]
"""


def test_a_challenges_test_set_stands_beside_its_training_set(tmp_path):
    (tmp_path / "e.toml").write_text(TRAINED)
    made = load_experiment(tmp_path / "e.toml")
    assert [label for _, label in made.labelled] == ["me_vqa", "me_vqa-test"]
    for change, sentence in (
        ("test_dataset.variant=v2", "me_vqa is there twice"),
        ("dataset.variant=v2_test", "me_vqa is there twice"),
    ):
        with pytest.raises(MebenchError, match=sentence):
            load_experiment(tmp_path / "e.toml", (change,))
    (tmp_path / "e.toml").write_text(TRAINED.replace("qwen2_5_vl", "answerer"))
    with pytest.raises(MebenchError, match=r"unknown key 'model.lora'"):
        load_experiment(tmp_path / "e.toml")
