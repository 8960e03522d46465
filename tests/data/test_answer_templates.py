"""What a face shows, in the challenge's words."""

import pytest

from mebench.data.answer_templates import Shown, answer_of, asked_unit, shown_by
from mebench.data.interval import Expression
from mebench.data.questions import WORDINGS, form_of

ONE = Shown(("dimpler",), "contempt", "negative", {"dimpler": "left"})
TWO = Shown(("inner brow raiser", "outer brow raiser"), "surprise", "surprise")

JOINT = (
    "What are the action units present, and based on them, what is the fine-grained expression and the coarse "
    "expression class?"
)


@pytest.mark.parametrize(
    ("shown", "question", "answer"),
    [
        (ONE, "What is the coarse expression class?", "negative"),
        (ONE, "What is the fine-grained expression class?", "contempt"),
        (ONE, "What is the action unit?", "dimpler"),
        (TWO, "What are the action units?", "inner brow raiser, outer brow raiser"),
        (TWO, "Is the action unit dimpler shown on the face?", "no"),
        (ONE, "Is the action unit Dimpler shown on the face?", "yes"),
        (ONE, "Is the action unit dimpler located on the left or right face?", "left"),
        (
            TWO,
            JOINT,
            "The action units present are: inner brow raiser, outer brow raiser. Therefore, the fine-grained "
            "expression class is surprise, and the coarse expression class is surprise.",
        ),
        (
            ONE,
            "Please analyse the micro-expression shown in this video in detail.",
            "The face shows the action unit dimpler. The movement is one-sided: dimpler on the left side. This "
            "indicates contempt, a negative expression.",
        ),
        (ONE, "Who is this?", ""),
    ],
)
def test_answers_by_hand(shown, question, answer):
    assert answer_of(form_of(question), question, shown) == answer


def test_the_unit_that_a_question_names():
    assert asked_unit("Is the action unit lip corner puller shown on the face?") == "lip corner puller"
    assert asked_unit("What is the action unit?") == ""
    assert "au_present" in WORDINGS


def test_an_annotation_becomes_words():
    expression = Expression(0, 1, 2, "micro", "happiness", "positive", "happiness", ("AU12", "L6", "AU18", "AU4?"))
    shown = shown_by(expression)
    assert shown.units == ("brow lowerer", "cheek raiser", "lip corner puller")
    assert dict(shown.sides) == {"cheek raiser": "left"}
    assert (shown.fine, shown.coarse) == ("happiness", "positive")
