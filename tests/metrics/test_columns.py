"""Figures of installed packages: a package in a folder, with its entry points, on the path."""

import numpy as np
import pytest
from fixtures.made_boards import manifest, predictions, truth

from mebench.errors import MebenchError
from mebench.leaderboard.add_run import with_known_figures
from mebench.leaderboard.rules import ColumnRule, Rules
from mebench.metrics import columns
from mebench.metrics.bootstrap import estimates_of
from mebench.metrics.columns import TASKS, UNKNOWN, column_names, refuse_unknown, with_columns
from mebench.metrics.recognition.score import Recognised, recognition_statistics
from mebench.metrics.sample import Sample
from mebench.metrics.samples import READERS, samples_of
from mebench.metrics.score import score_of
from mebench.metrics.str.score import counted_str, str_statistics
from mebench.record.record import Metric, Record

CODE = """import numpy as np

def half(f1_s): return f1_s / 2
def late(ap_50, fp_per_minute): return ap_50 - fp_per_minute
def right(confusion): return np.einsum("bcc->b", confusion[:, :, :-1])
def whole(uf1): return 1 - uf1
def hollow(fp_s): return fp_s / 0
def scalar(f1_s): return 1.0
def typo(f1_z): return f1_z
def nothing(): return 1
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return a function that puts a package with these entry points on the path, as an installed one lies there."""

    def install(**entries: str) -> None:
        (tmp_path / "figures_of_a_test.py").write_text(CODE)
        (folder := tmp_path / "figures_of_a_test-1.dist-info").mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: figures-of-a-test\nVersion: 1\n")
        lines = [f"{name.replace('__', '.')} = figures_of_a_test:{value}" for name, value in entries.items()]
        (folder / "entry_points.txt").write_text("[mebench.metrics]\n" + "\n".join(lines) + "\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        columns._columns.cache_clear()

    yield install
    columns._columns.cache_clear()


def metrics(scores=True):
    """Return every figure of made predictions."""
    found = str_statistics(predictions(0, scores), truth(), manifest())
    return score_of(counted_str(found), 50).metrics


def test_a_figure_stands_beside_the_others(install):
    before = metrics()
    install(str__half="half", str__right="right")
    after = dict(metrics())
    half, whole = after["strict.half"], after["strict.f1_s"]
    assert (half.value, half.n, half.unit) == (whole.value / 2, whole.n, whole.unit)
    assert half.interval == pytest.approx([one / 2 for one in whole.interval])
    for rules in ("official", "strict"):
        assert after.pop(f"{rules}.right").value == after[f"{rules}.tp_a"].value
        assert after.pop(f"{rules}.half").value is not None
    assert after == before


def test_a_figure_of_recognition(install):
    install(recognition__whole="whole")
    samples = [Recognised("d", str(n), "negative", ("negative", "positive")[n % 2]) for n in range(4)]
    (pooled,) = samples_of(recognition_statistics(samples, ("negative", "positive")).to_json())
    found = estimates_of(pooled, 20)
    assert found["whole"].value == 1 - found["uf1"].value
    assert found["whole"].interval is not None


def test_a_figure_is_unknown_where_what_it_takes_is(install):
    install(str__late="late")
    assert metrics()["strict.late"].value is not None
    for unknown in (metrics()["official.late"], metrics(scores=False)["strict.late"]):
        assert (unknown.value, unknown.reason) == (None, UNKNOWN)


def test_a_figure_that_is_not_finite_is_undefined(install):
    install(str__hollow="hollow")
    assert (metrics()["strict.hollow"].value, metrics()["strict.hollow"].reason) == (None, UNKNOWN)


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"str__f1_s": "half"}, "metric str.f1_s: f1_s is one of mebench's own; give it another name"),
        ({"srt__half": "half"}, r"unknown task of metric srt.half .* 'srt'; did you mean 'str'\?"),
        ({"half": "half"}, r"unknown task of metric half"),
        ({"str__typo": "typo"}, r"unknown figure or count that metric str.typo takes 'f1_z'; did you mean 'f1_s'"),
        ({"str__scalar": "scalar"}, r"metric str.scalar gives the shape \(\), not \(1,\), a number a resample"),
        ({"str__nothing": "nothing"}, r"metric str.nothing: no function of figures under a name like str.f05_s"),
        ({"str__gone": "gone"}, r"metric 'str.gone' cannot be imported from figures_of_a_test:gone"),
    ],
)
def test_packages_that_cannot_be_used_are_one_sentence(install, entries, sentence):
    install(**entries)
    with pytest.raises(MebenchError, match=sentence):
        metrics()


def test_unknown_figures_are_told_with_the_nearest(install):
    install(str__half="half")
    refuse_unknown("str", "strict.half")
    refuse_unknown("str", "official.ap_50_95")
    with pytest.raises(MebenchError, match=r"unknown figure of task str 'strict.halve'; did you mean 'strict.half'\?"):
        refuse_unknown("str", "strict.halve")
    with pytest.raises(MebenchError, match=r"where a package has it \(entry point mebench.metrics\), install that"):
        refuse_unknown("lvqa", "overall.half")


def test_without_a_package_there_are_no_more():
    assert tuple(READERS) == TASKS
    assert all(column_names(task) == () for task in TASKS)
    sample = Sample("strict", {}, "videos", ("a",), {}, lambda sums: {"f1_s": np.ones(len(sums["weights"]))})
    assert with_columns("str", sample) is sample


def test_a_board_keeps_the_figures_that_everybody_knows():
    one = Metric(value=1.0, n=1, unit="subjects")
    given = {"strict.f1_s": one, "strict.half": one, "strict.third": one}
    record = Record.model_construct(metrics=given, bounds={"oracle": given})
    rules = Rules.model_construct(task="str", columns=(ColumnRule(key="strict.half", title="Half"),))
    kept = with_known_figures(record, rules)
    assert kept.metrics.keys() == {"strict.f1_s", "strict.half"}
    assert kept.bounds["oracle"].keys() == {"strict.f1_s", "strict.half"}
