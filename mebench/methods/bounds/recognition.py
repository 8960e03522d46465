"""Baselines of recognition: the most frequent training class, and the annotation."""

from collections.abc import Sequence

from mebench.data.splits import Fold
from mebench.methods.bounds.spot_then_recognise import most_frequent
from mebench.tasks.recognition_inputs import Sample


def bound_emotions(
    bound: str, samples: Sequence[Sample], folds: Sequence[Fold], classes: Sequence[str]
) -> dict[int, str]:
    """Return the emotion that a bound gives for every sample that some fold tests on, by row."""
    found = {}
    for fold in folds:
        constant = most_frequent([one.emotion for one in samples if one.info.subject in fold.train], classes)
        for row, one in enumerate(samples):
            if one.info.subject in fold.test:
                found[row] = one.emotion if bound == "oracle" else constant
    return found
