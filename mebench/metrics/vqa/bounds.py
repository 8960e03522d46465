"""Upper limits of the columns of ME-VQA, whatever is answered: the figures of the truth itself as answer."""

from collections.abc import Sequence

import numpy as np

from mebench.metrics.class_means import AT_MOST, absent_text
from mebench.metrics.sample import Sample
from mebench.metrics.vqa.parsers import DECLARED
from mebench.metrics.vqa.samples import PARTS, SIX, declared, samples_of_statistics
from mebench.metrics.vqa.statistics import VqaSettings, VqaStatistics, vqa_statistics
from mebench.metrics.vqa.text import ORDER, tokens_13a
from mebench.tables.questions import QuestionRow

_ROUNDING = 1e-9


def bounds_of(truth: Sequence[QuestionRow], settings: VqaSettings) -> dict[tuple[str, str], str]:
    """Return a sentence for each (part, column) that the truth itself as answer does not bring to 1, and for `final`.

    Args:
        truth: the questions with their right answers.
        settings: of the scorer.

    Raises:
        MebenchError: as `vqa_statistics`.
    """
    perfect = vqa_statistics([(row, row) for row in truth], settings)
    found = {}
    for sample in samples_of_statistics(perfect):
        values = {name: float(value[0]) for name, value in sample.compute(np.ones((1, len(sample.units)))).items()}
        for name in (*SIX, "final"):
            if values.get(name, 1.0) < 1 - _ROUNDING:  # NaN is not: it has a reason of its own
                found[sample.name, name] = _sentence(sample, name, values[name], perfect, truth)
    return found


def _sentence(sample: Sample, name: str, most: float, perfect: VqaStatistics, truth: Sequence[QuestionRow]) -> str:
    part, form = PARTS[sample.name], name.rpartition("_")[2]
    if name == "final":
        return f"{AT_MOST}{most:.4f}: some of the six columns cannot be 1"
    if name == "rouge1":
        return f"{AT_MOST}{most:.4f}: some true answers hold no letter and no digit"
    if name == "bleu":
        answers = [row.answer for row in truth if part in (None, row.dataset)]
        longest = max(len(tokens_13a(answer)) for answer in answers)
        short = f"no true answer has {ORDER} tokens" if longest < ORDER else "it scores short answers below 1"
        return f"{AT_MOST}{most:.4f} by {perfect.settings.bleu}: {short}"
    counts = getattr(perfect, form)[[part in (None, dataset) for dataset in perfect.dataset]].sum((0, 2))
    return absent_text(counts[list(declared(form))].tolist(), DECLARED[form])
