"""Attacks on the boards, to stand higher or to change what stands: each was tried and worked once."""

import contextlib
import csv
import hashlib
import io
import json
import shutil
from dataclasses import replace

import pytest
from fixtures import made_boards as made

from mebench.atomic import write_text
from mebench.errors import MebenchError
from mebench.leaderboard.add_predictions import add_predictions
from mebench.leaderboard.add_run import add_run
from mebench.leaderboard.entry import Method, entry_id
from mebench.leaderboard.layout import read_entry, version_of
from mebench.leaderboard.render.all import rendered
from mebench.leaderboard.render.tables import TRUST, tables
from mebench.leaderboard.scored_predictions import Files
from mebench.leaderboard.store import entry_text
from mebench.leaderboard.verify import verify
from mebench.metrics.bootstrap import metrics_of
from mebench.metrics.samples import samples_of
from mebench.record.record import read_record, write_record
from mebench.tables.csv import write_manifest, write_predictions, write_truth
from mebench.tables.intervals import IntervalTable, Manifest


def render(root):
    for path, text in rendered(tables(root)).items():
        write_text(root / path, text)


def faults(root):
    return [f"{fault.path}: {fault.text}" for fault in verify(root).faults]


def add_table(root, folder, table, truth, manifest, name="Mine"):
    write_predictions(folder / "p.csv", table)
    write_truth(folder / "t.csv", truth)
    write_manifest(folder / "m.csv", manifest)
    version = version_of(root, "made-str")
    files = Files(folder / "p.csv", folder / "t.csv", folder / "m.csv")
    return add_predictions(version, version.table(None), Method(name=name), files, None, "2026-01-02")


def forged(run, change):
    """Change the statistics of a run as `change` does, and its record so that everything follows from them.

    Figures that no reader of ours gives, because the counts cannot be, stay as they were.
    """
    document = json.loads((run / "statistics.json").read_text())
    change(document)
    text = json.dumps(document, sort_keys=True) + "\n"
    (run / "statistics.json").write_text(text)
    record = read_record(run / "record.json")
    again = record.metrics
    with contextlib.suppress(MebenchError):
        again = metrics_of(samples_of(document), 50, record.seeds["experiment"])
    values = {
        "metrics": {key: again[key] for key in record.metrics if key in again},
        "statistics_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    write_record(run / "record.json", record.model_copy(update=values))
    return run


def some_of(rows):
    columns = ("subject", "video", "onset", "offset", "emotion")
    return IntervalTable.of(*(getattr(made.truth(), name)[rows] for name in columns))


def every_video(document):
    for rules in ("official", "strict"):
        for subject in document[rules]["subjects"]:
            yield from subject["videos"]


@pytest.fixture
def board(tmp_path):
    root = made.made_root(tmp_path)
    add_run(root, made.made_run(tmp_path / "run"), Method(name="Ours"), "2026-03-01")
    render(root)
    assert faults(root) == []
    return root


def test_a_truth_of_ones_own_on_a_frozen_board(tmp_path):
    root = made.made_root(tmp_path)
    write_truth(tmp_path / "T.csv", made.truth())
    write_manifest(tmp_path / "M.csv", made.manifest())
    made.freeze(
        version_of(root, "made-str"), version_of(root, "made-str").table(None), tmp_path / "T.csv", tmp_path / "M.csv"
    )
    mine = made.predictions(1)
    with pytest.raises(MebenchError, match=r"t.csv is not the truth that made-str/v1 froze \(sha256 [0-9a-f]"):
        add_table(root, tmp_path, mine, mine, made.manifest())
    shorter = Manifest.of(["made"] * 4, made.SUBJECTS, [f"v{one}" for one in made.SUBJECTS], [500] * 4, [30.0] * 4)
    with pytest.raises(MebenchError, match=r"m.csv does not list the videos that made-str/v1 froze"):
        add_table(root, tmp_path, mine, made.truth(), shorter)
    assert add_table(root, tmp_path, mine, made.truth(), made.manifest()).entry.truth_sha256


def test_a_manifest_of_another_dataset(tmp_path):
    """shared/cases/leaderboard_any_truth: a video of ones own in the table of a licensed set."""
    root = made.made_root(tmp_path)
    one = IntervalTable.of(["1"], ["v1"], [10], [25], ["negative"])
    manifest = Manifest.of(["synth_me"], ["1"], ["v1"], [100], [30.0])
    with pytest.raises(MebenchError, match=r"m.csv lists videos of synth_me, but the table made is of made"):
        add_table(root, tmp_path, one, one, manifest)


@pytest.mark.parametrize(
    ("videos", "sentence"),
    [
        (1, r"samm_lv has 147 videos, and every one counts, but the result is of 1; give"),
        (148, r"samm_lv has 147 videos, but the result is of 148; score it on that dataset alone"),
    ],
)
def test_videos_that_are_not_those_of_the_dataset(tmp_path, videos, sentence):
    root = made.made_root(tmp_path, made.RULES.replace('name = "made", v', 'name = "samm_lv", v'))
    rules = root / "made-str/v1/rules.toml"
    rules.write_text(rules.read_text().replace('kind = "loso"', 'kind = "loso"\nvideos = "all"'))
    names = [f"v{n}" for n in range(videos)]
    table = IntervalTable.of(["1"] * videos, names, [10] * videos, [25] * videos, ["negative"] * videos)
    manifest = Manifest.of(["samm_lv"] * videos, ["1"] * videos, names, [100] * videos, [30.0] * videos)
    with pytest.raises(MebenchError, match=sentence):
        add_table(root, tmp_path, table, table, manifest)


def test_a_truth_that_nobody_froze_is_said_to_be_on_trust(tmp_path, board):
    add_table(board, tmp_path, made.truth(), made.truth(), made.manifest(), "Knows")
    (table,) = tables(board)
    assert all(TRUST in row.notes for row in table.rows)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"fp": -40}, r"these counts cannot be: official, 1/v1: fp is -40, not a whole number from 0"),
        ({"fp": 0.5}, r"fp is 0.5, not a whole number"),
        ({"tp": 0, "fn": 3}, r"recognised pairs of 0 found intervals"),
        ({"confusion": [[0] * 12]}, r"the table of recognised pairs is none of 3 classes"),
        ({"frames": 3}, r"frames is no count of the scorer"),
        ({"onset_frames": -1}, r"onset_frames is -1"),
        ({"matched": [1023] * 9}, r"3 scores and 9 matches for 3 predictions"),
    ],
)
def test_counts_that_cannot_be(tmp_path, change, sentence):
    """STRS 1.128 was shown, from negative false positives."""
    root = made.made_root(tmp_path)
    table = made.IntervalTable.of(
        *(getattr(made.truth(), n) for n in ("subject", "video", "onset", "offset", "emotion"))
    )

    def impossible(document):
        for video in every_video(document):
            video |= {key: value for key, value in change.items() if key != "matched" or "scores" in video}

    run = forged(made.made_run(tmp_path / "run", table=table if "tp" in change else None), impossible)
    with pytest.raises(MebenchError, match=sentence):
        add_run(root, run, Method(name="Best"), "2026-03-01")


