"""The run folder: one process at a time, one basis, an account of seconds."""

import pytest

from mebench.config.experiment import DatasetConfig, Experiment, load_experiment
from mebench.errors import MebenchError
from mebench.record.run_folder import CODE, begin, claimed, folder_of, mixes_code, seconds_so_far, set_aside, timed

EXPERIMENT = Experiment(name="a/b", dataset=DatasetConfig(name="synth_me"))


def test_same_experiment_same_folder_other_seed_other_folder(tmp_path):
    folder = folder_of(EXPERIMENT, tmp_path)
    assert folder == folder_of(EXPERIMENT, tmp_path)
    assert folder.root.parent == tmp_path / "a" / "b"
    assert folder != folder_of(EXPERIMENT.model_copy(update={"seed": 1}), tmp_path)


def test_claim_writes_the_resolved_experiment_and_keeps_others_out(tmp_path):
    folder = folder_of(EXPERIMENT, tmp_path)
    with claimed(folder, EXPERIMENT):
        assert load_experiment(folder.experiment) == EXPERIMENT
        with pytest.raises(MebenchError, match="another process"), claimed(folder, EXPERIMENT):
            pass
    with claimed(folder, EXPERIMENT):
        pass


def test_claim_of_an_impossible_folder(tmp_path):
    (tmp_path / "a").write_text("a file where a folder should be")
    with pytest.raises(MebenchError, match="choose --runs"), claimed(folder_of(EXPERIMENT, tmp_path), EXPERIMENT):
        pass


def test_another_basis_is_refused_and_the_same_goes_on(tmp_path):
    folder = folder_of(EXPERIMENT, tmp_path)
    begin(folder, {"fingerprint": "x"})
    begin(folder, {"fingerprint": "x", "jax": "1"})
    with pytest.raises(MebenchError, match="begun with another jax"):
        begin(folder, {"fingerprint": "x", "jax": "2"})


def test_other_code_is_gone_on_with_in_dev_and_is_told_for_ever(tmp_path):
    folder = folder_of(EXPERIMENT, tmp_path)
    begin(folder, {CODE: "1", "jax": "1"})
    with pytest.raises(MebenchError, match=r"begun with another mebench code; add --again .* or --dev while"):
        begin(folder, {CODE: "2", "jax": "1"})
    assert not mixes_code(folder)
    begin(folder, {CODE: "2", "jax": "1"}, dev=True)
    begin(folder, {CODE: "2", "jax": "1"})
    assert mixes_code(folder)
    with pytest.raises(MebenchError, match="begun with another jax; add --again"):
        begin(folder, {CODE: "2", "jax": "2"}, dev=True)


def test_seconds_add_up_over_starts(tmp_path):
    folder = folder_of(EXPERIMENT, tmp_path)
    for _ in range(2):
        with timed(folder, "train"):
            pass
    begin(folder, {"fingerprint": "x"})
    assert set(seconds_so_far(folder)) == {"train"}
    assert seconds_so_far(folder)["train"] >= 0


def test_a_folder_set_aside_keeps_what_it_holds_and_makes_room(tmp_path):
    folder = folder_of(EXPERIMENT, tmp_path)
    assert set_aside(folder) is None
    for number in (1, 2):
        begin(folder, {"fingerprint": number})
        aside = set_aside(folder)
        assert aside == folder.root.with_name(f"{folder.run_id}.{number}")
        assert (aside / "state.json").is_file()
        assert not folder.root.exists()


def test_a_folder_that_another_process_holds_is_not_set_aside(tmp_path):
    folder = folder_of(EXPERIMENT, tmp_path)
    with claimed(folder, EXPERIMENT), pytest.raises(MebenchError, match="another process"):
        set_aside(folder)
    assert folder.experiment.is_file()
