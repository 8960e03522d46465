"""Figures of the literature: read as printed; what their own columns contradict is listed as an erratum, no more."""

import itertools
import json
from pathlib import Path

import pytest

from mebench.errors import MebenchError
from mebench.leaderboard.layout import versions
from mebench.leaderboard.published import read_published
from mebench.leaderboard.render.links import with_paper
from mebench.leaderboard.render.tables import tables

ROOT = Path(__file__).parents[2] / "leaderboard"
VERSIONS = versions(ROOT)


def ends(value, text=""):
    """Return the least and the largest value that is printed like this, rounded or cut off."""
    digits = len((text or repr(value)).partition(".")[2]) if isinstance(value, float) or text else 0
    unit = 10.0**-digits if digits else 0.0
    return value - unit / 2, value + unit


def reached(call, *figures):
    """Return the least and the largest result over everything that was printed like these figures."""
    found = [call(*corner) for corner in itertools.product(*(ends(one) for one in figures))]
    return min(found), max(found)


def f1(precision, recall):
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def of_counts(tp, fp, fn):
    return {"precision": tp / (tp + fp), "recall": tp / (tp + fn), "f1": 2 * tp / (2 * tp + fp + fn)}


def derived(values):
    """Yield every figure that the others of its row determine, with the least and largest value that it may have."""
    there = {name: value for name, value in values.items() if value is not None}

    def has(*names):
        return all(name in there for name in names)

    for pattern, figures in (
        ("{}_s", {"precision": "precision_s", "recall": "recall_s", "f1": "f1_s"}),
        ("macro_{}", {"f1": "f1_macro"}),
        ("micro_{}", {"f1": "f1_micro"}),
    ):
        counts = [pattern.format(one) for one in ("tp", "fp", "fn")]
        if has(*counts):
            for name, value in of_counts(*(there[one] for one in counts)).items():
                if figures.get(name) in there:
                    yield figures[name], (value, value)
    if has("macro_tp", "micro_tp", "f1_overall"):
        value = of_counts(*(there[f"macro_{one}"] + there[f"micro_{one}"] for one in ("tp", "fp", "fn")))["f1"]
        yield "f1_overall", (value, value)
    for precision, recall, whole in (
        ("precision_a", "recall_a", "f1_a"),
        ("precision_overall", "recall_overall", "f1_overall"),
    ):
        if has(precision, recall, whole):
            yield whole, reached(f1, there[precision], there[recall])
    if has("f1_s", "f1_a", "strs"):
        yield "strs", reached(lambda one, two: one * two, there["f1_s"], there["f1_a"])
    if has("recall_a", "uar"):
        yield "uar", ends(there["recall_a"])
    if has("uf1_coarse", "uar_coarse", "uf1_fine", "uar_fine", "bleu", "rouge1", "average"):
        six = [there[name] for name in ("uf1_coarse", "uar_coarse", "uf1_fine", "uar_fine", "bleu", "rouge1")]
        yield "average", reached(lambda *parts: sum(parts) / 6, *six)


def disagreements(row):
    """Return the derived figures that no rounding and no cutting off brings together."""
    found = set()
    for name, (low, high) in derived(row.values):
        least, most = ends(row.values[name])
        if high < least - 1e-9 or low > most + 1e-9:
            found.add(name)
    return found


FROM_LOGS = {("recognition-megc2019", "STSTNet"): {"uar_full", "uar_smic", "uar_casme2", "uar_samm"}}
"""Errata that no column tells: the authors' log of predictions does (mebench/docs/recognition.md, Known faults of
published figures)."""


@pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.rules.benchmark)
def test_what_the_columns_contradict_is_listed_and_nothing_else(version):
    for row in read_published(version.folder).rows:
        wrong = disagreements(row)
        if "f1_a" in wrong and "recall_a" in row.errata:  # the erratum names the cell that was misprinted
            wrong = (wrong - {"f1_a"}) | {"recall_a"}
        known = FROM_LOGS.get((version.rules.benchmark, row.method), set())
        assert wrong | known == set(row.errata), (row.method, row.dataset)


def test_enough_is_recomputed():
    rows = [row for version in VERSIONS for row in read_published(version.folder).rows]
    assert sum(len(list(derived(row.values))) for row in rows) >= 60
    assert sum(bool(row.errata) for row in rows) == 3


def test_the_reader_of_this_test_finds_a_wrong_figure():
    row = next(row for row in read_published(ROOT / "str-loso/v1").rows if row.dataset == "CASME II")
    assert disagreements(row) == set()
    object.__setattr__(row, "values", {**row.values, "strs": 0.4862})
    assert disagreements(row) == {"strs"}


@pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.rules.benchmark)
def test_every_row_and_column_finds_its_place(version):
    rows, rules = read_published(version.folder).rows, version.rules
    named = {name for table in rules.tables for name in table.published}
    assert all(row.source for row in rows)
    assert not named or {row.dataset for row in rows} <= named
    columns = {column.published for column in rules.columns} - {""}
    assert {name for row in rows for name in row.values} <= columns


PAPER = {"methods": ["a"], "link": "https://doi.org/10.1/x", "date": "2024-05"}
GOOD = {"source": "s", "columns": ["method", "f1"], "rows": [["a", 0.5]]}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"columns": ["name", "f1"]}, r"the column method is missing"),
        ({"columns": ["method", "method"]}, r"a column is there twice"),
        ({"rows": [["a"]]}, r"rows.0: 1 cells for 2 columns"),
        ({"rows": [["a", "x"]]}, r"rows.0: f1 'x' is no figure; write a number, or null"),
        ({"rows": [["", 0.5]]}, r"rows.0: every row needs a method and a source"),
        ({"rows": [["a", 0.5], ["a", 0.6]]}, r"a is there twice on the dataset"),
        ({"errata": [{"row": {"method": "b"}, "column": "f1", "note": "n"}]}, r"errata.0: no row .* with a column f1"),
        ({"errata": [{"row": {"method": "a"}, "column": "f2", "note": "n"}]}, r"errata.0: no row .* with a column f2"),
        ({"papers": [PAPER | {"methods": ["b"]}]}, r"papers: no row is of the method 'b'"),
        ({"papers": [PAPER, PAPER]}, r"papers: a has two papers; keep one"),
        ({"papers": [PAPER | {"link": "javascript:x"}]}, r"holds no published figures: papers.0.link"),
        ({"papers": [PAPER | {"date": "May"}]}, r"holds no published figures: papers.0.date"),
        ({"more": 1}, r"holds no published figures: unknown key 'more'"),
    ],
)
def test_malformed_files(tmp_path, change, sentence):
    (tmp_path / "published").mkdir()
    (tmp_path / "published/p.json").write_text(json.dumps(GOOD | change))
    with pytest.raises(MebenchError, match=sentence):
        read_published(tmp_path)
    (tmp_path / "published/p.json").write_bytes(b"\xff")
    with pytest.raises(MebenchError, match=r"is no JSON"):
        read_published(tmp_path)
    assert read_published(tmp_path / "nowhere").rows == ()


def test_every_published_row_of_the_checkout_links_its_paper():
    rows = [row for one in tables(ROOT) for row in one.rows if row.level == "published"]
    assert len(rows) > 50
    for row in rows:
        assert row.date, row.method
        assert any(piece.address for piece in with_paper(row.source, row.paper)), row.method
