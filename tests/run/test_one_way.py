"""One way from counts to figures: record, score document, board and `mebench score` agree to the last bit."""

import json

import pytest
from fixtures import made_faces
from typer.testing import CliRunner

from mebench.cli.main import app
from mebench.config.experiment import DatasetConfig, Experiment, ModelConfig, ProtocolConfig, ScoreConfig
from mebench.leaderboard.checked_statistics import possible_statistics
from mebench.leaderboard.figures import figures_of
from mebench.leaderboard.rules import Rules
from mebench.metrics.bootstrap import metrics_of
from mebench.metrics.compared_tables import TableTruth, compared_samples
from mebench.metrics.comparison import compare
from mebench.metrics.sample import with_figure
from mebench.metrics.samples import read_samples
from mebench.progress import Silent
from mebench.record.record import Metric
from mebench.run.run import run_experiment

SEED, RESAMPLES = 1, 60

SPOTS = "subject,video,onset,offset,type\n1,a,0,9,me\n1,a,40,90,mae\n2,b,0,9,me\n3,c,5,12,me\n"
NUMBER = '{{"id": "samm_1_{n}", "video": "v{n}", "question": "How many expression events appear in this video?", '


def metrics(document: dict) -> dict[str, Metric]:
    return {key: Metric.model_validate(one) for key, one in document["metrics"].items()}


def rules(task: str, keys: list[str]) -> Rules:
    """Rules of a board whose columns are all the figures of a result."""
    texts = {"title": "t", "summary": "s", "protocol": "p", "truth": "archives"}
    columns = [{"key": key, "title": key} for key in keys]
    numbers = {"version": 1, "bootstrap": RESAMPLES, "seed": SEED}
    tables = [{"name": "made", "title": "made"}]
    return Rules.model_validate(
        {"benchmark": "made", "task": task, "order": keys[0], "columns": columns, "tables": tables} | texts | numbers
    )


def scored(*arguments: object) -> dict:
    done = CliRunner().invoke(app, ["score", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(arguments[-1].read_text())


TASKS = {
    "str": ("threshold", DatasetConfig(name="synth_me", variant="tiny"), ()),
    "vqa": ("blind", DatasetConfig(name="synth_me", variant="tiny"), ()),
    "recognition": (
        "constant",
        DatasetConfig(name=made_faces.MadeClips.name),
        (DatasetConfig(name=made_faces.MadeOtherClips.name),),
    ),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.mark.parametrize("task", TASKS)
def test_a_run_has_one_set_of_figures(task, data, tmp_path):
    model, dataset, more = TASKS[task]
    experiment = Experiment(
        name=f"made/{task}",
        task=task,
        seed=SEED,
        dataset=dataset,
        more_datasets=more,
        protocol=ProtocolConfig(classes=("negative", "surprise")) if task == "str" else ProtocolConfig(),
        model=ModelConfig(name=model),
        score=ScoreConfig(bootstrap=RESAMPLES),
    )
    found = run_experiment(experiment, tmp_path / "runs", data, Silent())
    folder, record = found.folder, dict(found.record.metrics)
    assert any(one.interval for one in record.values())
    assert metrics(json.loads(folder.score.read_text())) == record
    assert metrics(scored(task, "--pred", folder.root, "--json", tmp_path / "o.json")) == record
    checked = possible_statistics(folder.statistics.read_bytes(), "statistics")
    assert figures_of(checked.samples, rules(task, list(record))) == record
    compared = compare(read_samples(folder.score), read_samples(tmp_path / "o.json"), ("all",), 5)
    assert len(compared) >= len([one for one in record.values() if one.value is not None])
    assert {row.key: row.first for row in compared} == {row.key: record[row.key].value for row in compared}


def written(folder, task):
    """Predictions and truth in files."""
    if task == "spotting":
        texts = SPOTS.replace("40,90", "44,95").replace("5,12", "60,70"), SPOTS
    else:
        texts = tuple(
            "".join(NUMBER.format(n=n) + f'"answer": "{answer}"}}\n' for n, answer in enumerate(answers))
            for answers in (("1", "2", "x"), ("1", "4", "3"))
        )
    paths = [folder / f"{name}{'.csv' if task == 'spotting' else '.jsonl'}" for name in ("p", "t")]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return paths


@pytest.mark.parametrize("task", ["spotting", "lvqa"])
def test_tables_have_one_set_of_figures(task, tmp_path):
    pred, truth = written(tmp_path, task)
    document = scored(task, "--pred", pred, "--truth", truth, "--json", tmp_path / "o.json")
    own = metrics_of(compared_samples((pred,), TableTruth(truth, task=task))[0])
    assert metrics(document) == own == metrics_of(read_samples(tmp_path / "o.json"))
    assert any(one.interval for one in own.values())
    checked = possible_statistics(json.dumps(document["statistics"]).encode(), "statistics")
    board = rules(task, list(own)).model_copy(update={"bootstrap": 1000, "seed": 0})
    assert figures_of(checked.samples, board) == own


def test_one_more_figure_is_a_function_of_sums(tmp_path):
    pred, truth = written(tmp_path, "spotting")
    scored("spotting", "--pred", pred, "--truth", truth, "--rules", "strict", "--json", tmp_path / "o.json")
    (sample,) = read_samples(tmp_path / "o.json")
    found = metrics_of([with_figure(sample, "found", lambda sums: sums["counts"][:, :, 0].sum(1))])
    known = found["strict.overall_tp"]
    assert found["strict.found"] == known
    assert list(found)[:-1] == list(metrics_of([sample]))
