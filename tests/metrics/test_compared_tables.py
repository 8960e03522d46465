"""Prediction tables of every task compared by a truth, with each other and with score documents."""

import json

import pytest
from typer.testing import CliRunner

from mebench.cli.main import app
from mebench.errors import MebenchError
from mebench.metrics.compared_tables import TableTruth, compared_samples
from mebench.metrics.score_inputs import task_of

HEADER = "subject,video,onset,offset,emotion\n"
TRUE = HEADER + "1,a,0,9,negative\n2,b,0,9,positive\n3,c,0,9,negative\n"
HALF = HEADER + "1,a,0,9,negative\n2,x,0,9,positive\n"


def invoke(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)


def strict_f1(out):
    rows = {row["figure"]: row for row in json.loads(out.read_text())["figures"]}
    return rows["strict.f1_s"]["first"], rows["strict.f1_s"]["second"]


def test_score_documents_and_tables_with_a_truth(tmp_path):
    """One of the tables names a video that nobody else does; it counts in both."""
    for name, text in (("a.csv", TRUE), ("b.csv", HALF), ("t.csv", TRUE)):
        (tmp_path / name).write_text(text)
    a, b, truth, out = (tmp_path / name for name in ("a.csv", "b.csv", "t.csv", "o.json"))
    assert invoke("compare", a, b, "--truth", truth, "--json", out).exit_code == 0
    assert strict_f1(out) == pytest.approx((1.0, 0.4))
    (tmp_path / "truth.csv").write_text(TRUE)
    assert invoke("compare", a, b, "--json", out).exit_code == 0
    assert strict_f1(out) == pytest.approx((1.0, 0.4))
    videos = "".join(f"d,{n},{v},99,30\n" for n, v in ("1a", "2b", "3c", "2x"))
    every = tmp_path / "m.csv"
    every.write_text(f"dataset,subject,video,num_frames,fps\n{videos}")
    for table in (a, b):
        files = ("--pred", table, "--truth", truth, "--manifest", every, "--json", table.with_suffix(".json"))
        assert invoke("score", "str", *files).exit_code == 0
    assert invoke("compare", a.with_suffix(".json"), b.with_suffix(".json"), "--json", out).exit_code == 0
    assert strict_f1(out) == pytest.approx((1.0, 0.4))
    mixed = invoke("compare", a, b.with_suffix(".json"), "--manifest", every, "--json", out)
    assert mixed.exit_code == 0
    assert strict_f1(out) == pytest.approx((1.0, 0.4))


TABLES = {
    "spotting": ("p.csv", "vid,onset,offset,type\na,0,9,me\nb,0,50,mae\n", "truth_spotting.csv", "strict.overall_f1"),
    "recognition": ("p.csv", "subject,video,emotion,predicted\n1,a,negative,negative\n", "", "pooled.uf1"),
    "vqa": (
        "p.jsonl",
        '{"id": "samm_1_1", "question": "What is the coarse expression class?", "answer": "negative"}\n',
        "truth.jsonl",
        "overall.rouge1",
    ),
    "lvqa": (
        "p.jsonl",
        '{"id": "samm_1_1", "question": "How many expression events appear in this video?", "answer": "2"}\n',
        "truth.jsonl",
        "overall.count_mae",
    ),
}


@pytest.mark.parametrize("task", TABLES)
def test_tables_of_every_task(tmp_path, task):
    name, text, truth, figure = TABLES[task]
    for one in filter(None, (name, truth)):
        (tmp_path / one).write_text(text)
    out, score = tmp_path / "o.json", tmp_path / "score.json"
    assert task_of(tmp_path / name) == task
    assert invoke("compare", tmp_path / name, tmp_path / name, "--json", out).exit_code == 0
    assert figure in {row["figure"] for row in json.loads(out.read_text())["figures"]}
    assert invoke("score", task, "--pred", tmp_path / name, "--json", score).exit_code == 0
    assert invoke("compare", score, tmp_path / name, "--json", out).exit_code == 0


def test_tables_that_are_refused(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    with pytest.raises(MebenchError, match=r"hold counts already, so that truth, manifest, classes and task are of no"):
        compared_samples((run, run), TableTruth(truth=run))
    table = tmp_path / "p.csv"
    table.write_text(TRUE)
    with pytest.raises(MebenchError, match=r"there is no truth of .*p.csv: give --truth T.csv, or put"):
        compared_samples((table, run), TableTruth())
    with pytest.raises(MebenchError, match=r"unknown task 'spot'; did you mean 'spotting'"):
        compared_samples((table, run), TableTruth(truth=table, task="spot"))
    table.write_text("subject,video\n1,a\n")
    with pytest.raises(MebenchError, match=r"nobody knows of which task it is; it has none of the columns predicted"):
        compared_samples((table, run), TableTruth(truth=table))
    document = tmp_path / "score.json"
    document.write_text(json.dumps({"task": "str", "bootstrap": 1000, "official": {}}))
    with pytest.raises(MebenchError, match=r"statistics of schema None; this version reads schema 1"):
        compared_samples((document, document), TableTruth())
