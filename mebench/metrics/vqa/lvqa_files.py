"""Scores of ME-LVQA answers that lie in JSONL files, as `mebench score lvqa` takes them."""

import json
from pathlib import Path
from typing import Any

from mebench.atomic import write_text
from mebench.metrics.bootstrap import Estimate, estimates_of
from mebench.metrics.class_means import absent_text
from mebench.metrics.samples import STATISTICS
from mebench.metrics.vqa.files import PARTS, marked
from mebench.metrics.vqa.lvqa_samples import FIGURES, samples_of_statistics
from mebench.metrics.vqa.lvqa_statistics import SUMS, TYPES, LvqaStatistics, lvqa_statistics
from mebench.metrics.vqa.samples import PARTS as DATASETS
from mebench.tables.questions import QuestionRow, joined, read_rows


def score_lvqa_files(
    pred: str | Path, truth: str | Path, out: str | Path | None, parser: str = "exact", bootstrap: int = 1000
) -> dict[str, Any]:
    """Return the score document of two JSONL files or folders (`score_lvqa`), and write it to `out`.

    Raises:
        MebenchError: files that `read_rows` or `joined` refuse, or an unknown parser; `out` cannot be written.
    """
    pairs = joined(read_rows(pred), read_rows(truth), str(pred), str(truth))
    document = score_lvqa(pairs, parser, bootstrap) | {STATISTICS: lvqa_statistics(pairs, parser).to_json()}
    if out is not None:
        write_text(out, json.dumps(document, indent=1, allow_nan=False) + "\n")
    return document


def score_lvqa(
    pairs: list[tuple[QuestionRow, QuestionRow]], parser: str = "exact", bootstrap: int = 1000
) -> dict[str, Any]:
    """Return the figures for `Overall`, `SAMM` and `CAS`, with intervals over videos (seed 0).

    Each figure is null, with a sentence under `reasons`, where a part has no question for it; a figure of types that
    cannot be 1, because the truth lacks one of them, has a sentence there too.
    """
    statistics = lvqa_statistics(pairs, parser)
    parts = {one.name: estimates_of(one, bootstrap) for one in samples_of_statistics(statistics)}
    absent = Estimate(None, None, "no question of this part")
    found = {PARTS[part]: {name: parts.get(part, {}).get(name, absent) for name in FIGURES} for part in PARTS}
    reasons = {
        f"{part}.{name}": "no question of this part" if one.value is None else one.reason
        for part, figures in found.items()
        for name, one in figures.items()
        if one.value is None or one.reason
    }
    for key, most in _bounds(statistics).items():
        reasons[key] = "; ".join(filter(None, (most, reasons.get(key))))
    odd = sum(not true.form for _, true in pairs)
    return {
        "task": "lvqa",
        "settings": {"parser": parser},
        **{part: {name: one.value for name, one in figures.items()} for part, figures in found.items()},
        "intervals": {part: {name: _interval(one) for name, one in figs.items()} for part, figs in found.items()},
        "reasons": reasons,
        "parse_failures": int(statistics.sums[:, SUMS.index("failures")].sum()),
        "n": len(statistics.clip),
        "unit": "videos",
        "rows": len(pairs),
        "warnings": [f"{odd} questions are worded like none that is known: they are not scored"] if odd else [],
    }


def _bounds(statistics: LvqaStatistics) -> dict[str, str]:
    """Return a sentence for each figure of types that even the truth as answer does not bring to 1."""
    found: dict[str, str] = {}
    for part, dataset in DATASETS.items():
        mine = [dataset in (None, one) for one in statistics.dataset]
        rows = [int(count) for count in statistics.types[mine].sum((0, 2))]
        if any(rows) and (most := absent_text(rows, TYPES, "")):
            found |= {f"{PARTS[part]}.{name}": most for name in ("type_uf1", "type_uar")}
    return found


def score_rows(document: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the table that the terminal shows, header first."""
    rows: list[tuple[str, ...]] = [("figure", *PARTS.values())]
    for name in FIGURES:
        rows.append((name, *(marked(document, part, name) for part in PARTS.values())))
    return [*rows, ("parse failures", str(document["parse_failures"]), "", "")]


def _interval(estimate: Estimate) -> list[float] | None:
    return list(estimate.interval) if estimate.interval else None
