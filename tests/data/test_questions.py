"""Every wording of the challenges has its form, and nothing else has one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebench.data.questions import WORDINGS, form_of

ASKED = [
    ("What is the coarse expression class?", "coarse"),
    ("What is the fine-grained expression class?", "fine"),
    ("What is the action unit?", "au"),
    ("What are the action units?", "aus"),
    ("Is the action unit lip corner puller shown on the face?", "au_present"),
    ("Is the action unit upper lip raiser located on the left or right face?", "au_side"),
    ("What is the action unit present, and based on it, what is the fine-grained expression and the coarse expression class?", "joint"),
    ("What are the action units present, and based on them, what is the fine-grained expression and the coarse expression class?", "joint"),
    ("Please analyse the micro-expression shown in this video in detail.", "analysis"),
    ("Provide a detailed analysis of the micro-expression observed in this clip.", "analysis"),
    ("Provide a comprehensive analysis of the facial micro-expression shown in this clip.", "analysis"),
    ("How many expression events appear in this video?", "count"),
    ("How many micro-expression events appear in this video?", "count_micro"),
    ("How many macro-expression events appear in this video?", "count_macro"),
    ("What distinct action units appear in this video?", "au_set"),
    ("What is the expression type of the 1-th expression event in this video?", "kind_of_nth"),
    ("What is the expression type of the 2-th expression event in this video?", "kind_of_nth"),
    ("What is the weather?", ""),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("question", "form"), ASKED)
def test_form(question, form):
    assert form_of(question) == form
    assert form_of(f" {question.upper()} ") == form


def test_every_form_is_asked():
    assert {form for _, form in ASKED} - {""} == set(WORDINGS)


@given(st.text())
def test_any_text_has_a_form_or_none(question):
    assert form_of(question) in {"", *WORDINGS}
