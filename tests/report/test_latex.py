"""Tables in LaTeX for a paper: of a run, of a comparison, of a leaderboard; no wider than the text, the best bold."""

from pathlib import Path

import pytest
from fixtures import made_boards as made
from typer.testing import CliRunner

from mebench.cli.main import app
from mebench.errors import MebenchError
from mebench.metrics.comparison import compare
from mebench.metrics.figure_names import less_is_better
from mebench.metrics.samples import read_samples
from mebench.record.record import Metric, read_record, write_record
from mebench.report.comparison_text import comparison_latex
from mebench.report.latex import NARROWED, latex_table
from mebench.report.record_latex import record_latex

ROOT = Path(__file__).parents[2] / "leaderboard"


def body(text):
    return text.partition("\\midrule\n")[2].partition("\\bottomrule")[0].splitlines()


def test_a_table_is_escaped_and_no_wider_than_the_text():
    rows = [("method", "F1"), ("50% & _a_", "0.5"), (), ("[b]", "0.6")]
    text = latex_table(rows, "a_b", {(3, 1)}, 1, ["x%"])
    assert text.splitlines()[0] == r"% \usepackage{booktabs,graphicx}"
    assert f"{NARROWED}\n\\begin{{tabular}}{{lr}}\n\\toprule\nmethod & F1 \\\\\n" in text
    assert body(text) == [r"50\% \& \_a\_ & 0.5 \\", r"\midrule", r"{[}b{]} & \textbf{0.6} \\"]
    assert "\\end{tabular}}\n\\par\\footnotesize x\\%\n\\end{table}\n" in text
    assert "\\caption{a\\_b}" in text


@pytest.fixture
def run(tmp_path):
    """A run with two bounds: `low` is worse than the model but in false positives, `oracle` is the truth."""
    folder = made.made_run(tmp_path / "run")
    record = read_record(folder / "record.json")
    low = {key: Metric(value=0.0, n=4, unit="subjects") for key in ("strict.f1_s", "strict.fp_s", "strict.strs")}
    high = {key: Metric(value=1.0, n=4, unit="subjects") for key in ("strict.f1_s", "strict.strs")}
    write_record(folder / "record.json", record.model_copy(update={"bounds": {"low": low, "oracle": high}}))
    return folder


def test_of_a_run_with_chosen_columns(run):
    text = record_latex(read_record(run / "record.json"), ["f1_s", "fp_s"])
    lines = {tuple(line.split(" & ")[:2]): line.split(" & ")[2:] for line in body(text) if "&" in line}
    assert "rules & model & spotting F1 & fp\\_s \\\\" in text
    assert [cell.startswith("\\textbf{") for cell in lines["strict", "constant"]] == [True, False]
    assert [cell.startswith("\\textbf{") for cell in lines["strict", "low"]] == [False, True]
    assert not any("textbf" in cell for cell in (*lines["strict", "oracle"], *lines["official", "constant"]))
    assert body(text).count("\\midrule") == 1


def test_an_unknown_figure_is_named(run):
    with pytest.raises(MebenchError, match=r"unknown figure 'f1_x'; did you mean 'f1_s'"):
        record_latex(read_record(run / "record.json"), ["f1_x"])


def test_the_command_prints_or_writes(run, tmp_path):
    call = CliRunner()
    shown = call.invoke(app, ["table", str(run), "--columns", "strs, f1_s", "--latex"])
    assert shown.exit_code == 0, shown.output
    assert "rules & model & STRS & spotting F1" in shown.output
    out = tmp_path / "t.md"
    assert f"table        {out}" in call.invoke(app, ["table", str(run), "--out", str(out)]).output
    assert out.read_text().splitlines()[2].startswith("| rules | model | spotting F1 |")


def test_of_a_comparison(tmp_path):
    runs = [made.made_run(tmp_path / str(seed), seed) for seed in (0, 1)]
    found = compare(*(read_samples(one / "statistics.json") for one in runs), ["f1_s", "fp_s"])
    text = comparison_latex(found, ("x_1", "y"))
    assert "\\caption{A: x\\_1; B: y}" in text
    lines = {line.split(" & ")[0]: ["textbf" in cell for cell in line.split(" & ")[1:3]] for line in body(text)}
    for one in found:
        better = (one.first < one.second) == less_is_better(one.key)
        assert lines[one.key.replace("_", "\\_")] == ([better, not better] if one.first != one.second else [False] * 2)
    assert any(any(marks) for marks in lines.values())
    out = tmp_path / "c.tex"
    done = CliRunner().invoke(app, ["compare", *map(str, runs), "--figures", "f1_s", "--latex", str(out)])
    assert done.exit_code == 0, done.output
    assert out.read_text().count(NARROWED) == 1


@pytest.mark.parametrize(
    ("figure", "less"),
    [
        ("strict.fp_per_minute", True),
        ("overall_fn", True),
        ("count_micro_mae", True),
        ("strict.onset_error_ms", True),
        ("strict.f1_s", False),
        ("ap_50", False),
    ],
)
def test_which_figures_are_better_the_less(figure, less):
    assert less_is_better(figure) == less


def test_of_a_leaderboard_with_chosen_columns():
    asked = ["leaderboard", "latex", "str-loso", "--table", "samm-lv", "--root", str(ROOT), "--columns"]
    done = CliRunner().invoke(app, [*asked, "official.f1_s,official.tp_s"])
    assert done.exit_code == 0, done.output
    assert " & method & level & F1 spotting & TP \\\\" in done.output
    first = body(done.output)[0]
    assert first.startswith("1 & BoostingVRME & published & ")  # ranked by STRS, which is not among the columns
    wrong = CliRunner().invoke(app, [*asked, "official.f1"])
    assert isinstance(wrong.exception, MebenchError)
    assert "unknown column 'official.f1'" in str(wrong.exception)
    assert " FN " in CliRunner().invoke(app, [*asked, "all"]).output