def test_a_negative_count_written_by_hand(board):
    """Past `add`: record and statistics put where they would lie, with the names that their content hashes to."""
    (path,) = board.rglob("records/*.json")
    entry, run = read_entry(path), board.parent / "run"

    def fewer(document):
        for video in every_video(document):
            video["fp"] = -1

    forged(run, fewer)
    data = (run / "statistics.json").read_bytes()
    record = read_record(run / "record.json")
    values = {"record": record, "statistics_sha256": record.statistics_sha256}
    mine = entry.model_copy(update=values)
    path.unlink()
    (next(board.rglob("statistics/*.json"))).unlink()
    (path.parent / f"{entry_id(mine)}.json").write_text(entry_text(mine))
    (board / f"made-str/v1/statistics/{record.statistics_sha256[:16]}.json").write_bytes(data)
    assert any("these counts cannot be" in text for text in faults(board))


def test_another_number_of_true_intervals_than_others_have(tmp_path, board):
    fewer = IntervalTable.of(
        *(getattr(made.truth(), n)[1:] for n in ("subject", "video", "onset", "offset", "emotion"))
    )
    sentence = r"made/1/v1: the true counts are 2, but 3 in record [0-9a-f]{16}; results of one table are scored on one"
    with pytest.raises(MebenchError, match=sentence):
        add_table(board, tmp_path, made.predictions(5), fewer, made.manifest())
    other = made.made_root(tmp_path / "elsewhere")
    found = add_table(other, tmp_path, made.predictions(5), fewer, made.manifest())
    for kind in ("records", "statistics"):
        for path in other.rglob(f"{kind}/*.json"):
            shutil.copy(path, board / "made-str/v1" / kind)
    assert any("the true counts are" in text for text in faults(board)), found.record


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"created": "2030-01-01T00:00:00Z"}, r"has the measurements of record [0-9a-f]{16} to the last digit"),
        (
            {"created": "2030-01-01T00:00:00Z", "peak_memory_bytes": 7},
            r"\(seconds of training, seconds of score\), so it",
        ),
        ({"peak_memory_bytes": 7, "seconds": {"score": 9.0}}, r"ended in the same second as record"),
    ],
)
def test_a_copy_that_is_passed_off_as_a_rerun(tmp_path, board, values, sentence):
    run = shutil.copytree(tmp_path / "run", tmp_path / "copy")
    record = read_record(run / "record.json").model_copy(update=values)
    write_record(run / "record.json", record)
    with pytest.raises(MebenchError, match=sentence):
        add_run(board, run, Method(name="Ours"), "2026-03-02")
    (first,) = board.rglob("records/*.json")
    again = read_entry(first).model_copy(update={"record": record, "rerun_of": first.stem})
    (first.parent / f"{entry_id(again)}.json").write_text(entry_text(again))
    assert any("so it is a copy; run the experiment anew" in text for text in faults(board))


