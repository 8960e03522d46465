"""Baselines without training: threshold, constant, oracle, and those of questions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from mebench.config.experiment import Experiment
from mebench.config.parts import MethodConfig
from mebench.data.splits import Fold
from mebench.methods.protocols import Answers, Run
from mebench.tasks.answers import VideoAnswer
from mebench.tasks.recognition_inputs import RecognitionSamples
from mebench.tasks.str_inputs import StrVideo
from mebench.tasks.vqa_inputs import AskedClip


class BaselineConfig(MethodConfig):
    """Settings of a baseline: none. `behaviour` has one value, which stands in the records of all versions."""

    behaviour: Literal["mended"] = "mended"


class _Baseline:
    Config = BaselineConfig
    name: str

    def idle(self, experiment: Experiment) -> Iterator[tuple[str, str]]:
        """Yield what an experiment has and a baseline does not look at."""
        yield "train", f"model.name {self.name} is not trained by it"
        yield "model.behaviour", "it is that of MEAN"


class _SpotThenRecognise(_Baseline):
    def spot_then_recognise(self, run: Run, videos: Sequence[StrVideo], folds: Sequence[Fold]) -> list[VideoAnswer]:
        """Return the answers of the baseline (`mebench.methods.baselines.spot_then_recognise.baseline_answers`)."""
        from mebench.methods.baselines.spot_then_recognise import BASELINES, baseline_answers

        bound = next(one for one in BASELINES if one == self.name)
        return baseline_answers(bound, videos, folds, run.experiment.protocol.classes, run.experiment.decode)


class _Recognise(_Baseline):
    def recognise(self, run: Run, samples: RecognitionSamples, folds: Sequence[Fold]) -> Mapping[int, str]:
        """Return the emotions of the baseline (`mebench.methods.baselines.recognition.baseline_emotions`)."""
        from mebench.methods.baselines.recognition import baseline_emotions

        return baseline_emotions(self.name, samples.rows, folds, run.experiment.protocol.classes)


class _Answer(_Baseline):
    def answer(self, run: Run, clips: Sequence[AskedClip], folds: Sequence[Fold]) -> Answers:
        """Return the answers of the baseline (`mebench.methods.baselines.vqa.control_answers`)."""
        from mebench.methods.baselines.vqa import fold_answers

        return Answers(fold_answers(self.name, clips, folds))


class Threshold(_SpotThenRecognise):
    """Peaks of the flow's magnitude, with the most frequent emotion of the training subjects."""

    name = "threshold"
    inputs = ("windows",)


class Constant(_SpotThenRecognise, _Recognise, _Answer):
    """The same answer for everything, from the training side."""

    name = "constant"


class Oracle(_SpotThenRecognise, _Recognise):
    """The annotation itself: the best that any method can do."""

    name = "oracle"


class Blind(_Answer):
    """The most frequent training answer of a question's wording, without a look at the clip."""

    name = "blind"


class OracleTemplate(_Answer):
    """The annotation in the templates of the challenge's answers."""

    name = "oracle-template"
