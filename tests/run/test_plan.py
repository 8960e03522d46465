"""`--dry-run`: every experiment says what it would do, also where nothing is built, and builds nothing."""

from pathlib import Path

import pytest

from mebench.config.experiment import limited, load_experiment
from mebench.data.source import build_dataset
from mebench.progress import Silent
from mebench.run.dry_run import Plan, PlannedDataset, plan_run
from mebench.run.plan_text import plan_text

ROOT = Path(__file__).parents[2] / "experiments"
FILES = sorted(ROOT.rglob("*.toml"))
LICENSED = [path for path in FILES if path.parent.name not in ("synth_me", "plugins")]


def test_there_are_as_many_as_are_known():
    assert len(FILES) == 30
    assert len(LICENSED) == 20


@pytest.mark.parametrize("path", LICENSED, ids=lambda path: str(path.relative_to(ROOT)))
def test_without_an_archive_it_says_what_is_known(path, tmp_path):
    experiment = load_experiment(path)
    plan = plan_run(experiment, tmp_path / "runs", tmp_path / "data")
    text = plan_text(plan)
    assert plan.sizes is None
    for one in experiment.datasets:
        name = f"{one.name}/{one.variant}" if one.variant else one.name
        assert f"dataset      {name}: not built; run: mebench data build {name} --archive DIR" in text
    licence = "none was found" if experiment.dataset.name == "megc2019_flow" else "research only"
    assert f"  licence    {licence}" in text
    assert "sizes        known once every dataset is built" in text
    assert text.splitlines()[-1].startswith(f"run folder   {tmp_path / 'runs' / experiment.name}")
    assert list(tmp_path.iterdir()) == []


def test_published_numbers_are_those_of_data_list(tmp_path):
    text = plan_text(plan_run(load_experiment(ROOT / "samm_lv/str_mean.toml"), tmp_path, tmp_path))
    for line in ("  subjects   30", "  videos     147", "  micro      159", "  macro      343", "  fps        200"):
        assert line in text.splitlines()


@pytest.mark.parametrize("name", ["str_mean", "str_constant", "mean_faithful"])
def test_spotting_on_the_drawn_set(name, tmp_path):
    experiment = load_experiment(ROOT / f"synth_me/{name}.toml", ("dataset.variant=tiny",))
    text = plan_text(plan_run(experiment, tmp_path, tmp_path / "data"))
    assert "dataset      synth_me/tiny: to be drawn here" in text
    assert "sizes        6 videos, 900 frames, 10 micro- and 1 macro-expressions" in text
    assert ("training" in text) == (experiment.model.name == "mean")
    named = ["windows", "apex_windows"] if experiment.model.name == "mean" else ["none is computed"]
    lines = [line for line in text.splitlines() if line.startswith("feature ")]
    assert [line[13:].partition(":")[0] for line in lines] == named
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["vqa_answerer", "vqa_blind", "vqa_constant", "vqa_oracle_template"])
def test_questions_on_the_drawn_set(name, tmp_path):
    experiment = load_experiment(ROOT / f"synth_me/{name}.toml")
    plan = plan_run(experiment, tmp_path, tmp_path / "data")
    text = plan_text(plan)
    assert "sizes        240 clips, 6720 frames, 240 micro- and 0 macro-expressions" in text
    assert "questions    1295: 154 au, 240 au_present" in text
    assert "folds        5" in text
    assert ("training" in plan.sizes.seconds) == (name == "vqa_answerer")


def test_what_is_built_and_what_is_drawn_give_the_same_plan(drawn, tmp_path):
    changes = ("dataset.variant=clips_tiny", "protocol.folds=2")
    experiment = load_experiment(ROOT / "synth_me/vqa_blind.toml", changes)
    absent = plan_run(experiment, tmp_path, tmp_path / "data")
    build_dataset("synth_me", "clips_tiny", drawn, Silent())
    built = plan_run(experiment, tmp_path, drawn)
    assert (absent.datasets[0].built, built.datasets[0].built) == (False, True)
    assert absent.sizes.seconds["dataset"] > built.sizes.seconds["dataset"] == 0
    for name in ("folds", "videos", "frames", "micro", "questions"):
        assert getattr(absent.sizes, name) == getattr(built.sizes, name)


def test_a_limit_counts(tmp_path):
    experiment = limited(load_experiment(ROOT / "synth_me/str_mean.toml", ("dataset.variant=tiny",)), 2)
    assert [fold.name for fold in plan_run(experiment, tmp_path, tmp_path).sizes.folds] == ["s01", "s02"]


def test_a_stranger_s_archive_of_which_nothing_is_said(tmp_path):
    plan = Plan(
        "str", "mean", {"windows": "flow"}, tmp_path / "run", (PlannedDataset("own/v1", False, False, None),), None
    )
    assert plan_text(plan).splitlines() == [
        "dataset      own/v1: not built; run: mebench data build own/v1 --archive DIR",
        "feature      windows: flow",
        "sizes        known once every dataset is built; folds and time follow from them",
        f"run folder   {tmp_path / 'run'}",
    ]


def test_a_checkpoint_s_time_is_not_guessed(tmp_path):
    changes = ("dataset.name=synth_me", "dataset.variant=clips_tiny")
    experiment = load_experiment(ROOT / "me_vqa/qwen2_5_vl_3b_zs_of.toml", changes)
    text = plan_text(plan_run(experiment, tmp_path, tmp_path / "data"))
    assert "questions " in text
    assert text.count("and what the checkpoint takes") == 1
