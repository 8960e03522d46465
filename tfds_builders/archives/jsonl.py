"""Question files: one JSON object a line, all values text."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mebench.data.audit import Finding
from mebench.data.questions import Question, form_of
from mebench.documents import parsed_json
from tfds_builders.archives.tree import Tree

MAX_BYTES = 256 << 20
"""Size of a question file; the largest known has 2,000 rows of 300 bytes."""

_KEYS = ("id", "video_id")
"""What training rows and rows to answer call a question's id."""


@dataclass(frozen=True)
class QuestionRow:
    """One line of a question file; every value as text.

    Attributes:
        file: path in the archive.
        number: of the line, counted from 1.
        values: by key; values that are not text are written as JSON.
    """

    file: str
    number: int
    values: dict[str, str]

    @property
    def where(self) -> str:
        """Name of the row in findings."""
        return f"{self.file} line {self.number}"

    @property
    def question_id(self) -> str:
        """The row's id."""
        return next((self.values[key] for key in _KEYS if self.values.get(key)), "")

    def question(self) -> Question:
        """Return the row as a question."""
        asked, answer = self.values["question"], self.values.get("answer", "")
        raw = json.dumps(self.values, ensure_ascii=False, sort_keys=True)
        return Question(self.question_id, form_of(asked), asked, answer, bool(answer.strip()), self.number, raw)


def question_files(tree: Tree, required: Sequence[str]) -> tuple[list[tuple[str, list[QuestionRow]]], list[Finding]]:
    """Return the question files whose first row has the required keys, with their rows, sorted by path; and findings.

    A question id that comes again in one file is left out the second time.
    """
    found, findings = [], list[Finding]()
    for path in tree.named(".jsonl", ".json"):
        rows, faults = _read(tree.file(path), path)
        if rows and {"question", *required} <= rows[0].values.keys():
            found.append((path, _once(rows, findings)))
            findings += faults
    return found, findings


def _read(path: Path, shown: str) -> tuple[list[QuestionRow], list[Finding]]:
    def finding(where: str, what: str) -> Finding:
        return Finding("warning", "row-unreadable", where, what, "left out")

    try:
        if path.stat().st_size > MAX_BYTES:
            return [], [finding(shown, "larger than any question file")]
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        return [], [finding(shown, f"cannot be read ({error})")]
    rows, findings = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row, fault = _parsed(line)
        if fault:
            findings.append(finding(f"{shown} line {number}", fault))
        else:
            rows.append(QuestionRow(shown, number, row))
    return rows, findings


def _parsed(line: str) -> tuple[dict[str, str], str]:
    """Return the values of a line as text, and what is wrong with it."""
    try:
        value = parsed_json(line)
    except ValueError:
        return {}, "no JSON object"
    if not isinstance(value, dict):
        return {}, "no JSON object"
    values = {key: _text(item) for key, item in value.items()}
    if not values.get("question", "").strip():
        return {}, "no question"
    if not any(values.get(key, "").strip() for key in _KEYS):
        return {}, f"no id ({' or '.join(_KEYS)})"
    return values, ""


def _text(value: object) -> str:
    """Return a value as text that can be written: what is none as JSON, half characters replaced."""
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return written.encode("utf-8", "replace").decode()


def _once(rows: Sequence[QuestionRow], findings: list[Finding]) -> list[QuestionRow]:
    seen: dict[str, int] = {}
    kept = []
    for row in rows:
        first = seen.setdefault(row.question_id, row.number)
        if first == row.number:
            kept.append(row)
        else:
            what = f"question id {row.question_id!r} stands in line {first} already"
            findings.append(Finding("warning", "row-twice", row.where, what, "left out"))
    return kept
