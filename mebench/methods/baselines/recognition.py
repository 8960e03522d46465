"""Baselines of recognition: the most frequent training class, and the annotation."""

from collections.abc import Callable, Sequence

from mebench.data.splits import Fold
from mebench.methods.baselines.spot_then_recognise import most_frequent
from mebench.tasks.by_fold import samples_by_fold
from mebench.tasks.recognition_inputs import RecognitionSample


def baseline_emotions(
    bound: str, samples: Sequence[RecognitionSample], folds: Sequence[Fold], classes: Sequence[str]
) -> dict[int, str]:
    """Return the emotion that a bound gives for every sample that some fold tests on, by row."""

    def learn(train: list[RecognitionSample]) -> Callable[[int], str]:
        constant = most_frequent([one.emotion for one in train], classes)
        return lambda row: samples[row].emotion if bound == "oracle" else constant

    return samples_by_fold(samples, folds, learn)
