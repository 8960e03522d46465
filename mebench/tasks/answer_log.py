"""What a slow model has answered so far: one line an answer, on the disk before the next is asked for."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mebench.config import canonical_json
from mebench.errors import MebenchError


@dataclass(frozen=True)
class LoggedAnswer:
    """One answer.

    Attributes:
        key: hash of everything that decides it: prompt tokens, pixels, settings, weights.
        question_id: of the question; the same key may stand under several.
        raw: what the model said.
        parsed: the class or words that the parser takes from it; None where it finds none.
        status: `ok` or `unparsed`.
        seconds: that the answer took.
        tokens: that the model wrote.
    """

    key: str
    question_id: str
    raw: str
    parsed: str | None
    status: str
    seconds: float
    tokens: int


class AnswerLog:
    """An append-only JSONL file; a line that a kill cut off is dropped when the file is opened again."""

    def __init__(self, path: Path) -> None:
        """Read what is there, and cut off a torn last line.

        Raises:
            MebenchError: the file cannot be read or written, or a line before the last is no answer.
        """
        self._path, self._found = path, dict[str, LoggedAnswer]()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            data = path.read_bytes() if path.exists() else b""
            whole = data[: data.rfind(b"\n") + 1]
            if len(whole) != len(data):
                with path.open("r+b") as file:
                    file.truncate(len(whole))
        except OSError as error:
            raise MebenchError(f"cannot keep answers in {path}: {(error.strerror or str(error)).lower()}") from error
        for number, line in enumerate(whole.splitlines(), start=1):
            answer = _answer(path, number, line)
            self._found.setdefault(answer.key, answer)

    def __len__(self) -> int:
        """Number of different answers."""
        return len(self._found)

    def get(self, key: str) -> LoggedAnswer | None:
        """Return the answer of a key, None where it was not given yet."""
        return self._found.get(key)

    def append(self, answer: LoggedAnswer) -> None:
        """Write one answer; when this returns, it is on the disk.

        Raises:
            MebenchError: the disk is full, or the file cannot be written.
        """
        try:
            with self._path.open("ab") as file:
                file.write((canonical_json(asdict(answer)) + "\n").encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise MebenchError(f"cannot write {self._path}: {reason}; make room and run it again") from error
        self._found.setdefault(answer.key, answer)


def _answer(path: Path, number: int, line: bytes) -> LoggedAnswer:
    try:
        values: dict[str, Any] = json.loads(line)
        return LoggedAnswer(**values)
    except (ValueError, TypeError) as error:
        raise MebenchError(
            f"{path} row {number} is no answer of this version; delete the file, and every question is asked again"
        ) from error
