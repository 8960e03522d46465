"""Answers of ME-VQA and ME-LVQA that lie in JSONL files, counted as `mebench score` takes them."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mebench.metrics.score import Counted
from mebench.metrics.vqa.limits import limits_of
from mebench.metrics.vqa.lvqa_statistics import lvqa_limits, lvqa_statistics
from mebench.metrics.vqa.statistics import VqaSettings, VqaStatistics, vqa_statistics
from mebench.metrics.vqa.text import official_like
from mebench.tables.questions import QuestionRow, joined, read_rows

Pairs = Sequence[tuple[QuestionRow, QuestionRow]]
"""Predicted and true row of each question."""

OFFICIAL_LIKE_ROWS = 100_000
"""Rows up to which rouge-score's own bootstrap is run; it takes minutes for a million."""


def count_vqa_files(pred: str | Path, truth: str | Path, settings: VqaSettings = VqaSettings()) -> Counted:  # noqa: B008 - frozen
    """Return what is counted in two JSONL files or folders (`count_vqa`).

    Raises:
        MebenchError: files that `read_rows` or `joined` refuse, or what `vqa_statistics` says.
    """
    return count_vqa(_pairs(pred, truth), settings)


def count_lvqa_files(pred: str | Path, truth: str | Path, parser: str = "exact") -> Counted:
    """Return what is counted in two JSONL files or folders (`count_lvqa`).

    Raises:
        MebenchError: files that `read_rows` or `joined` refuse, or what `lvqa_statistics` says.
    """
    return count_lvqa(_pairs(pred, truth), parser)


def count_vqa(pairs: Pairs, settings: VqaSettings) -> Counted:
    """Return what is counted in answers about clips; `extra` is rouge-score's own bootstrap over rows.

    Raises:
        MebenchError: as `vqa_statistics`.
    """
    found, truth = vqa_statistics(pairs, settings), [true for _, true in pairs]
    limits, extra = partial(limits_of, truth, settings), partial(_official_like, pairs, settings.rouge)
    return Counted("vqa", found.to_json(), _warnings(found, truth), {}, limits, extra)


def count_lvqa(pairs: Pairs, parser: str = "exact") -> Counted:
    """Return what is counted in answers about long videos.

    Raises:
        MebenchError: as `lvqa_statistics`.
    """
    found = lvqa_statistics(pairs, parser)
    odd = sum(not true.form for _, true in pairs)
    warnings = (f"{odd} questions are worded like none that is known: they are not scored",) if odd else ()
    return Counted("lvqa", found.to_json(), warnings, {}, partial(lvqa_limits, found))


def _pairs(pred: str | Path, truth: str | Path) -> Pairs:
    return joined(read_rows(pred), read_rows(truth), str(pred), str(truth))


def _official_like(pairs: Pairs, rouge: str) -> dict[str, Any]:
    if len(pairs) > OFFICIAL_LIKE_ROWS:
        return {"official_like": None, "reason": f"official_like: not run for more than {OFFICIAL_LIKE_ROWS} rows"}
    return {"official_like": official_like([(one.answer, true.answer) for one, true in pairs], rouge)}


def _warnings(statistics: VqaStatistics, truth: Sequence[QuestionRow]) -> tuple[str, ...]:
    """Return sentences on what a reader of the figures should know."""
    failures, odd = int(statistics.failures.sum()), sum(not row.form for row in truth)
    asked = sum(row.form in ("coarse", "fine") for row in truth)
    outside = int(statistics.coarse.sum((0, 2))[3:].sum())
    found = (
        (failures, f"{failures} of {asked} answers to class questions name no class: they count as wrong"),
        (odd, f"{odd} questions are worded like none that is known: they count for BLEU and ROUGE alone"),
        (outside, f"{outside} true coarse classes are others, which the challenge does not score"),
    )
    return tuple(text for count, text in found if count)
