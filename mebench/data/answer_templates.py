"""Templates that put what a face shows into the challenge's words (mebench/docs/vqa.md, Questions)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from mebench.data.action_units import AU_NAMES
from mebench.data.interval import Expression
from mebench.data.questions import WORDINGS

SIDES = MappingProxyType({"L": "left", "R": "right"})
"""Side of the subject's own face that `L12` and `R12` name."""


@dataclass(frozen=True)
class Shown:
    """A micro-expression, as far as the questions ask for it.

    Attributes:
        units: names of the action units, in FACS order.
        sides: `left` or `right` of those that are one-sided.
        fine, coarse: classes of the expression.
    """

    units: tuple[str, ...]
    fine: str
    coarse: str
    sides: Mapping[str, str] = field(default_factory=dict)


def shown_by(expression: Expression) -> Shown:
    """Return what an annotated expression shows; action units without a name are left out."""
    known = {number_of(au): au for au in expression.aus if number_of(au) in AU_NAMES}
    sides = {AU_NAMES[number]: SIDES[au[0]] for number, au in known.items() if au[0] in SIDES}
    return Shown(tuple(AU_NAMES[number] for number in sorted(known)), expression.fine, expression.coarse, sides)


def number_of(unit: str) -> int:
    """Return the FACS number of `AU12`, `L12`, `R12` or `AU12?`."""
    return int(re.sub(r"\D", "", unit) or 0)


def answer_of(form: str, question: str, shown: Shown) -> str:
    """Return the answer to a question about a clip, worded as the challenge words it; "" to a form that is not known.

    Args:
        form: name in `mebench.data.questions.WORDINGS`.
        question: as it is put; two forms name an action unit.
        shown: what the face shows, or is believed to show.
    """
    return ANSWERS[form](question, shown) if form in ANSWERS else ""


def asked_unit(question: str) -> str:
    """Return the name of the action unit that a question names, "" where it names none."""
    for form in ("au_present", "au_side"):
        found = WORDINGS[form].fullmatch(question)
        if found:
            return found["au"].lower()
    return ""


def joint_answer(shown: Shown) -> str:
    """Return the answer to the question for action units and both classes at once."""
    said = "units present are" if len(shown.units) > 1 else "unit present is"
    return (
        f"The action {said}: {', '.join(shown.units)}. Therefore, the fine-grained expression class is {shown.fine}, "
        f"and the coarse expression class is {shown.coarse}."
    )


def analysis(shown: Shown) -> str:
    """Return a free analysis in fixed words: action units, sides, classes."""
    sides = [f"{unit} on the {shown.sides[unit]} side" for unit in shown.units if unit in shown.sides]
    where = f" The movement is one-sided: {', '.join(sides)}." if sides else ""
    units = "action units" if len(shown.units) > 1 else "action unit"
    named = ", ".join(shown.units)
    return f"The face shows the {units} {named}.{where} This indicates {shown.fine}, a {shown.coarse} expression."


def _listed(units: Sequence[str]) -> str:
    return ", ".join(units)


ANSWERS: Mapping[str, Callable[[str, Shown], str]] = MappingProxyType(
    {
        "coarse": lambda _, shown: shown.coarse,
        "fine": lambda _, shown: shown.fine,
        "au": lambda _, shown: _listed(shown.units[:1]),
        "aus": lambda _, shown: _listed(shown.units),
        "au_present": lambda question, shown: "yes" if asked_unit(question) in shown.units else "no",
        "au_side": lambda question, shown: shown.sides.get(asked_unit(question), "left"),
        "joint": lambda _, shown: joint_answer(shown),
        "analysis": lambda _, shown: analysis(shown),
    }
)
"""By form: the answer to a question."""
