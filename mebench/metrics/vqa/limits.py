"""Upper limits of the columns of ME-VQA, whatever is answered: the figures of the truth itself as answer."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mebench.metrics.class_means import AT_MOST, absent_text
from mebench.metrics.vqa.parsers import DECLARED
from mebench.metrics.vqa.statistics import PARTS, SIX, VqaSettings, declared, vqa_samples, vqa_statistics
from mebench.metrics.vqa.text import ORDER, tokens_13a
from mebench.tables.questions import QuestionRow

_ROUNDING = 1e-9


def limits_of(truth: Sequence[QuestionRow], settings: VqaSettings) -> dict[str, str]:
    """Return by full name a sentence for each column that the truth itself as answer does not bring to 1.

    Args:
        truth: the questions with their right answers.
        settings: of the scorer.

    Raises:
        MebenchError: as `vqa_statistics`.
    """
    found = {}
    for sample in vqa_samples(vqa_statistics([(row, row) for row in truth], settings).to_json()):
        part = PARTS[sample.name]
        answers = [row.answer for row in truth if part in (None, row.dataset)]
        values = sample.compute(np.ones((1, len(sample.units))))
        for name in (*SIX, "final"):
            if name in values and (most := float(values[name][0])) < 1 - _ROUNDING:  # NaN has a reason of its own
                found[sample.key(name)] = _sentence(name, most, sample.confusion, answers, settings)
    return found


def _sentence(
    name: str, most: float, confusion: Mapping[str, Any], answers: Sequence[str], settings: VqaSettings
) -> str:
    if name == "final":
        return f"{AT_MOST}{most:.4f}: some of the six columns cannot be 1"
    if name == "rouge1":
        return f"{AT_MOST}{most:.4f}: some true answers hold no letter and no digit"
    if name == "bleu":
        longest = max(len(tokens_13a(answer)) for answer in answers)
        short = f"no true answer has {ORDER} tokens" if longest < ORDER else "it scores short answers below 1"
        return f"{AT_MOST}{most:.4f} by {settings.bleu}: {short}"
    form = name.rpartition("_")[2]
    rows = [sum(confusion[form]["counts"][place]) for place in declared(form)]
    return absent_text(rows, DECLARED[form])
