"""Figures in the headers of experiments: found, and a figure of a run that is another is told."""

from pathlib import Path

import pytest
from support.expected import differences, main, promised

ROOT = Path(__file__).parents[1]
HEADER = """# Made. Expected (strict): F1_s .493 [.38, .60], STRS .444 with seed 0; seeds 1 and 2: F1_s .511,
#   .473. Bounds: threshold .054 [.02, .08] and .006, constant .014 and 1.00.
# Cost: nothing.
"""
SPOTTING = {"value": 0.4932, "interval": [0.3801, 0.599]}


def figures(spotting, strs):
    return {"strict.f1_s": spotting, "strict.strs": {"value": strs, "interval": None}}


def record(**changes):
    bounds = {
        "threshold": figures({"value": 0.0541, "interval": [0.02, 0.0751]}, 0.0064),
        "constant": figures({"value": 0.0139, "interval": [0.0, 1.0]}, 1.0),
    }
    return {"metrics": figures(SPOTTING | changes, 0.4442), "bounds": bounds}


def test_what_a_header_promises():
    assert promised(HEADER) == {
        ("", "strict.f1_s"): (".493", ".38", ".60"),
        ("", "strict.strs"): (".444",),
        ("threshold", "strict.f1_s"): (".054", ".02", ".08"),
        ("threshold", "strict.strs"): (".006",),
        ("constant", "strict.f1_s"): (".014",),
        ("constant", "strict.strs"): ("1.00",),
    }
    assert promised("# Expected: not measured.\n# Cost: .5 [.1, .2]\n") == {}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"value": 0.4936}, "own strict.f1_s: the header says ('.493', '.38', '.60'), the run ('.494', '.38', '.60')"),
        ({"interval": [0.3801, 0.594]}, "the run ('.493', '.38', '.59')"),
        ({"value": None, "interval": None}, "the run ('undefined',)"),
    ],
)
def test_another_figure_is_told(changes, sentence):
    assert differences(HEADER, record()) == []
    (said,) = differences(HEADER, record(**changes))
    assert sentence in said


@pytest.mark.parametrize(
    ("name", "count"), [("str_mean", 6), ("mean_faithful", 2), ("vqa_answerer", 3), ("vqa_blind", 3)]
)
def test_measured_headers_are_understood(name, count):
    assert len(promised((ROOT / f"experiments/synth_me/{name}.toml").read_text())) == count


def test_a_run_that_is_missing_is_no_agreement(tmp_path, capsys):
    assert main(tmp_path, [ROOT / "experiments/synth_me/str_mean.toml"]) == 1
    assert "no finished run in" in capsys.readouterr().out
