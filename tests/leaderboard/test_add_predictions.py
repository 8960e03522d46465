"""Predictions of a made-up method in a CSV file, scored by the rules of a leaderboard."""

from pathlib import Path

import pytest
from fixtures import made_boards as made
from fixtures.scores import str_score

from mebench.config.experiment import load_experiment
from mebench.errors import MebenchError
from mebench.leaderboard.add_predictions import add_predictions
from mebench.leaderboard.embedded_truth import embedded_truth
from mebench.leaderboard.entry import Method
from mebench.leaderboard.layout import version_of
from mebench.leaderboard.scored_predictions import Files, hash_of
from mebench.progress import Silent
from mebench.run.run import run_experiment
from mebench.tables.csv import write_manifest, write_predictions, write_truth

EXPERIMENTS = Path(__file__).parents[2] / "experiments/synth_me"


@pytest.fixture
def files(tmp_path):
    write_predictions(tmp_path / "p.csv", made.predictions(3))
    write_truth(tmp_path / "t.csv", made.truth())
    write_manifest(tmp_path / "m.csv", made.manifest())
    return Files(tmp_path / "p.csv", tmp_path / "t.csv", tmp_path / "m.csv")


def add(root, files, method="Guess", seed=None):
    version = version_of(root, "made-str")
    table = version.table(None)
    return add_predictions(version, table, Method(name=method), files, seed, "2026-01-02")


def test_predictions_become_a_record(tmp_path, files):
    found = add(made.made_root(tmp_path), files)
    score = str_score(made.predictions(3), made.truth(), made.manifest(), made.CLASSES, bootstrap=50)
    assert found.entry.figures["strict.strs"] == score.metrics["strict.strs"]
    assert (found.entry.record, found.entry.seed, found.level) == (None, None, "recomputed")
    assert found.entry.truth_sha256 == hash_of(tmp_path / "t.csv")
    assert "p.csv" not in found.record.read_text()


def test_predictions_without_scores_have_no_average_precision(tmp_path, files):
    write_predictions(files.pred, made.predictions(3, scores=False))
    metric = add(made.made_root(tmp_path), files).entry.figures["strict.ap_50"]
    assert (metric.value, metric.reason) == (None, "the predictions have no score")


def test_seeds_and_names(tmp_path, files):
    root = made.made_root(tmp_path)
    add(root, files, seed=0)
    add(root, files, seed=1)
    with pytest.raises(MebenchError, match=r"'Guess' has the same predictions for seed 1 .* give another --seed N"):
        add(root, files, seed=1)
    with pytest.raises(MebenchError, match=r"a method needs a name"):
        add(root, files, method=" ")


def test_the_truth_that_is_missing(tmp_path, files):
    root = made.made_root(tmp_path)
    with pytest.raises(MebenchError, match=r"strict rules need every video; give --manifest M.csv"):
        add(root, Files(files.pred, files.truth, None))
    with pytest.raises(MebenchError, match=r"made-str made needs the truth, .* --truth FILE"):
        add(root, Files(files.pred, None, None))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("subject,video,onset,offset\n", r"p.csv row 1: column 'emotion' is missing"),
        ("subject,video,onset,offset,emotion\n1,v9,1,2,negative\n", r"p.csv row 2 .*v9"),
        ("", r"p.csv is empty"),
    ],
)
def test_wrong_tables_leave_nothing_behind(tmp_path, files, text, sentence):
    root = made.made_root(tmp_path)
    files.pred.write_text(text)
    with pytest.raises(MebenchError, match=sentence):
        add(root, files)
    assert [path.name for path in root.rglob("*") if path.is_file()] == ["rules.toml"]


VQA = """
benchmark = "made-vqa"
version = 1
title = "Questions, made up"
summary = "Two clips."
task = "vqa"
protocol = "all clips"
truth = "organisers"
bootstrap = 20
order = "overall.bleu"
tables = [{ name = "made", title = "Made", shape = [{ dataset = "samm", units = 1, rows = 2 }] }]
columns = [{ key = "overall.bleu", title = "BLEU" }, { key = "overall.uf1_coarse", title = "UF1 coarse" }]
[scorer]
parser = "search"
"""

ROW = '{{"id":"samm_{clip}_1","dataset":"samm","question":"What is the coarse expression class?","answer":"{said}"}}\n'


def test_answers_are_scored_by_their_task(tmp_path):
    root = tmp_path / "leaderboard"
    (root / "made-vqa/v1").mkdir(parents=True)
    (root / "made-vqa/v1/rules.toml").write_text(VQA)
    for name, said in (("p", "it is negative"), ("t", "negative")):
        rows = "".join(ROW.format(clip=clip, said=said) for clip in ("a", "b"))
        (tmp_path / f"{name}.jsonl").write_text(rows.replace('"question"', '"image_id":"a","subject":"1","question"'))
    version = version_of(root, "made-vqa")
    files = Files(tmp_path / "p.jsonl", tmp_path / "t.jsonl", None)
    found = add_predictions(version, version.table(None), Method(name="A"), files, 0, "2026-01-02")
    assert found.entry.figures["overall.uf1_coarse"].value == pytest.approx(1 / 3)  # search finds the class
    no_truth = Files(files.pred, None, None)
    with pytest.raises(MebenchError, match=r"made-vqa made needs the truth, .* --truth FILE"):
        add_predictions(version, version.table(None), Method(name="B"), no_truth, 0, "2026-01-02")


def test_the_truth_of_a_dataset_that_is_drawn_here(tmp_path):
    root, data = made.embedded_root(tmp_path), made.embedded()
    write_predictions(tmp_path / "p.csv", data.truth)
    files = Files(tmp_path / "p.csv", None, None)
    found = add(root, files, "Knows it")
    assert found.entry.figures["strict.strs"].value == 1
    kept = root / "made-str/v1/predictions" / f"{found.entry.predictions_sha256[:16]}.csv"
    assert kept.read_bytes() == files.pred.read_bytes()
    write_truth(tmp_path / "t.csv", data.truth)
    write_manifest(tmp_path / "m.csv", data.manifest)
    with pytest.raises(MebenchError, match=r"the truth of made-str is embedded: .* leave --truth and --manifest out"):
        add(root, Files(files.pred, tmp_path / "t.csv", tmp_path / "m.csv"), "Own truth")


def test_a_run_writes_the_answers_that_are_frozen(tmp_path):
    """Annotation alone gives the bytes that a run on the built dataset writes: anybody can hash the file."""
    changes = ("dataset.variant=clips_tiny", "protocol.folds=2")
    experiment = load_experiment(EXPERIMENTS / "vqa_constant.toml", changes)
    run = run_experiment(experiment, tmp_path / "runs", tmp_path / "data", Silent()).folder
    rules = VQA.replace("organisers", "embedded").replace('title = "Made",', 'title = "Made", datasets = [CLIPS],')
    rules = rules.replace("CLIPS", '{ name = "synth_me", variant = "clips_tiny" }')
    version = version_of(made.made_root(tmp_path, rules.replace("made-vqa", "made-str")), "made-str")
    truth = embedded_truth(version.rules, version.table(None))
    assert truth.table.data == run.true_answers.read_bytes()
