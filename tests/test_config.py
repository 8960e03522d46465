"""Experiments: read, changed, checked, hashed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebench.config import DatasetConfig, Experiment, TrainConfig, experiment_hash, load_experiment, to_toml
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
        (TEXT, "train.folds=x", r"unknown train.folds 'x' \(allowed: auto, map, vmap\)"),
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
