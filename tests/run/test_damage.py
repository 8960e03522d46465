"""Every file of a run and of the cache, cut, emptied, flipped or exchanged: found, named, computed anew or refused."""

import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from fixtures.damages import DAMAGES, damaged_copies, other_of
from support.drawn import own_tiny

from mebench.config.experiment import (
    DatasetConfig,
    Experiment,
    FeaturesConfig,
    ModelConfig,
    ScoreConfig,
    TrainConfig,
    model_of,
)
from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache
from mebench.progress import Silent
from mebench.record.run_folder import RunFolder, folder_of
from mebench.run.check import check_run
from mebench.run.run import run_experiment
from mebench.sealed.folder import files_below
from mebench.sealed.steps import keep_whole_steps

EXPERIMENT = Experiment(
    name="synth_me/damage",
    dataset=DatasetConfig(name="synth_me", variant="tiny", limit=2),
    model=ModelConfig(name="mean"),
    features=FeaturesConfig(flow="opencv_farneback"),
    train=TrainConfig(epochs=2, recognition_epochs=20),
    score=ScoreConfig(bootstrap=10),
)

RESULTS = ("predictions.csv", "statistics.json", "score.json", "metrics.jsonl", "truth.csv", "manifest.csv")
"""Files that must be the same bytes in the end."""


class Listening(Silent):
    """Progress that remembers what is said."""

    def __init__(self):
        self.said = []

    def say(self, sentence):
        self.said.append(sentence)


@pytest.fixture(scope="module")
def place(drawn, tmp_path_factory):
    """A folder with a finished run in `runs`, its dataset and features in `data`."""
    place = tmp_path_factory.mktemp("damage")
    own_tiny(drawn, place / "data")
    run_experiment(EXPERIMENT, place / "runs", place / "data", Silent())
    return place


@pytest.fixture(scope="module")
def finished(place):
    return folder_of(EXPERIMENT, place / "runs")


def unfinished(finished, runs):
    """A copy of the run as it is when it is stopped just before its record is written."""
    folder = folder_of(EXPERIMENT, runs)
    shutil.copytree(finished.root, folder.root)
    folder.record.unlink()
    folder.files.unlink()
    return folder


def resumed(place, folder):
    """What is said when a run is gone on with."""
    progress = Listening()
    run_experiment(EXPERIMENT, folder.root.parents[2], place / "data", progress)
    return progress.said


def same(finished, folder):
    return all((folder.root / name).read_bytes() == (finished.root / name).read_bytes() for name in RESULTS)


def test_every_damaged_file_of_a_finished_run_is_named_and_nothing_is_shown(place, finished, tmp_path):
    assert check_run(finished).files == len([*finished.artefacts, finished.record])
    tried = []
    for path in (*finished.artefacts, finished.record, finished.files):
        runs = place / "runs"
        for name, copy, inside in damaged_copies(runs, path, tmp_path / path.name):
            with pytest.raises(MebenchError) as caught:
                run_experiment(EXPERIMENT, copy, place / "data", Silent())
            other = other_of(path)
            named = [inside] if name != "swapped" else [inside, inside.with_name(other.name)]
            assert any(str(caught.value).startswith(f"{one} is damaged (") for one in named), (name, caught.value)
            assert "delete" in str(caught.value)
            tried.append((name, path.name))
    assert {name for name, _ in tried} == set(DAMAGES)
    assert len(tried) >= 3 * 16


def test_a_record_of_another_run_is_not_shown(place, finished, tmp_path):
    other = EXPERIMENT.model_copy(update={"seed": 1, "model": model_of({"name": "oracle"})})
    found = run_experiment(other, tmp_path / "other", place / "data", Silent())
    runs = tmp_path / "runs"
    shutil.copytree(found.folder.root, folder_of(EXPERIMENT, runs).root)
    with pytest.raises(MebenchError, match=r"record.json is damaged \(it is the record of run "):
        run_experiment(EXPERIMENT, runs, place / "data", Silent())


def test_figures_that_do_not_follow_are_found_without_any_hash(place, finished, tmp_path):
    """Somebody who writes new hashes too is found by recomputation."""
    text = finished.predictions.read_text()
    for name, old, new, said in (
        ("predictions.csv", text.splitlines()[-1] + "\n", "", "statistics.json is damaged (its counts do not follow"),
        ("truth.csv", "surprise", "negative", "statistics.json is damaged (its counts do not follow"),
        ("record.json", '"n": 2', '"n": 4', "record.json is damaged (official.tp_s = "),
    ):
        folder = RunFolder(Path(shutil.copytree(finished.root, tmp_path / name / finished.run_id)))
        text = (folder.root / name).read_text()
        assert old in text
        (folder.root / name).write_text(text.replace(old, new))
        folder.files.unlink()
        if name == "predictions.csv":
            record = folder.record.read_text()
            was, now = (sha256(one.encode()).hexdigest() for one in (text, text.replace(old, new)))
            assert was in record
            folder.record.write_text(record.replace(was, now))
        with pytest.raises(MebenchError) as caught:
            check_run(folder)
        assert said in str(caught.value)


WRITTEN_ANEW = (*RESULTS, "experiment.toml", "table.md", *(f"picture.{kind}" for kind in ("png", "pdf", "svg")))
"""Files that an unfinished run writes at its end whatever there was before, so that damage to them is no matter."""


