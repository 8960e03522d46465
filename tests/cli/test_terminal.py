"""What the command line shows: bars on standard error, tables on standard output."""

import pytest

from mebench.cli.terminal import TerminalProgress, show_scores
from mebench.metrics.str.score import score_str
from mebench.progress import Progress, Silent
from mebench.tables.intervals import IntervalTable

TABLE = IntervalTable.of(["1"], ["a"], [0], [9], ["negative"])


@pytest.mark.parametrize("progress", [Silent(), TerminalProgress()])
def test_both_are_progress(progress):
    assert isinstance(progress, Progress)
    with progress.stage("Work", 3, "pieces") as advance:
        advance(2)
        advance(1)


def test_bars_say_what_is_done_and_go_to_standard_error(capsys):
    progress = TerminalProgress()
    with progress.stage("Training: spotting", 12345, "windows") as advance:
        advance(12345)
    progress.say("a notice")
    shown = capsys.readouterr()
    assert shown.out == ""
    for part in ("Training: spotting", "12345/12345", "windows", "left", "a notice"):
        assert part in shown.err


def test_scores_show_both_rules_and_what_is_undefined(capsys):
    show_scores(score_str(TABLE, TABLE, classes=("negative", "positive"), bootstrap=0))
    shown = capsys.readouterr().out
    assert "official" in shown
    assert "undefined" in shown
    assert "strict: no manifest" in shown
