"""Answers as the challenge takes them: its own question rows with `answer` filled, one JSONL a part."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mebench.challenges.files import ANSWER_KEYS, AnswerChallenge, AnswerFile
from mebench.data.labels import COARSE
from mebench.errors import MebenchError
from mebench.tables.questions import QuestionRow, raw_rows, read_rows

DECLARED_FINE = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")

ALLOWED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "coarse": COARSE[:3],
        "fine": DECLARED_FINE,
        "au_present": ("yes", "no"),
        "kind_of_nth": ("micro-expression", "macro-expression"),
    }
)
"""Answers that a form of question allows; others are counted in a note, because free answers may be submitted."""

COUNTS = ("count", "count_micro", "count_macro")


def answer_files(
    challenge: AnswerChallenge, runs: Sequence[Path], questions: Sequence[Path]
) -> tuple[dict[str, str], list[str]]:
    """Return the text of each file by its name, and sentences on what is allowed but worth a look.

    Raises:
        MebenchError: no answers, an id twice, a question of another set, a missing key, an answer left empty, another
            number of rows, or of questions on a video, than the challenge has; ids or wordings that its files lack.
    """
    found = [(row, raw) for run in runs for path in _tables(run) for row, raw in _rows(path)]
    _refuse_twice(found)
    asked = [row for path in questions for row in read_rows(path)]
    texts, notes = {}, []
    for one in challenge.files:
        rows = [(row, raw) for row, raw in found if row.dataset == one.dataset]
        _check(one, challenge, rows)
        if asked:
            rows = _in_order(one, rows, [row for row in asked if row.dataset == one.dataset])
        texts[one.name] = "".join(json.dumps(raw, ensure_ascii=False) + "\n" for _, raw in rows)
        notes += _notes(one, [row for row, _ in rows])
    strange = sorted({row.dataset or row.id for row, _ in found} - {one.dataset for one in challenge.files})
    if strange:
        raise MebenchError(f"rows of {strange[0]!r} belong to no file of the challenge; submit a run on its test set")
    if not asked:
        notes.append("ids and wordings were not compared with the challenge's own files (--questions FILE)")
    return texts, notes


def _tables(run: Path) -> list[Path]:
    """Return the answers of a run folder (`predictions*.jsonl`), the JSONL files of another folder, or the file."""
    if run.is_file():
        return [run]
    if not run.is_dir():
        raise MebenchError(f"cannot read {run}: no such file or folder; give a finished run folder or a JSONL file")
    predictions = sorted(run.glob("predictions*.jsonl"))
    tables = predictions or sorted(path for path in run.glob("*.jsonl") if path.name != "metrics.jsonl")
    if not tables:
        raise MebenchError(f"{run} holds no answers (predictions*.jsonl); give a finished run folder or a JSONL file")
    return tables


def _rows(path: Path) -> list[tuple[QuestionRow, dict[str, Any]]]:
    """Return each row as it is understood, and with the keys that the challenge has, in its order."""
    pairs = []
    for row, raw in raw_rows(path):
        missing = [key for key in ANSWER_KEYS if key not in raw]
        if missing:
            raise MebenchError(f"{path} row {row.line} ({row.id}): the key {missing[0]!r} is missing; add it")
        other = [key for key in ANSWER_KEYS if key != "answer" and not isinstance(raw[key], str)]
        if other:
            raise MebenchError(f"{path} row {row.line} ({row.id}): {other[0]} is no text; copy the challenge's own")
        if not row.answer.strip():
            raise MebenchError(f"{path} row {row.line} ({row.id}): answer is empty; every question wants an answer")
        pairs.append((row, {key: row.answer if key == "answer" else raw[key] for key in ANSWER_KEYS}))
    return pairs


def _refuse_twice(found: Sequence[tuple[QuestionRow, dict[str, Any]]]) -> None:
    known: dict[str, QuestionRow] = {}
    for row, _ in found:
        first = known.setdefault(row.id, row)
        if first is not row:
            raise MebenchError(
                f"{row.source} row {row.line}: video_id {row.id!r} is answered twice ({first.source} row {first.line});"
                " keep one answer"
            )


def _check(one: AnswerFile, challenge: AnswerChallenge, rows: Sequence[tuple[QuestionRow, dict[str, Any]]]) -> None:
    """Refuse another number of rows or videos, or a video without one question of each form."""
    wanted = one.videos * len(challenge.forms)
    if len(rows) != wanted:
        raise MebenchError(
            f"{one.name}: {len(rows)} rows, but the challenge asks {wanted} questions ({one.videos} videos, "
            f"{len(challenge.forms)} each); submit a whole run on its test set"
        )
    forms: dict[str, Counter[str]] = {}
    for row, raw in rows:
        forms.setdefault(str(raw["video"]), Counter())[row.form] += 1
    if len(forms) != one.videos:
        raise MebenchError(f"{one.name}: {len(forms)} videos, but the challenge has {one.videos}; check the key video")
    for video, counts in forms.items():
        for names in challenge.forms:
            expected = challenge.forms.count(names)
            if sum(counts[name] for name in names) != expected:
                raise MebenchError(
                    f"{one.name}: video {video} has {sum(counts[name] for name in names)} questions of the form "
                    f"{' or '.join(names)}, but the challenge asks {expected}; submit a run on its test set"
                )


def _in_order(
    one: AnswerFile, rows: list[tuple[QuestionRow, dict[str, Any]]], asked: list[QuestionRow]
) -> list[tuple[QuestionRow, dict[str, Any]]]:
    """Return the rows in the order of the challenge's file; refuse ids and wordings that it does not have."""
    known, given = {row.id: row for row in asked}, {row.id: (row, raw) for row, raw in rows}
    for name in sorted(known.keys() ^ given.keys()):
        which = "is no question of the challenge's file" if name in given else "is not answered"
        raise MebenchError(f"{one.name}: video_id {name!r} {which}; submit a run on the challenge's test set")
    for name, (row, _) in given.items():
        if row.question != known[name].question:
            raise MebenchError(f"{one.name}: {name!r} asks {row.question!r}, the challenge {known[name].question!r}")
    return [given[row.id] for row in asked]


def _notes(one: AnswerFile, rows: Sequence[QuestionRow]) -> list[str]:
    """Return a sentence for each form of question with answers that name none of its classes, word for word."""
    free: Counter[str] = Counter()
    for row in rows:
        answer = row.answer.strip().lower().removesuffix(".")
        if (row.form in ALLOWED and answer not in ALLOWED[row.form]) or (row.form in COUNTS and not answer.isdigit()):
            free[row.form] += 1
    return [
        f"{one.name}: {count} answers to {form!r} are not one of {', '.join(ALLOWED.get(form, ('a whole number',)))}"
        for form, count in sorted(free.items())
    ]