@pytest.mark.slow
def test_every_damaged_file_of_an_unfinished_run_is_mended_or_refused(place, finished, tmp_path):
    ends = []
    every = tuple(DAMAGES)
    kept = [(path, every) for path in (*finished.artefacts, finished.state)]
    kept += [(path, (every[number % 3],)) for number, path in enumerate(files_below(finished.checkpoints))]
    for number, (path, names) in enumerate(kept):
        for name, copy, inside in damaged_copies(place / "runs", path, tmp_path / str(number), names):
            folder = folder_of(EXPERIMENT, copy)
            folder.record.unlink()
            folder.files.unlink()
            try:
                said = resumed(place, folder)
                assert same(finished, folder), (name, path)
                kin = (inside, inside.with_name(other_of(path).name)) if name == "swapped" else (inside,)
                assert any(str(one) in text for one in kin for text in said) or path.name in WRITTEN_ANEW, (name, path)
                ends.append("mended")
            except MebenchError as error:
                ends.append(str(error))
            shutil.rmtree(copy)
    refused = [one for one in ends if one != "mended"]
    assert len(refused) == len(DAMAGES)
    assert all("state.json is damaged" in one for one in refused)
    assert len(ends) > len(kept) > 40


SCORES = "scores/s01_1.npz"


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_scores_are_named_and_computed_anew(place, finished, tmp_path, name):
    folder = unfinished(finished, tmp_path / "runs")
    path = folder.root / SCORES
    DAMAGES[name](path, other_of(path))
    said = resumed(place, folder)
    assert any(str(path) in one and "scored anew" in one for one in said)
    assert len(said) == (2 if name == "swapped" else 1)
    assert same(finished, folder)


def test_a_damaged_state_is_refused_and_nothing_is_done(place, finished, tmp_path):
    for name in ("cut", "emptied", "flipped"):
        folder = unfinished(finished, tmp_path / name)
        DAMAGES[name](folder.state, folder.state)
        before = {path: path.read_bytes() for path in files_below(folder.root)}
        with pytest.raises(MebenchError, match=r"state.json is damaged .* delete .* to start anew"):
            resumed(place, folder)
        assert {path: path.read_bytes() for path in files_below(folder.root)} == before
    folder.state.unlink()
    with pytest.raises(MebenchError, match=r"state.json is damaged \(it is missing\); so nobody knows"):
        resumed(place, folder)


@pytest.mark.parametrize("name", ["2", "22"])
def test_every_damaged_file_of_a_checkpoint_drops_that_one(finished, tmp_path, name):
    step = finished.checkpoints / name
    tried = 0
    for number, path in enumerate([*files_below(step), step.with_name(f"{name}.files.json")]):
        for what, copy, inside in damaged_copies(finished.checkpoints, path, tmp_path / str(number)):
            said = []
            keep_whole_steps(copy, finished.run_id, said.append)
            assert not (copy / name).exists(), (what, inside)
            assert str(inside) in said[0] or what == "swapped"
            assert what == "swapped" or (copy / ("22" if name == "2" else "2")).exists()
            tried += 1
    assert tried > 30


def test_after_damaged_checkpoints_the_training_ends_with_the_same_bytes(place, finished, tmp_path):
    folder = unfinished(finished, tmp_path / "runs")
    shutil.rmtree(folder.scores)
    folder.metrics.write_bytes(b"")
    DAMAGES["flipped"](folder.checkpoints / "22" / "default" / "_METADATA", folder.state)
    said = resumed(place, folder)
    assert [str(folder.checkpoints / "22") in one and "trained anew" in one for one in said] == [True]
    assert same(finished, folder)


def test_what_is_written_at_the_end_is_written_anew_whatever_it_was(place, finished, tmp_path):
    folder = unfinished(finished, tmp_path / "runs")
    for number, name in enumerate(WRITTEN_ANEW):
        list(DAMAGES.values())[number % 3](folder.root / name, folder.state)
    assert resumed(place, folder) == []
    assert same(finished, folder)
    assert check_run(folder).figures == check_run(finished).figures


def test_every_damaged_file_of_the_cache_is_named_and_its_entry_absent(place, tmp_path):
    root = place / "data" / "mebench_features"
    keys = {path.name.partition(".")[0] for path in files_below(root)}
    assert all(FeatureCache(root).read(key) is not None for key in keys)
    for number, path in enumerate(files_below(root)):
        key = path.name.partition(".")[0]
        kin = [one for one in files_below(root) if one.name.endswith(path.name[64:]) and one != path]
        for name, damage in DAMAGES.items():
            copy = Path(shutil.copytree(root, tmp_path / f"{number}{name}"))
            inside, said = copy / path.relative_to(root), []
            damage(inside, copy / kin[number % len(kin)].relative_to(root))
            assert FeatureCache(copy, say=said.append).read(key) is None, (name, path)
            assert said[0].startswith(f"{inside} is damaged (")
            shutil.rmtree(copy)


def test_a_run_says_which_features_were_damaged_and_ends_the_same(place, finished, tmp_path):
    data = Path(shutil.copytree(place / "data", tmp_path / "data"))
    damaged = [path for path in files_below(data / "mebench_features") if path.name.endswith(".windows.npy")][:2]
    for path, name in zip(damaged, ("cut", "flipped"), strict=True):
        DAMAGES[name](path, path)
    progress = Listening()
    found = run_experiment(EXPERIMENT, tmp_path / "runs", data, progress)
    assert same(finished, found.folder)
    assert [any(str(path) in one and "computed anew" in one for one in progress.said) for path in damaged] == [True] * 2
