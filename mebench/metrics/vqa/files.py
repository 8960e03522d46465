"""Scores of ME-VQA answers that lie in JSONL files, as `mebench score vqa` takes them."""

import json
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mebench.atomic import write_text
from mebench.metrics.bootstrap import Estimate, estimates_of
from mebench.metrics.class_means import AT_MOST
from mebench.metrics.samples import STATISTICS
from mebench.metrics.vqa.bounds import bounds_of
from mebench.metrics.vqa.samples import SIX, samples_of_statistics
from mebench.metrics.vqa.statistics import VqaSettings, VqaStatistics, vqa_statistics
from mebench.metrics.vqa.text import official_like
from mebench.tables.questions import QuestionRow, joined, read_rows

COLUMNS = MappingProxyType(
    dict(zip(SIX, ("UF1 Coarse", "UAR Coarse", "UF1 Fine-Grained", "UAR Fine-Grained", "BLEU", "ROUGE"), strict=True))
)
"""Figure by figure: what the challenge's leaderboard calls it."""

PARTS = MappingProxyType({"overall": "Overall", "samm": "SAMM", "cas": "CAS"})
"""Part by part: what the challenge's leaderboard calls it."""

OFFICIAL_LIKE_ROWS = 100_000
"""Rows up to which rouge-score's own bootstrap is run; it takes minutes for a million."""


def score_vqa_files(
    pred: str | Path,
    truth: str | Path,
    out: str | Path | None,
    parser: str = "exact",
    labels: str = "declared",
    bleu: str = "corpus4",
    rouge: str = "f",
    bootstrap: int = 1000,
) -> dict[str, Any]:
    """Return the score document of two JSONL files or folders (`score_vqa`), and write it to `out`.

    Raises:
        MebenchError: files that `read_rows` or `joined` refuse, or an unknown setting; `out` cannot be written.
    """
    settings = VqaSettings(parser, labels, bleu, rouge)
    pairs = joined(read_rows(pred), read_rows(truth), str(pred), str(truth))
    document = score_vqa(pairs, settings, bootstrap) | {STATISTICS: vqa_statistics(pairs, settings).to_json()}
    if out is not None:
        write_text(out, json.dumps(document, indent=1, allow_nan=False) + "\n")
    return document


def score_vqa(
    pairs: list[tuple[QuestionRow, QuestionRow]], settings: VqaSettings, bootstrap: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """Return the six columns for `Overall`, `SAMM` and `CAS`, and `final`, the mean of the six Overall values.

    A column is null, with a sentence under `reasons`, where a part has no question for it; a column that even the truth
    itself as answer does not bring to 1 has a sentence there too (`bounds_of`). `intervals` are over clips;
    `parse_failures` counts answers to the class questions in which the parser finds no class (they are wrong);
    `official_like` is rouge-score's own bootstrap over rows, null for more than `OFFICIAL_LIKE_ROWS`.
    """
    statistics = vqa_statistics(pairs, settings)
    parts = {one.name: estimates_of(one, bootstrap, seed) for one in samples_of_statistics(statistics)}
    absent = Estimate(None, None, "no question of this part")
    found = {part: {name: parts.get(part, {}).get(name, absent) for name in COLUMNS} for part in PARTS}
    final = parts["overall"]["final"]
    why_not, few = "one of the six columns is undefined", len(pairs) <= OFFICIAL_LIKE_ROWS
    most = bounds_of([true for _, true in pairs], settings)
    return {
        "task": "vqa",
        "settings": asdict(settings),
        **{PARTS[part]: {COLUMNS[name]: one.value for name, one in columns.items()} for part, columns in found.items()},
        "final": final.value,
        "parse_failures": int(statistics.failures.sum()),
        "intervals": {
            **{PARTS[p]: {COLUMNS[name]: _interval(one) for name, one in cs.items()} for p, cs in found.items()},
            "final": _interval(final),
        },
        "reasons": {
            **{
                f"{PARTS[part]}.{COLUMNS[name]}": text
                for part, columns in found.items()
                for name, one in columns.items()
                if (text := _reason(one, "no question of this part", most.get((part, name), "")))
            },
            **({"final": text} if (text := _reason(final, why_not, most.get(("overall", "final"), ""))) else {}),
            **({} if few else {"official_like": f"not run for more than {OFFICIAL_LIKE_ROWS} rows"}),
        },
        "n": len(statistics.clip),
        "unit": "clips",
        "rows": int(statistics.rows.sum()),
        "official_like": official_like([(one.answer, true.answer) for one, true in pairs], settings.rouge)
        if few
        else None,
        "warnings": warnings_of(statistics, pairs),
    }


def _reason(one: Estimate, undefined: str, most: str) -> str:
    return undefined if one.value is None else "; ".join(filter(None, (most, one.reason)))


def score_notes(document: dict[str, Any]) -> list[str]:
    """Return what stands below the terminal's table: why a figure marked with * cannot be 1, then the warnings."""
    parts: dict[tuple[str, str], list[str]] = {}
    for key, text in document["reasons"].items():
        part, _, name = key.rpartition(".")
        if text.startswith(AT_MOST):
            parts.setdefault((name, text), []).append(part)
    bounds = [f"* {name} {', '.join(them)}".rstrip() + f": {text}" for (name, text), them in parts.items()]
    return [*bounds, *document["warnings"]]


def warnings_of(statistics: VqaStatistics, pairs: list[tuple[QuestionRow, QuestionRow]]) -> list[str]:
    """Return sentences on what a reader of the figures should know."""
    failures, odd = int(statistics.failures.sum()), sum(not true.form for _, true in pairs)
    asked = sum(true.form in ("coarse", "fine") for _, true in pairs)
    outside = {form: int(getattr(statistics, form).sum((0, 2))[count:].sum()) for form, count in (("coarse", 3),)}
    found = (
        (failures, f"{failures} of {asked} answers to class questions name no class: they count as wrong"),
        (odd, f"{odd} questions are worded like none that is known: they count for BLEU and ROUGE alone"),
        (outside["coarse"], f"{outside['coarse']} true coarse classes are others, which the challenge does not score"),
    )
    return [text for count, text in found if count]


def score_rows(document: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the table that the terminal shows, header first."""
    rows = [("figure", *PARTS.values())]
    for name in COLUMNS.values():
        rows.append((name, *(marked(document, part, name) for part in PARTS.values())))
    rows.append(("final", marked(document, "", "final"), "", ""))
    rows.append(("parse failures", str(document["parse_failures"]), "", ""))
    return rows


def marked(document: dict[str, Any], part: str, name: str) -> str:
    """Return the cell of a figure in the terminal's table, with * where it cannot be 1; part "": of the whole."""
    values, intervals = (document[part], document["intervals"][part]) if part else (document, document["intervals"])
    reason = document["reasons"].get(f"{part}.{name}" if part else name, "")
    return _cell(values[name], intervals[name]) + " *" * reason.startswith(AT_MOST)


def _cell(value: float | None, interval: list[float] | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4f} [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else f"{value:.4f}"


def _interval(estimate: Estimate) -> list[float] | None:
    return list(estimate.interval) if estimate.interval else None
