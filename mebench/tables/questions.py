"""Questions and answers in JSONL, as the ME-VQA and ME-LVQA challenges hand them out and take them back."""

import functools
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mebench.data.questions import form_of
from mebench.documents import parsed_json
from mebench.errors import MebenchError
from mebench.tables.held import Held, Source
from mebench.tables.near_ids import NearIds

SAMM, CAS = "samm", "cas"
"""Parts of the challenges; questions on other datasets count in the overall figures alone."""

_NUMBER = re.compile(r"_\d+$")
_SURROGATE = re.compile("[\ud800-\udfff]")


_form_of = functools.lru_cache(maxsize=4096)(form_of)


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One row of a question file.

    Attributes:
        id: `video_id` of the challenge's test rows (which names the question), `id` of training rows.
        dataset: `samm`, `cas` (CASME II, CAS(ME)^2 and CAS(ME)^3) or "" (others).
        clip: what the question is about, with its dataset in front; the unit of resampling.
        form: name in `mebench.data.questions.WORDINGS`; "" for a wording that is none of them.
        question: "" where the row has none (predictions need none).
        answer: as text, without spaces around.
        line: of the file, counted from 1.
        source: the file, for errors.
    """

    id: str
    dataset: str
    clip: str
    form: str
    question: str
    answer: str
    line: int
    source: str = "table"

    @property
    def where(self) -> str:
        """Name of the row in sentences: `truth.jsonl row 3 (samm_006_1_2_1)`."""
        return f"{self.source} row {self.line} ({self.id})"


def read_rows(path: Source) -> tuple[QuestionRow, ...]:
    """Return the rows of a JSONL file, or of all `*.jsonl` of a folder, in order of their names.

    Answers may be text, numbers, or lists of text (joined with commas). Blank lines and a byte order mark are passed
    over; keys that no edition has are ignored.

    Raises:
        MebenchError: no such file, no UTF-8, no row, a row that is no JSON object, a key that is missing or of another
            type, or an id twice in a file; the sentence names file, row and key.
    """
    place = path if isinstance(path, Held) else Path(path)
    if isinstance(place, Path) and place.is_dir():
        files = sorted(place.glob("*.jsonl"))
        if not files:
            raise MebenchError(f"{place} holds no *.jsonl; give the file of the question rows, or a folder with it")
        return tuple(row for file in files for row in read_rows(file))
    return tuple(_by_id(row for row, _ in raw_rows(place)).values())


def raw_rows(path: Source) -> Iterator[tuple[QuestionRow, dict[str, Any]]]:
    """Yield each row of a JSONL file as it is understood, and as the file has it.

    Raises:
        MebenchError: as `read_rows`.
    """
    line = 0
    for line, raw in _objects(path):
        yield row_of(str(path), line, raw), raw
    if not line:
        raise MebenchError(f"{path} is empty; it must hold one JSON object a line, a question each")


def joined(
    predictions: Sequence[QuestionRow], truth: Sequence[QuestionRow], pred_source: str, truth_source: str
) -> list[tuple[QuestionRow, QuestionRow]]:
    """Return (prediction, truth) of every question, in the truth's order; the prediction's form is the truth's.

    Raises:
        MebenchError: an id twice in a file, a prediction that the truth does not have, or a question that is not
            answered.
    """
    given, known = _by_id(predictions), _by_id(truth)
    ids = NearIds.of((name,) for name in known)
    for name, row in given.items():
        if name not in known:
            hint = ids.hint((name,)) or "; mend or drop it"
            raise MebenchError(f"{row.source} row {row.line}: id {name!r} is not in {truth_source}{hint}")
    for name, row in known.items():
        if name not in given:
            raise MebenchError(
                f"{pred_source}: no row has the id {name!r} ({row.source} row {row.line}); answer every question"
            )
    return [(_with_form(given[name], row.form), row) for name, row in known.items()]


def _with_form(row: QuestionRow, form: str) -> QuestionRow:
    return row if row.form == form else replace(row, form=form)


def _by_id(rows: Iterable[QuestionRow]) -> dict[str, QuestionRow]:
    found: dict[str, QuestionRow] = {}
    for row in rows:
        if row.id in found:
            first = found[row.id]
            place = f"row {first.line}" if first.source == row.source else f"{first.source} row {first.line}"
            raise MebenchError(f"{row.source} row {row.line}: id {row.id!r} is there twice ({place}); keep one")
        found[row.id] = row
    return found


def _objects(path: Source) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield line number and object of every line that is not blank."""
    try:
        with io.BytesIO(path.data) if isinstance(path, Held) else Path(path).open("rb") as file:
            for line, data in enumerate(file, 1):
                if text := _decoded(data, path, line).strip():
                    yield line, _parsed(text, path, line)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise MebenchError(f"cannot read {path}: {reason}; give a JSONL file of question rows") from error


def _decoded(data: bytes, path: Source, line: int) -> str:
    try:
        return data.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise MebenchError(f"{path} row {line}: not UTF-8 (byte {error.start}); save the file as UTF-8") from error


def _parsed(text: str, path: Source, line: int) -> dict[str, Any]:
    try:
        found = parsed_json(text)
    except ValueError as error:
        raise MebenchError(f"{path} row {line}: no JSON ({error}); write one JSON object a line") from error
    if not isinstance(found, dict):
        raise MebenchError(f"{path} row {line}: {type(found).__name__}, not an object; write one JSON object a line")
    return found


def row_of(path: str, line: int, raw: dict[str, Any]) -> QuestionRow:
    """Return one parsed row; `path` and `line` say in errors where it stood.

    Raises:
        MebenchError: a key that is missing or of another type.
    """
    where = f"{path} row {line}"
    name = next((_text(where, raw, key) for key in ("video_id", "id") if key in raw), None)
    if not name:
        raise MebenchError(f"{where}: neither video_id nor id names the question; add one of them")
    if "answer" not in raw:
        raise MebenchError(f"{where} ({name}): the key 'answer' is missing; add it")
    question = _text(where, raw, "question") if "question" in raw else ""
    source = (_text(where, raw, "dataset") if raw.get("dataset") else name).lower()
    return QuestionRow(
        id=name,
        dataset=SAMM if source.startswith("samm") else CAS if source.startswith("cas") else "",
        clip=sys.intern(_clip(where, name, raw)),
        form=_form_of(question),
        question=sys.intern(question),
        answer=sys.intern(_text(where, raw, "answer")),
        line=line,
        source=path,
    )


def _clip(where: str, name: str, raw: dict[str, Any]) -> str:
    """Return the unit that a question belongs to: the dataset's word in the id, and the clip; else the id's stem."""
    word = name.split("_")[0].lower()
    for key in ("image_id", "video"):
        if raw.get(key):
            return f"{word}/{_text(where, raw, key)}"
    return _NUMBER.sub("", name)


def _text(where: str, raw: dict[str, Any], key: str) -> str:
    value = raw[key]
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = ", ".join(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise MebenchError(f"{where}: {key} is {json.dumps(value)[:60]}, not text; write text")
    if not (text := str(value).strip()).isascii() and _SURROGATE.search(text):
        raise MebenchError(f"{where}: {key} holds half of a character ({json.dumps(text)[:60]}); write whole ones")
    return text
