"""Questions about clips and long videos, as the ME-VQA and ME-LVQA challenges put them."""

import re
from dataclasses import dataclass
from types import MappingProxyType

_TEXTS = (
    ("coarse", r"what is the coarse expression class"),
    ("fine", r"what is the fine[- ]grained expression class"),
    ("au", r"what is the action unit"),
    ("aus", r"what are the action units"),
    ("au_present", r"is the action unit (?P<au>.+) shown on the face"),
    ("au_side", r"is the action unit (?P<au>.+) located on the left or right face"),
    ("joint", r"what (?:is|are) the action units? present, and based on (?:it|them), .+"),
    ("analysis", r"(?:please analyse|provide a (?:detailed|comprehensive) analysis of) .+"),
    ("count", r"how many expression events appear in this video"),
    ("count_micro", r"how many micro-expression events appear in this video"),
    ("count_macro", r"how many macro-expression events appear in this video"),
    ("au_set", r"what distinct action units appear in this video"),
    (
        "kind_of_nth",
        r"what is the expression type of the (?P<n>\d{1,6})-?(?:st|nd|rd|th) expression event in this video",
    ),
)

WORDINGS = MappingProxyType({name: re.compile(rf"\s*{text}\s*[?.]?\s*", re.IGNORECASE) for name, text in _TEXTS})
"""Every form of question by name: the first eight of ME-VQA (mebench/docs/vqa.md, Questions), the rest of ME-LVQA."""


@dataclass(frozen=True)
class Question:
    """One row of a question file, joined to its video.

    Attributes:
        question_id: the row's id, unique in the dataset.
        form: name in `WORDINGS`; "" for a wording that is none of them.
        question: as the file words it.
        answer: as the file words it; "" where it is asked for.
        has_answer: whether the file gives the answer.
        row: line of the file, counted from 1.
        raw: the row as the file has it, canonical JSON.
    """

    question_id: str
    form: str
    question: str
    answer: str
    has_answer: bool
    row: int
    raw: str


def form_of(question: str) -> str:
    """Return the name of a question's form; "" where it is worded like none."""
    return next((name for name, pattern in WORDINGS.items() if pattern.fullmatch(question)), "")