def test_a_run_that_was_really_run_again(tmp_path, board):
    again = add_run(board, made.made_run(tmp_path / "again", created="2026-05-05"), Method(name="Ours"), "2026-05-06")
    assert again.level == "bit-identical"


@pytest.mark.parametrize(
    "place", ["notes.txt", "made-str/notes.txt", "made-str/v2/made.csv", "made-str/v1/more/a.json"]
)
def test_strays_beside_a_version(board, place):
    (board / place).parent.mkdir(parents=True, exist_ok=True)
    (board / place).write_text("mine")
    assert faults(board) == [f"{place}: belongs to nothing here; remove it"]


@pytest.mark.parametrize("kind", ["records", "statistics", "rules"])
def test_a_file_that_is_a_link(tmp_path, board, kind):
    path = board / "made-str/v1/rules.toml" if kind == "rules" else next(board.rglob(f"{kind}/*.json"))
    target = shutil.move(path, tmp_path / "elsewhere.json")
    path.symlink_to(target)
    assert faults(board) == [f"{path.relative_to(board).as_posix()}: is a link; put the file itself there"]


def test_a_folder_that_is_a_link(tmp_path, board):
    shutil.move(board / "made-str/v1/statistics", tmp_path / "statistics")
    (board / "made-str/v1/statistics").symlink_to(tmp_path / "statistics")
    assert faults(board) == ["made-str/v1/statistics: is a link; put the file itself there"]


@pytest.mark.parametrize("name", ['=HYPERLINK("http://e.org")', "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1"])
def test_a_cell_that_a_spreadsheet_would_run(tmp_path, name):
    root = made.made_root(tmp_path)
    add_run(root, made.made_run(tmp_path / "run"), Method(name=name, paper=name), "2026-03-01")
    rows = list(csv.DictReader(io.StringIO(rendered(tables(root))["made-str/v1/made.csv"])))
    assert {(row["method"], row["source"]) for row in rows} == {(f"'{name}", f"'{name}")}


def test_a_number_below_zero_is_a_number(tmp_path):
    root = made.made_root(tmp_path)
    add_run(root, made.made_run(tmp_path / "run"), Method(name="A"), "2026-03-01")
    (table,) = tables(root)
    row = replace(table.rows[0], cells=tuple(replace(cell, value=-0.5) for cell in table.rows[0].cells))
    text = rendered([replace(table, rows=(row,))])["made-str/v1/made.csv"]
    assert {row["value"] for row in csv.DictReader(io.StringIO(text))} == {"-0.5"}


def test_subjects_left_out_of_the_official_figures(tmp_path):
    """The official rules leave out whole subjects without a prediction; one that has some cannot be left out."""

    def fewer(document):
        for subject in document["official"]["subjects"][1:]:
            for video in subject["videos"]:
                video |= {"tp": 0, "fp": 0, "fn": 0, "confusion": [[0] * 4] * 3}

    run = forged(made.made_run(tmp_path / "run"), fewer)
    with pytest.raises(MebenchError, match=r"2/v2: 0 true intervals by the official rules, not 3"):
        add_run(made.made_root(tmp_path), run, Method(name="Best"), "2026-03-01")


BROKEN = (
    ("1e999", "1e999 is no number"),
    ('{"strict": NaN}', "NaN is no number"),
    ("[]", "a JSON object is wanted"),
    ("{", "is no JSON"),
)


@pytest.mark.parametrize(("text", "sentence"), BROKEN)
def test_statistics_that_are_no_json(tmp_path, board, text, sentence):
    run = tmp_path / "run"
    (run / "statistics.json").write_text(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    record = read_record(run / "record.json").model_copy(update={"statistics_sha256": digest})
    write_record(run / "record.json", record)
    with pytest.raises(MebenchError, match=sentence):
        add_run(board, run, Method(name="B"), "2026-03-01")
    (path,) = board.rglob("records/*.json")
    mine = read_entry(path).model_copy(update={"record": record, "statistics_sha256": digest})
    (path.parent / f"{entry_id(mine)}.json").write_text(entry_text(mine))
    (board / f"made-str/v1/statistics/{digest[:16]}.json").write_text(text)
    assert any(sentence in fault for fault in faults(board))
