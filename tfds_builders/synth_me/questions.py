"""Questions about what synth_me shows, worded and answered as the challenges word and answer them.

A clip of one micro-expression gets the forms of ME-VQA; a longer video those of ME-LVQA. All answers follow from the
annotation; what is drawn (which action unit a yes/no question names) is seeded by variant and clip.
"""

import json
from collections.abc import Sequence

import numpy as np

from mebench.data.action_units import AU_NAMES
from mebench.data.answer_templates import Shown, answer_of, number_of, shown_by
from mebench.data.interval import Expression, VideoInfo
from mebench.data.questions import Question, form_of
from tfds_builders.synth_me.expressions import EMOTIONS

_QUESTION_STREAM = 4

ANALYSES = (
    "Please analyse the micro-expression shown in this video in detail.",
    "Provide a detailed analysis of the micro-expression observed in this clip.",
    "Provide a comprehensive analysis of the facial micro-expression shown in this clip.",
)
"""The free prompts of MEGC2026, in turn."""

JOINT = (
    "What is the action unit present, and based on it, what is the fine-grained expression and the coarse expression "
    "class?",
    "What are the action units present, and based on them, what is the fine-grained expression and the coarse "
    "expression class?",
)
"""Question 6 for one action unit, and for several."""

Asked = tuple[str, str]
"""Question and answer."""


def questions_of(info: VideoInfo, seed: Sequence[int], free: bool) -> tuple[Question, ...]:
    """Return the questions about a video, in the challenge's order.

    Args:
        info: the video; with one expression, a micro-expression, it is a clip.
        seed: of the draw.
        free: ask a clip for an analysis (MEGC2026) in place of the joint question (MEGC2025).
    """
    alone = len(info.expressions) == 1 and len(info.micro) == 1 and info.num_frames <= info.fps
    asked = about_clip(info.expressions[0], seed, free) if alone else about_video(info.expressions)
    return tuple(_row(info, number, *one) for number, one in enumerate(asked, start=1))


def about_clip(expression: Expression, seed: Sequence[int], free: bool) -> list[Asked]:
    """Return questions 1 to 6 of ME-VQA, or the analysis of 2026 as the last; question 5 where a side is known."""
    rng = np.random.default_rng([*seed, _QUESTION_STREAM])
    shown = shown_by(expression)
    several = len(shown.units) > 1
    asked = [
        "What is the coarse expression class?",
        "What is the fine-grained expression class?",
        "What are the action units?" if several else "What is the action unit?",
        f"Is the action unit {_named(shown, int(seed[-1]), rng)} shown on the face?",
    ]
    if shown.sides:
        unit = list(shown.sides)[int(rng.integers(len(shown.sides)))]
        asked.append(f"Is the action unit {unit} located on the left or right face?")
    asked.append(ANALYSES[int(rng.integers(len(ANALYSES)))] if free else JOINT[several])
    return [(question, answer_of(form_of(question), question, shown)) for question in asked]


def about_video(shown: Sequence[Expression]) -> list[Asked]:
    """Return the questions of ME-LVQA: three counts, the action units of all, the kind of the first and second."""
    kinds = [one.kind for one in shown]
    numbers = sorted({number_of(au) for one in shown for au in one.aus} & set(AU_NAMES))
    asked = [
        ("How many expression events appear in this video?", str(len(shown))),
        ("How many micro-expression events appear in this video?", str(kinds.count("micro"))),
        ("How many macro-expression events appear in this video?", str(kinds.count("macro"))),
        ("What distinct action units appear in this video?", ", ".join(AU_NAMES[number] for number in numbers)),
    ]
    for place, kind in enumerate(kinds[:2], start=1):
        asked.append(
            (f"What is the expression type of the {place}-th expression event in this video?", f"{kind}-expression")
        )
    return asked


def _named(shown: Shown, turn: int, rng: np.random.Generator) -> str:
    """Return an action unit that is there and one that is not, in turn from clip to clip."""
    every = {number_of(unit) for families in EMOTIONS.values() for family in families for unit in family}
    absent = [AU_NAMES[number] for number in sorted(every & set(AU_NAMES)) if AU_NAMES[number] not in shown.units]
    choice = shown.units if turn % 2 else absent
    return choice[int(rng.integers(len(choice)))]


def _row(info: VideoInfo, number: int, question: str, answer: str) -> Question:
    """Return a question as a row of the challenge's training file."""
    name = f"synth_{info.video_id}_{number}"
    values = {
        "id": name,
        "dataset": "synth",
        "image_id": info.video_id,
        "subject": info.subject,
        "filename": info.video,
        "question": question,
        "answer": answer,
    }
    return Question(name, form_of(question), question, answer, True, number, json.dumps(values, sort_keys=True))
