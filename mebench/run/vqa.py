"""Visual question answering: answers, their scores, and a page that shows both, in the run folder."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from mebench.atomic import write_text
from mebench.config.experiment import AnswersConfig, Experiment
from mebench.data.splits import Fold
from mebench.errors import MebenchError
from mebench.methods.baselines.vqa import QUESTION_BASELINES, fold_answers
from mebench.methods.protocols import AnswersQuestions, Run
from mebench.methods.registry import inputs_of, method_for
from mebench.metrics.vqa.files import count_vqa
from mebench.metrics.vqa.statistics import VqaSettings
from mebench.record.record import Metric
from mebench.record.run_folder import RunFolder, timed
from mebench.run.task_scores import NO_LABELS, TaskScores, scored
from mebench.run.vqa_page import page_of
from mebench.runtime import environment as runtime
from mebench.tables.questions import QuestionRow, joined, row_of
from mebench.tasks.datasets import OpenDatasets, folds_of
from mebench.tasks.vqa_inputs import AskedClip, asked_clips, with_features

Pair = tuple[QuestionRow, QuestionRow]
"""Predicted and true row of one question."""


def run_vqa(run: Run, inputs: OpenDatasets, data: Path | None) -> TaskScores:
    """Return the figures of a question-answering experiment; every other artefact is in the run folder by then.

    Args:
        run: experiment, folder and so on.
        inputs: the datasets.
        data: folder of built datasets, for clips that another dataset holds.

    Raises:
        MebenchError: a dataset without questions, too few subjects, clips that give no features.
    """
    experiment, folder = run.experiment, run.folder
    folds, clips = vqa_inputs(run, inputs, data)
    tested = {subject for fold in folds for subject in fold.test}
    asked = [clip for clip in clips if clip.info.subject in tested]
    said = method_for(experiment, AnswersQuestions).answer(run, clips, folds)
    for question in (question for clip in asked for question in clip.questions):
        if question.question_id not in said.found:
            raise MebenchError(
                f"method {experiment.model.name} gave no answer to question {question.question_id}; it has to answer "
                "every question about a tested clip, with an empty text where it knows none"
            )
    with timed(folder, "page"):
        write_text(folder.answers_page, page_of(experiment, asked, said.found, run.cache, run.progress))
    with timed(folder, "score"):
        write_text(folder.answers, answers_text(asked, said.found, said.raw))
        scores = _score(experiment, clips, folds, asked, said.found, folder)
    return dataclasses.replace(scores, facts=said.facts)


def vqa_inputs(run: Run, inputs: OpenDatasets, data: Path | None) -> tuple[tuple[Fold, ...], list[AskedClip]]:
    """Return the folds, and their clips with the features that the method names.

    Raises:
        MebenchError: a dataset without questions, too few subjects, clips that give no features.
    """
    experiment = run.experiment
    clips = asked_clips(experiment, inputs, data)
    folds = folds_of(experiment, [clip.info for clip in clips])
    named, subjects = inputs_of(experiment), {name for fold in folds for name in (*fold.train, *fold.test)}
    chosen = [clip for clip in clips if clip.info.subject in subjects]
    if not named:
        return folds, chosen
    with timed(run.folder, "features"):
        return folds, with_features(chosen, named, run.cache, max(1, runtime.cores()), run.progress)


def answers_text(clips: Sequence[AskedClip], answers: Mapping[str, str], raw: Mapping[str, str] | None = None) -> str:
    """Return the question rows with `answer` filled, as JSONL; other keys are those of the dataset's own rows.

    Args:
        clips: with their questions.
        answers: by question id.
        raw: what a model said, before a class was read from it; it stands in the key `raw`.
    """
    rows = [
        json.loads(question.raw)
        | {"answer": answers[question.question_id]}
        | ({"raw": raw[question.question_id]} if raw is not None else {})
        for clip in clips
        for question in clip.questions
    ]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _score(
    experiment: Experiment,
    clips: Sequence[AskedClip],
    folds: Sequence[Fold],
    asked: Sequence[AskedClip],
    found: Mapping[str, str],
    folder: RunFolder,
) -> TaskScores:
    """Write truth, statistics and score; return the figures of the model and of the baselines."""
    silent = sum(not question.has_answer for clip in asked for question in clip.questions)
    if silent:
        nothing = Metric(value=None, n=0, unit="clips", reason=NO_LABELS)
        return TaskScores({"overall.final": nothing}, {}, (f"{silent} questions have no answer: nothing is scored",))
    truth = {question.question_id: question.answer for clip in asked for question in clip.questions}
    write_text(folder.true_answers, answers_text(asked, truth))
    chosen = experiment.answers or AnswersConfig()
    settings = VqaSettings(chosen.parser, chosen.labels, chosen.bleu, chosen.rouge)
    said = {name: fold_answers(name, clips, folds) for name in QUESTION_BASELINES}
    baselines = {name: count_vqa(_pairs(asked, one, truth), settings) for name, one in said.items()}
    return scored(experiment, folder, count_vqa(_pairs(asked, found, truth), settings), baselines)


def _pairs(asked: Sequence[AskedClip], found: Mapping[str, str], truth: Mapping[str, str]) -> list[Pair]:
    return joined(_rows("predictions", asked, found), _rows("truth", asked, truth), "predictions", "truth")


def _rows(name: str, asked: Sequence[AskedClip], answers: Mapping[str, str]) -> tuple[QuestionRow, ...]:
    lines = answers_text(asked, answers).splitlines()
    return tuple(row_of(name, number, json.loads(line)) for number, line in enumerate(lines, start=1))
