"""Prompt templates: filling them, and those that lie beside the experiments, for every form of question."""

from pathlib import Path

import pytest

from mebench.data.action_units import AU_NAMES
from mebench.data.questions import WORDINGS
from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.instructions import instruction

PROMPTS = Path(__file__).parents[2] / "experiments" / "me_vqa" / "prompts"
ALLOWED = {
    "coarse": ("negative", "positive", "surprise"),
    "fine": ("happiness", "fear"),
    "au": tuple(AU_NAMES.values()),
    "yes_no": ("yes", "no"),
    "side": ("left", "right"),
    "kind": ("micro-expression", "macro-expression"),
}


def template(name):
    return (PROMPTS / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["", *WORDINGS])
def test_plain_is_the_question_alone(form):
    assert instruction(template("plain"), "Is {this} [a] question?", form, {}) == "Is {this} [a] question?"


def test_closed_lists_what_is_allowed():
    closed = template("closed")
    question = "What is the coarse expression class?"
    assert instruction(closed, question, "coarse", ALLOWED) == (
        f"{question}\nAnswer with one of these and nothing else: negative, positive, surprise."
    )
    assert instruction(closed, "q", "au_side", ALLOWED).endswith(": left, right.")
    assert "inner brow raiser, outer brow raiser" in instruction(closed, "q", "aus", ALLOWED)
    joint = instruction(closed, "q", "joint", ALLOWED)
    assert joint.startswith("q\n")
    assert "Coarse expression classes are: negative, positive, surprise." in joint
    assert instruction(closed, "Describe it.", "analysis", ALLOWED) == "Describe it."
    assert instruction(closed, "Describe it.", "", ALLOWED) == "Describe it."


def test_closed_says_something_of_every_form_with_a_closed_answer():
    for form in set(WORDINGS) - {"analysis"}:
        text = instruction(template("closed"), "q", form, ALLOWED)
        assert text.startswith(("q\nAnswer with", "q\nAnswer in")), form


def test_wrong_templates():
    with pytest.raises(MebenchError, match=r"no \{question\}"):
        instruction("[coarse] {question}", "q", "fine", {})
    with pytest.raises(MebenchError, match="did you mean 'coarse'"):
        instruction("{question} {coarsse}", "q", "coarse", ALLOWED)
