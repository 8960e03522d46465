"""Rows of a leaderboard: means over seeds, levels, order, what was withdrawn, what the literature prints."""

import json

import numpy as np
import pytest
from fixtures import made_boards as made

from mebench.errors import MebenchError
from mebench.leaderboard.add_run import add_run
from mebench.leaderboard.entry import Method
from mebench.leaderboard.layout import versions
from mebench.leaderboard.render.tables import NO_STATISTICS, NOT_PRINTED, tables
from mebench.metrics.bootstrap import resampling_weights
from mebench.metrics.samples import read_samples

PRINTED = {
    "source": "A paper",
    "columns": ["method", "dataset", "f1_s"],
    "rows": [["Old", "", 0.99], ["Older", "", None], ["Oldest", "", "0.50"]],
    "errata": [
        {"row": {"method": "Old"}, "column": "f1_s", "note": "too good"},
        {"row": {"method": "Older"}, "column": None, "note": "lost"},
    ],
    "notes": ["all of them"],
}


def board(tmp_path, seeds=(0, 1)):
    root = made.made_root(tmp_path)
    for seed in seeds:
        add_run(root, made.made_run(tmp_path / f"run{seed}", seed), Method(name="Ours"), "2026-01-02")
    return root


def row_of(root, name="Ours"):
    (table,) = tables(root)
    return next(row for row in table.rows if row.method == name)


def test_cells_are_means_over_seeds_resampled_together(tmp_path):
    root = board(tmp_path)
    row = row_of(root)
    assert (row.seeds, row.n, row.level, len(row.records)) == ((0, 1), "4 subjects", "recomputed", 2)
    samples = [read_samples(tmp_path / f"run{seed}" / "statistics.json")[1] for seed in (0, 1)]
    each = [one.compute(np.ones((1, 4)))["strs"][0] for one in samples]
    assert row.cells[1].value == pytest.approx(np.mean(each))
    weights = resampling_weights(4, 50, 0)
    drawn = np.mean([one.compute(weights)["strs"] for one in samples], axis=0)
    assert row.cells[1].interval == pytest.approx(np.percentile(drawn, (2.5, 97.5)))


def test_a_row_has_the_lowest_level_of_its_seeds(tmp_path):
    root = board(tmp_path)
    add_run(root, made.made_run(tmp_path / "again", 0, created="2026-03-01"), Method(name="Ours"), "2026-03-02")
    assert row_of(root).level == "recomputed"
    add_run(root, made.made_run(tmp_path / "more", 1, created="2026-03-01"), Method(name="Ours"), "2026-03-02")
    assert row_of(root).level == "bit-identical"
    assert len(row_of(root).records) == 4


def test_printed_rows_stand_beside_verified_ones(tmp_path):
    root = board(tmp_path)
    folder = root / "made-str/v1/published"
    folder.mkdir()
    (folder / "p.json").write_text(json.dumps(PRINTED))
    (table,) = tables(root)
    assert [row.method for row in table.rows] == ["Ours", "Old", "Older", "Oldest"]  # order: strict.strs, none printed
    old, older, oldest = table.rows[1:]
    assert (old.level, old.source, old.cells[0].errata, old.cells[0].reason) == (
        "published",
        "A paper",
        ("too good",),
        NO_STATISTICS,
    )
    assert (older.cells[0].value, older.cells[0].reason, older.notes) == (None, NOT_PRINTED, ("lost",))
    assert (oldest.cells[0].value, oldest.cells[0].printed) == (0.5, "0.50")
    assert table.notes == ("all of them",)


def test_what_was_withdrawn_is_a_note_and_no_row(tmp_path):
    root = board(tmp_path, (0,))
    (record,) = root.rglob("records/*.json")
    withdrawn = root / "made-str/v1/withdrawn"
    withdrawn.mkdir()
    (withdrawn / f"{record.stem}.toml").write_text('reason = "labels leaked"\ndate = "2026-05-01"\n')
    (table,) = tables(root)
    assert (table.rows, table.notes) == (
        (),
        (f"withdrawn on 2026-05-01: Ours (record {record.stem}): labels leaked",),
    )
    (withdrawn / f"{record.stem}.toml").write_text("reason = 1\n")
    with pytest.raises(MebenchError, match=r"is no withdrawal; write reason = and date = as texts"):
        tables(root)


def test_tables_without_anything(tmp_path):
    (table,) = tables(made.made_root(tmp_path))
    assert (table.rows, table.title) == ((), "Made")
    with pytest.raises(MebenchError, match=r"holds no leaderboard"):
        versions(tmp_path / "nowhere")
