"""What the command line shows: bars on standard error, tables on standard output."""

import re

import pytest
from fixtures.scores import str_score

from mebench.cli.terminal import TerminalProgress, show_overview, show_rows
from mebench.data.card import Card
from mebench.data.overview import Overview
from mebench.progress import Progress, Silent
from mebench.report.score_text import score_notes, score_rows
from mebench.tables.intervals import IntervalTable

TABLE = IntervalTable.of(["1"], ["a"], [0], [9], ["negative"])


@pytest.mark.parametrize("progress", [Silent(), TerminalProgress()])
def test_both_are_progress(progress):
    assert isinstance(progress, Progress)
    with progress.stage("Work", 3, "pieces") as advance:
        advance(2)
        advance(1)


def test_bars_say_what_is_done_and_go_to_standard_error(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    progress = TerminalProgress()
    with progress.stage("Training: spotting", 12345, "windows") as advance:
        advance(12345)
    progress.say("a notice")
    shown = capsys.readouterr()
    assert shown.out == ""
    for part in ("Training: spotting", "12345/12345", "windows", "left", "a notice"):
        assert part in plain(shown.err)


@pytest.fixture
def narrow(monkeypatch):
    """A terminal of 50 columns."""
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "50"}.items():
        monkeypatch.setenv(name, value)


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def card(name, **changes):
    facts = {"holds": "h", "kind": "long videos", "subjects": 100, "videos": None, "micro": 860, "macro": 3346}
    return Card(**(facts | {"fps": "30", "licence": "l", "apply": "a"} | changes))


OVERVIEW = [
    Overview("casme3", card("casme3"), ("", "v1"), ()),
    Overview("four_dme", card("four_dme", experimental=True, micro=267), ("",), ("", "micro")),
    Overview("a_stranger", None, ("",), ("",)),
]


def test_the_list_of_datasets_cuts_no_figure_on_a_narrow_screen(narrow, capsys):
    show_overview(OVERVIEW)
    shown = plain(capsys.readouterr().out)
    assert "\N{HORIZONTAL ELLIPSIS}" not in shown
    lines = shown.splitlines()
    assert lines[lines.index("casme3") + 2] == "  subjects 100, videos -, micro 860, macro 3346"
    assert lines[lines.index("four_dme *") + 3] == "  built: yes, micro"
    assert lines[lines.index("a_stranger") + 2] == "  subjects -, videos -, micro -, macro -"
    assert all(len(line) <= 50 for line in lines if line.startswith("  "))


def test_the_list_of_datasets_is_a_table_where_there_is_room(capsys):
    show_overview(OVERVIEW)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith(" casme3 ")]
    assert line.split() == ["casme3", "long", "videos", "100", "-", "860", "3346", "no"]


def test_no_table_cuts_a_figure_on_a_narrow_screen(narrow, capsys):
    rows = [
        ("figure", "A", "B", "A - B", "p"),
        ("a very long name of a figure indeed", "0.3733", "0.3351", LONG, "0.6"),
    ]
    show_rows(rows, ())
    shown = plain(capsys.readouterr().out)
    assert LONG in shown
    score = str_score(TABLE, TABLE, classes=("negative", "positive"), bootstrap=20)
    show_rows(score_rows(score), score_notes(score))
    shown += plain(capsys.readouterr().out)
    assert "\N{HORIZONTAL ELLIPSIS}" not in shown


LONG = "+0.0382 [-0.080, +0.135] of everything there is"
