"""`mebench compare` on run folders, statistics and records of a leaderboard."""

import json

import pytest
from typer.testing import CliRunner

from mebench.cli.main import app
from mebench.errors import MebenchError
from mebench.metrics.comparison import compare, samples_at
from mebench.metrics.str.score import str_statistics
from mebench.tables.intervals import IntervalTable

EMOTIONS = ["negative", "positive"] * 5


def folder(root, found, subjects=10):
    truth = IntervalTable.of(range(subjects), ["v"] * subjects, [0] * subjects, [9] * subjects, EMOTIONS[:subjects])
    onset = [0 if row < found else 50 for row in range(subjects)]
    pred = IntervalTable.of(range(subjects), ["v"] * subjects, onset, [one + 9 for one in onset], EMOTIONS[:subjects])
    root.mkdir(parents=True)
    statistics = {rules: one.to_json() for rules, one in str_statistics(pred, truth).items()}
    (root / "statistics.json").write_text(json.dumps(statistics))
    return root


def test_by_hand(tmp_path):
    good, poor = samples_at(folder(tmp_path / "a", 9)), samples_at(folder(tmp_path / "b", 4) / "statistics.json")
    found = {one.key: one for one in compare(good, poor)}
    one = found["strict.f1_s"]
    assert (one.first, one.second, one.difference.difference) == pytest.approx((0.9, 0.4, 0.5))
    assert one.difference.interval[0] > 0
    assert one.difference.detectable == pytest.approx(2.8016 * (0.5 * 0.5 / 10) ** 0.5, rel=0.1)
    back = {one.key: one for one in compare(poor, good)}["strict.f1_s"]
    assert (back.difference.difference, back.difference.p) == (-one.difference.difference, one.difference.p)
    assert set(found) == {f"{r}.{n}" for r in ("official", "strict") for n in ("f1_s", "f1_a", "strs", "uf1", "uar")}


def test_the_command(tmp_path):
    a, b = folder(tmp_path / "a", 9), folder(tmp_path / "b", 4)
    out = tmp_path / "o.json"
    done = CliRunner().invoke(app, ["compare", str(a), str(b), "--figures", "strs", "--json", str(out)])
    assert done.exit_code == 0, done.output
    assert "strict.strs" in done.output
    assert "f1_a" not in done.output
    assert "are mostly missed" in done.output
    rows = json.loads(out.read_text())["figures"]
    assert [row["figure"] for row in rows] == ["official.strs", "strict.strs"]
    same = CliRunner().invoke(app, ["compare", str(a), str(a), "--figures", "all"])
    assert "nothing differs in any resample" in same.output


def test_a_record_of_a_leaderboard(tmp_path):
    run = folder(tmp_path / "a", 9)
    (tmp_path / "v1" / "records").mkdir(parents=True)
    (tmp_path / "v1" / "statistics").mkdir()
    (tmp_path / "v1" / "statistics" / f"{'ab' * 8}.json").write_text((run / "statistics.json").read_text())
    record = tmp_path / "v1" / "records" / "x.json"
    record.write_text(json.dumps({"statistics_sha256": "ab" * 32}))
    assert [one.name for one in samples_at(record)] == ["official", "strict"]
    record.write_text("{}")
    with pytest.raises(MebenchError, match=r"is no record of a leaderboard"):
        samples_at(record)


DAMAGED = (
    *("", "[]", "{", "\x00", '"x"', "[" * 5000, '{"task": []}', '{"official": {"schema": 1}}'),
    *('{"statistics_sha256": 5}', '{"bootstrap": 1, "statistics": 3}', '{"task": "vqa", "schema": 1, "words": 1}'),
    '{"strict": {"schema": null}}',
)


@pytest.mark.parametrize("text", DAMAGED)
def test_damaged_documents_are_one_sentence(tmp_path, text):
    for place in (tmp_path / "x.json", tmp_path / "records" / "x.json"):
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)
        with pytest.raises(MebenchError):
            samples_at(place)


def test_refusals(tmp_path):
    a, b = folder(tmp_path / "a", 9), folder(tmp_path / "b", 4, 8)
    with pytest.raises(MebenchError, match=r"the runs differ in videos: 10 .* and 8"):
        compare(samples_at(a), samples_at(b))
    with pytest.raises(MebenchError, match=r"unknown figure 'str'; did you mean 'strs'"):
        compare(samples_at(a), samples_at(a), ["str"])
    with pytest.raises(MebenchError, match=r"share no score: official and strict"):
        compare(samples_at(a)[:1], samples_at(a)[1:])
    with pytest.raises(MebenchError, match=r"holds no statistics.json"):
        samples_at(tmp_path)
