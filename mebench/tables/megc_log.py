"""Log files of MEGC2020 and 2021: each row holds a true interval, the predicted one that meets it, and TP, FP or FN.

The layout is that of the organisers' baseline (arXiv 1912.11985, `gen_MEGC2020_log_file.py`): a line with the number of
the dataset (1: SAMM Long Videos, 2: CAS(ME)^2), then a row a pair: video, true onset, true offset, predicted onset,
predicted offset, TP | FP | FN, with blanks (2020) or commas (2021) between and `-` for an interval that is missing. A
file may hold both datasets, each after its number. Also read: `_` or nothing (with commas) in place of `-`.

Not supported: other orders of the columns. LGSNet's logs put the predicted interval first and call missed truths FP, so
they read as valid logs with truth and prediction exchanged; swap their columns first. A log does not say which
expressions are macro and which are micro: types are taken from the duration (micro up to half a second), with a note.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np

from mebench.errors import MebenchError
from mebench.tables.csv_cells import whole
from mebench.tables.spotting import MACRO, MICRO, SpotTable, interval_table

Side = Literal["pred", "truth"]

DATASETS = MappingProxyType({"1": ("samm", 200.0), "2": ("cas", 30.0)})
"""Number of a dataset in a log: its name and its frames per second."""

MARKS = MappingProxyType({"TP": (True, True), "FP": (False, True), "FN": (True, False)})
"""Mark of a row: whether it holds a true and a predicted interval."""

IOU = 0.5
"""Least overlap of a pair that a log marks TP."""

_MISSING = frozenset({"-", "_", "–", "—", ""})

Interval = tuple[int, int]


@dataclass(frozen=True)
class LogRow:
    """One row of a log: dataset's number, video, true and predicted interval (None where missing), mark, line."""

    number: str
    video: str
    truth: Interval | None
    pred: Interval | None
    mark: str
    line: int


def is_log(text: str) -> bool:
    """Return whether a text begins like a log file: its first line is one number, with nothing else but commas."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    return head.strip(" \t,;").isdigit()


def log_table(path: Path, text: str, side: Side) -> SpotTable:
    """Return the predicted or the true intervals of a log, each once, in order of the rows that first name it.

    Raises:
        MebenchError: as `log_rows`, or as `interval_table` says.
    """
    rows = log_rows(path, text)
    first: dict[tuple[str, str, Interval], int] = {}
    hit: set[tuple[str, str, Interval]] = set()
    for row in rows:
        interval = row.pred if side == "pred" else row.truth
        if interval is not None:
            first.setdefault((row.number, row.video, interval), row.line)
            hit |= {(row.number, row.video, interval)} if row.mark == "TP" else set()
    fps = [DATASETS[number][1] for number, _, _ in first]
    spans = [interval for _, _, interval in first]
    table = interval_table(
        str(path),
        video=[video for _, video, _ in first],
        onset=[onset for onset, _ in spans],
        offset=[offset for _, offset in spans],
        kind=[MICRO if off - on <= rate // 2 else MACRO for (on, off), rate in zip(spans, fps, strict=True)],
        dataset=[DATASETS[number][0] for number, _, _ in first],
        lines=list(first.values()),
        fps=fps,
        notes=_notes(path, rows, side, len(first)),
    )
    found = np.array([one in hit for one in first], bool) if side == "truth" else None
    return replace(table, estimated=True, log=hashlib.sha256(text.encode()).hexdigest(), found=found)


def log_rows(path: Path, text: str) -> list[LogRow]:
    """Return the rows of a log, each checked against its own mark.

    Raises:
        MebenchError: an unknown dataset number, a row without six cells, a frame that is no whole number, a mark that
            does not fit the intervals beside it, or a TP whose intervals overlap too little.
    """
    rows: list[LogRow] = []
    number = ""
    for line, content in enumerate(text.splitlines(), start=1):
        words = content.strip(" \t,;")
        if not words:
            continue
        if words.isdigit():
            number = _dataset_number(path, line, words)
        else:
            rows.append(_row(path, line, number, content))
    return rows


def _dataset_number(path: Path, line: int, word: str) -> str:
    if word not in DATASETS:
        raise MebenchError(
            f"{path} row {line}: dataset number {word!r} is unknown; allowed are 1 (SAMM Long Videos) and 2 (CAS(ME)^2)"
        )
    return word


def _row(path: Path, line: int, number: str, content: str) -> LogRow:
    parts = re.split(r"[,;]", content.strip()) if re.search(r"[,;]", content) else content.split()
    cells = [cell.strip() for cell in parts]
    if len(cells) != 6:
        raise MebenchError(
            f"{path} row {line}: {len(cells)} cells; a log row has six: video, true onset, true offset, predicted "
            "onset, predicted offset, TP or FP or FN, with - where an interval is missing"
        )
    video, mark = cells[0], cells[5].upper()
    if not video:
        raise MebenchError(f"{path} row {line}: the video has no name; write one")
    truth = _interval(path, line, "true", cells[1], cells[2])
    pred = _interval(path, line, "predicted", cells[3], cells[4])
    if MARKS.get(mark) != (truth is not None, pred is not None):
        raise MebenchError(
            f"{path} row {line}: mark {cells[5]!r} does not fit the intervals beside it; allowed are TP (true and "
            "predicted interval), FP (predicted only) and FN (true only), true interval first"
        )
    if truth and pred and _iou(truth, pred) < IOU:
        raise MebenchError(
            f"{path} row {line}: TP, but {truth} and {pred} have an IoU of {_iou(truth, pred):.3f}, below {IOU}; "
            "mend the row, whose columns are true interval, then predicted interval"
        )
    return LogRow(number, video, truth, pred, mark, line)


def _interval(path: Path, line: int, what: str, onset: str, offset: str) -> Interval | None:
    if onset in _MISSING and offset in _MISSING:
        return None
    first, last = whole(onset), whole(offset)
    if first is None or last is None:
        raise MebenchError(
            f"{path} row {line}: {what} interval {onset!r} to {offset!r} is not two whole numbers of frames, and not "
            "two of -; mend the row"
        )
    if last < first:
        raise MebenchError(f"{path} row {line}: {what} offset {last} < onset {first}; mend the row")
    return first, last


def _iou(one: Interval, two: Interval) -> float:
    shared = max(0, min(one[1], two[1]) - max(one[0], two[0]) + 1)
    return shared / (one[1] - one[0] + 1 + two[1] - two[0] + 1 - shared)


def _notes(path: Path, rows: list[LogRow], side: Side, intervals: int) -> list[str]:
    what = "predicted" if side == "pred" else "true"
    notes = [f"{path} is a log, which has no types: {what} types are estimates, micro up to half a second"]
    if side == "pred":
        marks = Counter(row.mark for row in rows)
        notes.append(
            f"{path}: its own marks are TP {marks['TP']}, FP {marks['FP']}, FN {marks['FN']}, for "
            f"{intervals} predictions"
        )
    return notes
