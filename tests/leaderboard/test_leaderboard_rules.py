"""Rules of every leaderboard: they parse, and their columns are figures that the task's scorer has."""

from pathlib import Path

import pytest

from mebench.challenges.files import CHALLENGES
from mebench.errors import MebenchError
from mebench.leaderboard.layout import versions
from mebench.leaderboard.rules import read_rules, rules_hash
from mebench.metrics.recognition.score import RECOGNITION_FIGURES
from mebench.metrics.spotting.counts import SPOTTING_FIGURES
from mebench.metrics.spotting.rules import RULES
from mebench.metrics.str.figures import FIGURES, STRICT_FIGURES
from mebench.metrics.vqa.lvqa_statistics import FIGURES as LVQA_FIGURES
from mebench.metrics.vqa.statistics import SIX

ROOT = Path(__file__).parents[2] / "leaderboard"
VERSIONS = versions(ROOT)
PARTS = ("overall", "samm", "cas")

KNOWN = {
    "str": {f"official.{name}" for name in FIGURES} | {f"strict.{name}" for name in (*FIGURES, *STRICT_FIGURES)},
    "spotting": {f"{rules}.{name}" for rules in RULES for name in SPOTTING_FIGURES},
    "recognition": {f"{part}.{name}" for part in ("pooled", "smic", "casme2", "samm") for name in RECOGNITION_FIGURES},
    "vqa": {f"{part}.{name}" for part in PARTS for name in SIX} | {"overall.final"},
    "lvqa": {f"{part}.{name}" for part in PARTS for name in LVQA_FIGURES},
}


def test_every_leaderboard_of_the_suite_is_there():
    names = {version.rules.benchmark for version in VERSIONS}
    wanted = {"str-loso", "spotting", "recognition-megc2019", "synth-str", "synth-vqa", *CHALLENGES}
    assert wanted <= names


@pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.rules.benchmark)
def test_columns_are_figures_of_the_task(version):
    rules = version.rules
    keys = [column.key for column in rules.columns]
    assert set(keys) <= KNOWN[rules.task]
    assert len(set(keys)) == len(keys)
    names = [table.name for table in rules.tables]
    assert len(set(names)) == len(names)
    assert all(rules.classes_of(table) for table in rules.tables) == (rules.task in ("str", "recognition"))
    settings = [key for key in rules.scorer if not isinstance(rules.scorer[key], dict)]
    assert set(settings) <= {"scorer", "iou", "parser", "labels", "bleu", "rouge"}


GOOD = """
benchmark = "made"
version = 1
title = "t"
summary = "s"
task = "str"
protocol = "p"
truth = "embedded"
order = "strict.strs"
tables = [{ name = "n", title = "t" }]
columns = [{ key = "strict.strs", title = "STRS" }]
"""


HASHES = f"truth_sha256 = '{'a' * 64}', counts_sha256 = '{'a' * 64}'"
FROZEN = f'order = "strict.strs"\nfrozen = {{ other = {{ {HASHES}, units = 1, rows = 1 }} }}'


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('order = "strict.strs"', 'order = "strict.uf1"', r"order 'strict.uf1' is no column; name the key of one"),
        ('task = "str"', 'task = "sing"', r"rules.toml: unknown task 'sing'"),
        ('task = "str"', 'task = "str"\nmood = 1', r"rules.toml: unknown key 'mood'"),
        ("version = 1\n", "", r"rules.toml: the key 'version' is missing; add it$"),
        ('key = "strict.strs", ', "", r"rules.toml: the key 'columns.0.key' is missing"),
        ('task = "str"', "task = 1", r"rules.toml: unknown task '1'"),
        ("version = 1", "version = 2", r"says made/v2, but lies in another folder"),
        ("version = 1", "version = ", r"holds no rules"),
        (
            'truth = "embedded"',
            'truth = "archives"\nkeep_predictions = true',
            r"keep_predictions goes with truth",
        ),
        ('order = "strict.strs"', FROZEN, r"frozen.other is the truth of no table; name one of tables"),
        (
            'order = "strict.strs"',
            FROZEN.replace("a" * 64, "g" * 64),
            r"rules.toml: frozen.other.truth_sha256 = 'g+... is not allowed",
        ),
    ],
)
def test_rules_that_are_none(tmp_path, old, new, sentence):
    folder = tmp_path / "made" / "v1"
    folder.mkdir(parents=True)
    (folder / "rules.toml").write_text(GOOD)
    before = rules_hash(folder)
    assert read_rules(folder).bootstrap == 1000
    (folder / "rules.toml").write_text(GOOD.replace(old, new))
    with pytest.raises(MebenchError, match=sentence):
        read_rules(folder)
    assert rules_hash(folder) != before
    with pytest.raises(MebenchError, match=r"cannot read .*rules.toml"):
        read_rules(tmp_path)
