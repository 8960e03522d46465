"""Answers without a model, and the answerer's heads put into words."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from fixtures.made_videos import video as source

from mebench.data.frames import LazyFrames, SegmentStore
from mebench.data.interval import Expression
from mebench.data.questions import Question, form_of
from mebench.data.source import Video
from mebench.methods.answerer.network import Outputs
from mebench.methods.answerer.vqa import FINES, UNITS, shown_for
from mebench.methods.baselines.vqa import baseline_answers
from mebench.tasks.vqa_inputs import AskedClip

COARSE, SIDE = "What is the coarse expression class?", "Is the action unit dimpler located on the left or right face?"
PRESENT = "Is the action unit {} shown on the face?"


def video():
    """A video with two expressions; nobody reads its frames."""
    info = source("s1", 1).info
    return Video(info, LazyFrames("made", info.video_id, info.num_frames, 0, SegmentStore(Path(), dict)), "k", "f")


def clip(name, *asked, aus=("AU12",)):
    shown = Expression(0, 1, 2, "micro", "happiness", "positive", "happiness", aus)
    base = video()
    info = dataclasses.replace(base.info, expressions=(shown,))
    rows = tuple(
        Question(f"{name}_{n}", form_of(text), text, answer, bool(answer), n, "{}")
        for n, (text, answer) in enumerate(asked, start=1)
    )
    return AskedClip(dataclasses.replace(base, info=info), rows)


@pytest.fixture
def train():
    return [
        clip("a", (COARSE, "negative"), (PRESENT.format("dimpler"), "yes"), (SIDE, "left")),
        clip("b", (COARSE, "negative"), (PRESENT.format("dimpler"), "yes"), (SIDE, "right")),
        clip("c", (COARSE, "positive"), (PRESENT.format("chin raiser"), "no"), (PRESENT.format("lips part"), "no")),
        clip("d", (PRESENT.format("lips part"), "no"), (COARSE, "")),
    ]


def test_blind_knows_the_wording_and_constant_the_form(train):
    test = [clip("t", (COARSE, "?"), (PRESENT.format("dimpler"), "?"), (PRESENT.format("jaw drop"), "?"), (SIDE, "?"))]
    assert list(baseline_answers("constant", train, test).values()) == ["negative", "no", "no", "left"]
    assert list(baseline_answers("blind", train, test).values()) == ["negative", "yes", "no", "left"]


def test_the_oracle_and_what_nobody_knows(train):
    test = [clip("t", (COARSE, "?"), ("Who is this?", "?"))]
    assert list(baseline_answers("oracle-template", train, test).values()) == ["positive", ""]
    assert list(baseline_answers("blind", [], test).values()) == ["", ""]
    unknown = AskedClip(dataclasses.replace(test[0].video, info=video().info), test[0].questions)
    assert len(unknown.info.expressions) != 1
    assert set(baseline_answers("oracle-template", train, [unknown]).values()) == {""}
    assert unknown.interval == (0, None, unknown.info.num_frames - 1)


def said(**units):
    logits = np.full(len(UNITS), -3.0, np.float32)
    for name, value in units.items():
        logits[UNITS.index(int(name[2:]))] = value
    sides = np.zeros(len(UNITS), np.float32)
    sides[UNITS.index(14)] = -1
    return Outputs(logits, sides, np.eye(len(FINES), dtype=np.float32)[FINES.index("fear")])


def asked(text):
    return Question("q", form_of(text), text, "", False, 1, "{}")


def test_the_wording_tells_how_many_units_there_are():
    outputs = said(au12=2.0, au4=1.0, au6=-0.5)
    assert shown_for(asked("What is the action unit?"), outputs).units == ("lip corner puller",)
    assert shown_for(asked("What are the action units?"), outputs).units == ("brow lowerer", "lip corner puller")
    few = said(au12=2.0, au6=-0.5)
    assert shown_for(asked("What are the action units?"), few).units == ("cheek raiser", "lip corner puller")
    assert shown_for(asked(PRESENT.format("dimpler")), said(au6=-0.5)).units == ("cheek raiser",)


def test_classes_agree_and_sides_are_asked_for():
    shown = shown_for(asked(SIDE), said(au14=1.0))
    assert (shown.fine, shown.coarse) == ("fear", "negative")
    assert dict(shown.sides) == {"dimpler": "right"}
