"""Predictions beside the statistics of an embedded board: a row follows from them, whoever wrote the counts."""

import hashlib
import json
import shutil

import pytest
from fixtures import made_boards as made

from mebench.atomic import write_text
from mebench.errors import MebenchError
from mebench.leaderboard.add_run import add_run
from mebench.leaderboard.entry import Method, entry_id
from mebench.leaderboard.figures import figures_of
from mebench.leaderboard.kept import difference
from mebench.leaderboard.layout import read_entry, version_of
from mebench.leaderboard.render.all import rendered
from mebench.leaderboard.render.tables import tables
from mebench.leaderboard.rules_text import frozen_text
from mebench.leaderboard.store import entry_text
from mebench.leaderboard.verify import verify
from mebench.metrics.bootstrap import metrics_of
from mebench.metrics.samples import samples_of
from mebench.record.record import read_record, write_record


@pytest.fixture(scope="module")
def embedded():
    return made.embedded()


@pytest.fixture(scope="module")
def made_board(tmp_path_factory, embedded):
    folder = tmp_path_factory.mktemp("kept")
    root = made.embedded_root(folder)
    run = made.made_run(folder / "run", table=made.near(embedded, 0), data=embedded)
    add_run(root, run, Method(name="Ours"), "2026-03-01", by="A. Person")
    for path, text in rendered(tables(root)).items():
        write_text(root / path, text)
    return root


@pytest.fixture
def board(made_board, tmp_path):
    shutil.copytree(made_board.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "leaderboard"


def faults(root):
    return [fault.text for fault in verify(root).faults]


def test_predictions_lie_beside_the_statistics(board):
    assert faults(board) == []
    (kept,) = board.rglob("predictions/*.csv")
    assert kept.read_bytes() == (board.parent / "run/predictions.csv").read_bytes()
    (table,) = tables(board)
    assert (table.rows[0].by, table.rows[0].notes) == (("A. Person",), ())


@pytest.mark.parametrize("what", ["edited", "missing"])
def test_predictions_that_were_touched(board, what):
    (kept,) = board.rglob("predictions/*.csv")
    if what == "missing":
        kept.unlink()
        assert any("its predictions are missing (predictions/" in text for text in faults(board))
    else:
        kept.write_text(kept.read_text().replace("negative", "positive"))
        assert any("has another sha256; it was edited: restore it with git" in text for text in faults(board))


def better(document):
    """Turn each miss under the strict rules into a hit: possible counts, on the same truth, that nobody scored."""
    for subject in document["strict"]["subjects"]:
        for video in subject["videos"]:
            video["tp"], video["fn"] = video["tp"] + video["fn"], 0
            video["fp"] = len(video["scores"]) - video["tp"]


def test_counts_that_the_predictions_do_not_have(tmp_path, embedded):
    root = made.embedded_root(tmp_path)
    run = made.made_run(tmp_path / "run", table=far(embedded), data=embedded)
    document = json.loads((run / "statistics.json").read_text())
    better(document)
    text = json.dumps(document, sort_keys=True) + "\n"
    (run / "statistics.json").write_text(text)
    record = read_record(run / "record.json")
    metrics = {key: one for key, one in metrics_of(samples_of(document), 50, 0).items() if key in record.metrics}
    digest = hashlib.sha256(text.encode()).hexdigest()
    write_record(run / "record.json", record.model_copy(update={"metrics": metrics, "statistics_sha256": digest}))
    sentence = r"the statistics do not follow from the predictions \(strict.subjects.0.videos.0.fn\)"
    with pytest.raises(MebenchError, match=sentence):
        add_run(root, run, Method(name="Best"), "2026-03-01")
    by_hand(root, run, document)
    assert any("the statistics do not follow from the predictions" in text for text in faults(root))


def far(data):
    table = made.near(data, 0)
    return made.IntervalTable.of(
        table.subject, table.video, table.onset + 40, table.offset + 40, table.emotion, table.score
    )


def by_hand(root, run, document):
    """Put a run below a board as `add` would, without asking it."""
    honest = made.made_run(run.parent / "honest", table=far(made.embedded()), data=made.embedded())
    found = add_run(root, honest, Method(name="Best"), "2026-03-01")
    record = read_record(run / "record.json")
    figures = figures_of(samples_of(document), version_of(root, "made-str").rules)
    values = {"record": record, "statistics_sha256": record.statistics_sha256, "figures": figures}
    mine = read_entry(found.record).model_copy(update=values)
    found.record.unlink()
    found.statistics.unlink()
    folder = root / "made-str/v1"
    (folder / "records" / f"{entry_id(mine)}.json").write_text(entry_text(mine))
    shutil.copy(run / "statistics.json", folder / "statistics" / f"{record.statistics_sha256[:16]}.json")


def test_a_truth_that_is_no_longer_what_was_frozen(tmp_path, embedded):
    root = made.made_root(tmp_path, made.embedded_rules())
    run = made.made_run(tmp_path / "run", table=made.near(embedded, 0), data=embedded)
    with pytest.raises(MebenchError, match=r"keeps predictions, but froze no truth of made; run: mebench leaderboard"):
        add_run(root, run, Method(name="Ours"), "2026-03-01")
    frozen = version_of(made.embedded_root(tmp_path / "other"), "made-str").rules.frozen["made"]
    other = frozen.model_copy(update={"truth_sha256": "0" * 64})
    rules = root / "made-str/v1/rules.toml"
    rules.write_text(rules.read_text() + frozen_text("made", other))
    with pytest.raises(MebenchError, match=r"the truth of synth_me is not the truth that made-str/v1 froze"):
        add_run(root, run, Method(name="Ours"), "2026-03-01")


def test_rules_without_a_fingerprint(tmp_path, embedded):
    root = made.embedded_root(tmp_path)
    rules = root / "made-str/v1/rules.toml"
    rules.write_text(rules.read_text().replace(f', fingerprint = "{made.FINGERPRINT}"', ""))
    run = made.made_run(tmp_path / "run", table=made.near(embedded, 0), data=embedded)
    with pytest.raises(MebenchError, match=r"its rules hold no fingerprint of synth_me, so that runs on any pixels"):
        add_run(root, run, Method(name="Ours"), "2026-03-01")


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        ({"a": [1, 2.0]}, {"a": [1, 2.0 + 1e-12]}, ""),
        ({"a": [1, 2.0]}, {"a": [1, 2.1]}, "a.1"),
        ({"a": 1}, {"a": True}, "a"),
        ({"a": 1}, {"b": 1}, "a, b"),
        ({"a": {"b": [1]}}, {"a": {"b": []}}, "a.b: 1 and 0 entries"),
        ({"a": {"c": 1}}, {"a": {}}, "a: c"),
    ],
)
def test_where_documents_differ(one, other, where):
    assert difference(one, other) == where
