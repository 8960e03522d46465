"""A new edition as its organiser makes it: begun, frozen, and nothing of the old one in it."""

import subprocess
from pathlib import Path

import pytest
from fixtures import made_boards as made

from mebench.errors import MebenchError
from mebench.leaderboard.add_run import add_run
from mebench.leaderboard.edition import begin_edition
from mebench.leaderboard.entry import Method
from mebench.leaderboard.freeze import freeze
from mebench.leaderboard.layout import version_of, versions
from mebench.leaderboard.rules import read_rules
from mebench.leaderboard.rules_text import rules_text
from mebench.tables.csv import write_manifest, write_truth

ROOT = Path(__file__).parents[2] / "leaderboard"
VERSIONS = versions(ROOT)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.title)
def test_rules_are_read_back_as_they_were(tmp_path, version):
    folder = tmp_path / version.rules.benchmark / f"v{version.rules.version}"
    folder.mkdir(parents=True)
    (folder / "rules.toml").write_text(rules_text(version.rules))
    assert read_rules(folder) == version.rules


@pytest.fixture
def files(tmp_path):
    write_truth(tmp_path / "T.csv", made.truth())
    write_manifest(tmp_path / "M.csv", made.manifest())
    return tmp_path / "T.csv", tmp_path / "M.csv"


def test_a_new_edition_has_the_rules_and_no_data_of_the_old_one(tmp_path, files):
    root = made.made_root(tmp_path, made.RULES.replace("[scorer]", '[scorer.strict]\nvideos = "4 (names)"\n[scorer]'))
    old = version_of(root, "made-str")
    freeze(old, old.table(None), *files)
    new = begin_edition(root, "made-2027", "made-str")
    old = version_of(root, "made-str")
    assert (new.title, new.rules.columns, new.rules.scorer) == ("made-2027/v1", old.rules.columns, {"iou": 0.5})
    assert (old.rules.frozen != {}, new.rules.frozen) == (True, {})
    assert new.rules.tables[0].datasets[0].fingerprint == ""
    assert begin_edition(root, "made-str", "made-str").title == "made-str/v2"
    with pytest.raises(MebenchError, match=r"'Made 2027' is no"):
        begin_edition(root, "Made 2027", "made-str")
    with pytest.raises(MebenchError, match=r"unknown benchmark 'mad-str'; did you mean 'made-str'"):
        begin_edition(root, "new", "mad-str")


def test_what_is_frozen(tmp_path, files):
    root = made.made_root(tmp_path)
    version = version_of(root, "made-str")
    before = (version.folder / "rules.toml").read_text()
    perfect = freeze(version, version.table(None), *files)
    assert perfect["strict.strs"].value == 1
    text = (version.folder / "rules.toml").read_text()
    assert text.startswith(before.rstrip("\n"))
    frozen = version_of(root, "made-str").rules.frozen["made"]
    assert (frozen.subjects, frozen.units, frozen.rows) == (4, 4, 12)
    assert frozen.videos[0] == ("made", "1", "v1", 1000, 30.0)
    assert "onset" not in text
    with pytest.raises(MebenchError, match=r"made-str/v1 froze the truth of made already; .* leaderboard new made-str"):
        freeze(version_of(root, "made-str"), version.table(None), *files)


def test_what_cannot_be_frozen(tmp_path, files):
    root = made.made_root(tmp_path)
    version = version_of(root, "made-str")
    table = version.table(None)
    for given, sentence in (
        ((None, None), r"the truth of made-str made is not part of mebench; give --truth FILE"),
        ((files[0], None), r"the strict rules need every video; give --manifest"),
        ((tmp_path / "none.csv", files[1]), r"cannot read .*none.csv"),
        ((files[1], files[1]), r"M.csv row 1: unknown column 'dataset'"),
    ):
        with pytest.raises(MebenchError, match=sentence):
            freeze(version, table, *given)
    add_run(root, made.made_run(tmp_path / "run"), Method(name="Ours"), "2026-03-01")
    with pytest.raises(MebenchError, match=r"made-str/v1 has results, and its rules stand in their records; begin a v"):
        freeze(version, table, *files)
    embedded = made.made_root(tmp_path / "embedded", made.embedded_rules())
    version = version_of(embedded, "made-str")
    for given in (files, (None, files[1])):
        with pytest.raises(MebenchError, match=r"is embedded; leave --truth and --manifest out"):
            freeze(version, table, *given)


def test_rules_that_were_committed_are_not_frozen_any_more(tmp_path, files):
    root = made.made_root(tmp_path)
    author = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "rules")):
        subprocess.run(["git", *author, *arguments], cwd=tmp_path, check=True, capture_output=True)
    version = version_of(root, "made-str")
    with pytest.raises(MebenchError, match=r"rules.toml was committed, and rules do not change after that; begin"):
        freeze(version, version.table(None), *files)


# by task: a column, a truth, its manifest, units and rows, what the truth itself scores (BLEU needs four words)
TASKS = {
    "recognition": (
        "pooled.uf1",
        "dataset,subject,video,onset,emotion\nmade,1,v1,3,negative\nmade,2,v2,3,positive\n",
        None,
        (2, 2),
        1.0,
    ),
    "spotting": ("megc2020.overall_f1", "video,onset,offset,type\nv1,3,9,micro\nv2,3,90,macro\n", None, (2, 2), 1.0),
    "lvqa": (
        "overall.count_mae",
        '{"id":"a_1","question":"How many expression events appear in this video?","answer":"3"}\n',
        None,
        (1, 1),
        0.0,
    ),
    "vqa": (
        "overall.bleu",
        '{"id":"a_1","question":"What is the coarse expression class?","answer":"negative"}\n',
        None,
        (1, 1),
        0.0,
    ),
}


@pytest.mark.parametrize("task", TASKS)
def test_truths_of_other_tasks(tmp_path, task):
    column, text, manifest, (units, rows), best = TASKS[task]
    rules = made.RULES.replace('task = "str"', f'task = "{task}"').replace("strict.strs", column)
    rules = "\n".join(line for line in rules.splitlines() if "iou" not in line).replace("[scorer]", "")
    head, _, columns = rules.partition("[[columns]]")
    keep = next(one for one in columns.split("[[columns]]") if f'"{column}"' in one)
    root = made.made_root(tmp_path, head + "[[columns]]" + keep)
    truth = tmp_path / ("T.jsonl" if task.endswith("vqa") else "T.csv")
    truth.write_text(text)
    version = version_of(root, "made-str")
    perfect = freeze(version, version.table(None), truth, manifest)
    frozen = version_of(root, "made-str").rules.frozen["made"]
    assert (frozen.units, frozen.rows, len(frozen.names), frozen.videos) == (units, rows, units, ())
    assert perfect[column].value == best
