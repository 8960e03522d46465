"""Progress without a terminal: stage, share and time left, in a line whenever one is due."""

import threading

import pytest

from mebench.cli import progress_lines
from mebench.cli.progress_lines import Stage, lines_of
from mebench.cli.terminal import TerminalProgress


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize(
    ("done", "gone", "line"),
    [
        (0, 30, "Training: spotting: 0%, 0/10 epochs after 0:00:30, left not known yet"),
        (4, 60, "Training: spotting: 40%, 4/10 epochs after 0:01:00, left 0:01:30"),
        (1, 3600, "Training: spotting: 10%, 1/10 epochs after 1:00:00, left 9:00:00"),
        (10, 61.4, "Training: spotting: 100%, 10/10 epochs after 0:01:01, left 0:00:00"),
        (12, 61.4, "Training: spotting: 120%, 12/10 epochs after 0:01:01, left 0:00:00"),
    ],
)
def test_a_line_says_stage_share_and_time_left(done, gone, line):
    clock = Clock()
    stage = Stage("Training: spotting", 10, "epochs", clock)
    stage(done)
    clock.now += gone
    assert stage.line() == line


def test_a_stage_without_units_is_done():
    assert Stage("Nothing", 0, "videos", Clock()).line().startswith("Nothing: 100%, 0/0 videos")


def test_a_line_is_written_whenever_one_is_due_and_at_the_end():
    """Also while the stage does not advance, as when a program is compiled."""
    clock, said, over = Clock(), [], threading.Event()
    due = iter([False, False, True])

    def wait():
        ended = next(due)
        clock.now += 30
        if ended:
            over.set()
        return ended

    with lines_of(Stage("Compiling", 2, "folds", clock), said.append, wait) as advance:
        assert over.wait(60)  # the teller's own thread writes; its lines are due at once
        advance(2)
    assert said[:2] == [f"Compiling: 0%, 0/2 folds after 0:0{n}, left not known yet" for n in ("0:30", "1:00")]
    assert said[2] == "Compiling: 100%, 2/2 folds after 0:01:30, left 0:00:00"


def test_a_stage_that_fails_says_no_end():
    said = []
    with pytest.raises(ValueError, match="broken"), lines_of(Stage("Work", 2, "folds", Clock()), said.append):
        raise ValueError("broken")
    assert said == []


def test_half_a_minute():
    assert progress_lines.EVERY == 30


def test_the_command_line_writes_lines_where_there_is_no_terminal(capsys):
    with TerminalProgress().stage("Work", 3, "pieces") as advance:
        advance(3)
    shown = capsys.readouterr()
    assert shown.err == "Work: 100%, 3/3 pieces after 0:00:00, left 0:00:00\n"
    assert shown.out == ""
