"""Answers that need no model: what anybody scores without looking, and what nobody can beat."""

from collections import Counter
from collections.abc import Callable, Sequence

from mebench.data.answer_templates import answer_of, shown_by
from mebench.data.questions import Question
from mebench.data.splits import Fold
from mebench.tasks.vqa_inputs import AskedClip

QUESTION_BASELINES = ("blind", "constant", "oracle-template")
"""Bounds of every table: training priors and the question alone; one answer a form; the annotation in templates."""


def baseline_answers(name: str, train: Sequence[AskedClip], test: Sequence[AskedClip]) -> dict[str, str]:
    """Return the answers of a control to the questions about some clips.

    `constant`: the most frequent training answer of the question's form. `blind`: of the same wording, which names an
    action unit in two forms and tells one from several in others; the form's where the wording is new.
    `oracle-template`: the annotation, put into the challenge's templates.

    Args:
        name: of `CONTROLS`.
        train: what the priors are counted on.
        test: clips whose questions are answered.
    """
    if name == "oracle-template":
        return {
            question.question_id: answer_of(question.form, question.question, shown_by(clip.expression))
            if clip.expression is not None
            else ""
            for clip in test
            for question in clip.questions
        }
    by_form = _most_frequent(train, lambda question: question.form)
    by_wording = _most_frequent(train, lambda question: question.question.lower()) if name == "blind" else {}
    return {
        question.question_id: by_wording.get(question.question.lower(), by_form.get(question.form, ""))
        for clip in test
        for question in clip.questions
    }


def fold_answers(name: str, clips: Sequence[AskedClip], folds: Sequence[Fold]) -> dict[str, str]:
    """Return a control's answers to the questions about every clip that some fold tests on, from its training side."""
    found: dict[str, str] = {}
    for fold in folds:
        train, test = ([clip for clip in clips if clip.info.subject in names] for names in (fold.train, fold.test))
        found |= baseline_answers(name, train, test)
    return found


def _most_frequent(clips: Sequence[AskedClip], key: Callable[[Question], str]) -> dict[str, str]:
    """Return the most frequent answer by key; of equally frequent ones the first in alphabetical order."""
    counts: dict[str, Counter[str]] = {}
    for clip in clips:
        for question in clip.questions:
            if question.has_answer:
                counts.setdefault(key(question), Counter())[question.answer] += 1
    return {name: min(found, key=lambda answer: (-found[answer], answer)) for name, found in counts.items()}
