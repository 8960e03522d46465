"""Log of the answers of a slow model: one line per answer, on the disk before the next is asked for."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mebench.atomic import write_bytes
from mebench.documents import parsed_json
from mebench.errors import MebenchError
from mebench.sealed.canonical import canonical_json
from mebench.sealed.document import seal_of

SEAL = "sha256"
"""Key of a line that holds its seal: over the run's id and the answer."""


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
    """An append-only JSONL file, each line sealed; a damaged one is dropped when the file is opened again."""

    def __init__(self, path: Path, run: str, say: Callable[[str], None]) -> None:
        """Read what is there; lines that a kill cut off, that were changed, or that are of another run are dropped.

        Args:
            path: of the file.
            run: id of the run.
            say: is told of dropped lines; their questions are asked again.

        Raises:
            MebenchError: the file cannot be read or written.
        """
        self._path, self._run, self._found = path, run, dict[str, LoggedAnswer]()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = path.read_bytes().split(b"\n") if path.exists() else [b""]
        except OSError as error:
            raise MebenchError(f"cannot keep answers in {path}: {(error.strerror or str(error)).lower()}") from error
        answers = [_answer(line, run) for line in lines[:-1]] + ([None] if lines[-1] else [])
        for answer in answers:
            if answer is not None:
                self._found.setdefault(answer.key, answer)
        damaged = [str(number) for number, answer in enumerate(answers, start=1) if answer is None]
        if damaged:
            rows = f"row{'s' * (len(damaged) > 1)} {', '.join(damaged[:10])}{' and more' * (len(damaged) > 10)}"
            say(f"{path}: {rows} cut off, changed or of another run: dropped, and asked again")
            whole = [line for line, answer in zip(lines, answers, strict=False) if answer is not None]
            write_bytes(path, b"".join(line + b"\n" for line in whole))

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
                file.write(_line(answer, self._run))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise MebenchError(f"cannot write {self._path}: {reason}; make room and run it again") from error
        self._found.setdefault(answer.key, answer)


def _line(answer: LoggedAnswer, run: str) -> bytes:
    values = asdict(answer)
    seal = seal_of(run, [canonical_json(values).encode()])
    return (canonical_json({**values, SEAL: seal}) + "\n").encode()


def _answer(line: bytes, run: str) -> LoggedAnswer | None:
    """Return the answer of a line; None where it is not, byte for byte, what was written for this run."""
    try:
        values: dict[str, Any] = parsed_json(line)
        del values[SEAL]
        answer = LoggedAnswer(**values)
        return answer if _line(answer, run) == line + b"\n" else None
    except (ValueError, TypeError, KeyError):
        return None
