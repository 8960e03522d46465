"""Runs as results: what is written, what a second run raises, and what is refused."""

import json

import pytest
from fixtures import made_boards as made

from mebench.errors import MebenchError
from mebench.leaderboard.add_run import add_run
from mebench.leaderboard.entry import Method, entry_id
from mebench.leaderboard.layout import entries_of, version_of
from mebench.record.record import read_record, write_record

NOBODY = Method(name="")


def add(root, run, **options):
    return add_run(root, run, options.pop("method", NOBODY), "2026-01-02", **options)


def changed(run, **values):
    record = read_record(run / "record.json")
    write_record(run / "record.json", record.model_copy(update=values))
    return run


def test_a_run_becomes_a_record_and_its_statistics(tmp_path):
    root = made.made_root(tmp_path)
    found = add(root, made.made_run(tmp_path / "run"))
    assert found.level == "recomputed"
    assert found.record.name == f"{entry_id(found.entry)}.json"
    assert found.statistics.read_bytes() == (tmp_path / "run/statistics.json").read_bytes()
    record = read_record(tmp_path / "run/record.json")
    assert found.entry.figures["strict.strs"].value == pytest.approx(record.metrics["strict.strs"].value, abs=1e-12)
    assert (found.entry.method.name, found.entry.seed, found.entry.record) == ("constant", 0, record)
    written = {path.name for path in root.rglob("*") if path.is_file()}
    assert written == {"rules.toml", found.record.name, found.statistics.name}


def test_a_second_run_raises_the_level(tmp_path):
    root = made.made_root(tmp_path)
    first = add(root, made.made_run(tmp_path / "a"))
    again = add(root, made.made_run(tmp_path / "b", created="2026-02-01"))
    assert (again.level, again.entry.rerun_of) == ("bit-identical", first.record.stem)
    assert add(root, made.made_run(tmp_path / "c", seed=1)).level == "recomputed"
    assert len(entries_of(version_of(root, "made-str"))) == 3


def test_a_rerun_with_other_predictions_must_stay_within_the_intervals(tmp_path):
    root = made.made_root(tmp_path)
    add(root, made.made_run(tmp_path / "a"))
    near, far = made.predictions(0), made.truth()
    moved = made.IntervalTable.of(near.subject, near.video, near.onset, near.offset, near.emotion, near.score * 0.99)
    assert add(root, made.made_run(tmp_path / "b", table=moved, created="2026-02-01")).level == "rerun"
    with pytest.raises(MebenchError, match=r"a rerun must repeat the result, but strict.strs was"):
        add(root, made.made_run(tmp_path / "c", table=far, created="2026-03-01"))


def test_the_same_run_twice_is_refused(tmp_path):
    root, run = made.made_root(tmp_path), made.made_run(tmp_path / "run")
    add(root, run)
    with pytest.raises(MebenchError, match=r"this run is there already \(record [0-9a-f]{16}\)"):
        add(root, run)


def test_a_name_stands_for_one_method(tmp_path):
    root = made.made_root(tmp_path)
    add(root, made.made_run(tmp_path / "a"))
    run = made.made_run(tmp_path / "b", seed=1)
    facts = read_record(run / "record.json").experiment
    other = facts.model_copy(update={"config": facts.config | {"decode": {"threshold": 0.1}}})
    with pytest.raises(MebenchError, match=r"'constant' stands for other settings in record .* choose another name"):
        add(root, changed(run, experiment=other))
    assert add(root, run, method=Method(name="constant, late")).level == "recomputed"


CODE = {"version": "0", "commit": "1" * 40, "dirty": True}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"code": CODE}, r"the run's code had uncommitted changes, .* commit, install and run it anew"),
        ({"code": CODE | {"commit": None, "dirty": None}}, r"was not installed from a git checkout"),
        ({"code": CODE | {"dirty": False, "dev": True}}, r"went on with other code than it was begun with \(--dev\)"),
        ({"predictions_sha256": "0" * 64}, r"predictions.csv is not what the run wrote"),
        ({"statistics_sha256": "0" * 64}, r"statistics.json is not what the run wrote"),
        ({"statistics_sha256": None}, r"the run was not scored"),
        ({"protocol": {"kind": "loso", "classes": ["a"]}}, r"made-str/v1 wants protocol.classes = "),
        ({"protocol": {"kind": "fixed"}}, r"wants protocol.kind = loso, the run has fixed"),
    ],
)
def test_runs_that_are_no_results(tmp_path, values, sentence):
    root = made.made_root(tmp_path)
    with pytest.raises(MebenchError, match=sentence):
        add(root, changed(made.made_run(tmp_path / "run"), **values))
    assert not (root / "made-str/v1/records").exists()


def test_another_dataset_and_a_limited_one(tmp_path):
    root, run = made.made_root(tmp_path), made.made_run(tmp_path / "run")
    record = read_record(run / "record.json")
    other = record.datasets[0].model_copy(update={"fingerprint": "cd" * 32})
    with pytest.raises(MebenchError, match=r"with fingerprint abababababab, the run's is cdcdcdcdcdcd"):
        add(root, changed(run, datasets=(other,)))
    for dataset, sentence in (
        ({"name": "made", "variant": "", "limit": 2}, r"used the first 2 subjects of made"),
        ({"name": "elsewhere", "variant": "", "limit": None}, r"no table of made-str/v1 is for task str on elsewhere"),
    ):
        facts = record.experiment.model_copy(update={"config": record.experiment.config | {"dataset": dataset}})
        with pytest.raises(MebenchError, match=sentence):
            add(root, changed(run, datasets=record.datasets, experiment=facts))


def test_metrics_that_do_not_follow(tmp_path):
    root, run = made.made_root(tmp_path), made.made_run(tmp_path / "run")
    metrics = dict(read_record(run / "record.json").metrics)
    metrics["strict.uf1"] = metrics["strict.uf1"].model_copy(update={"value": 0.99})
    with pytest.raises(MebenchError, match=r"the record says strict.uf1 = 0.99, its statistics 0\."):
        add(root, changed(run, metrics=metrics))


def test_no_run_and_no_leaderboard(tmp_path):
    root = made.made_root(tmp_path)
    with pytest.raises(MebenchError, match=r"holds no record.json"):
        add(root, tmp_path)
    with pytest.raises(MebenchError, match=r"holds no leaderboard; give --root DIR"):
        add(tmp_path / "nowhere", made.made_run(tmp_path / "run"))
    with pytest.raises(MebenchError, match=r"unknown benchmark 'made-st'; did you mean 'made-str'"):
        add(root, tmp_path / "run", benchmark="made-st")
    with pytest.raises(MebenchError, match=r"made-str has no version 2; it has 1"):
        add(root, tmp_path / "run", benchmark="made-str", number=2)


def test_statistics_hold_no_frames(tmp_path):
    """Nothing that a licence covers: neither intervals nor labels of single micro-expressions."""
    root = made.made_root(tmp_path)
    add(root, made.made_run(tmp_path / "run"))
    (text,) = [path.read_text() for path in root.rglob("statistics/*.json")]
    video = json.loads(text)["strict"]["subjects"][0]["videos"][0]
    assert not {"onset", "offset", "apex", "emotion"} & set(video)
