"""MEAN, spot-then-recognise by three shallow streams (Liong, See, Chan 2023)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from mebench.config.experiment import Experiment
from mebench.config.parts import MethodConfig
from mebench.data.splits import Fold
from mebench.methods.protocols import Run
from mebench.tasks.answers import VideoAnswer
from mebench.tasks.recognition_inputs import RecognitionSamples
from mebench.tasks.str_inputs import StrVideo


class MeanConfig(MethodConfig):
    """Settings of MEAN; `faithful` has the faults of its published code, `mended` has not (mebench/docs/mean.md).

    Mended spotting also sees motion on a fixed scale (`FeaturesConfig.scale`).
    """

    name: str = "mean"
    behaviour: Literal["mended", "faithful"] = "mended"


def mean_config(experiment: Experiment) -> MeanConfig:
    """Return the settings of MEAN of an experiment whose method it is."""
    if not isinstance(experiment.model, MeanConfig):
        raise TypeError(f"the method of {experiment.name} is {experiment.model.name}, not MEAN")
    return experiment.model


class Mean:
    """MEAN: windows of flow and strain, scored by three streams; peaks of the score are micro-expressions."""

    Config = MeanConfig
    paper = "Liong, See, Chan: Spot-then-recognize. Signal Processing: Image Communication 110 (2023) 116875"
    published = ("MEAN",)

    def parameters(self) -> Mapping[str, int]:
        """Return how many trainable numbers the network has."""
        from flax import nnx

        from mebench.methods.mean.network import Mean as Network
        from mebench.methods.parameters import trainable

        return {"streams, both heads of 3 classes": trainable(lambda: Network(3, nnx.Rngs(0)))}

    def inputs(self, experiment: Experiment) -> tuple[str, ...]:
        """Return the features that MEAN takes."""
        return ("apex_windows",) if experiment.task == "recognition" else ("windows", "apex_windows")

    def fault(self, experiment: Experiment) -> str:
        """Return what does not fit MEAN; empty where all does."""
        if mean_config(experiment).behaviour == "mended":
            return ""
        if experiment.task == "recognition":
            return "task recognition has no faithful behaviour (it is no part of the code); set model.behaviour mended"
        if experiment.features.scale == "fixed":
            return 'model.behaviour faithful has the published input; set features.scale = "pair", or leave it out'
        return ""

    def idle(self, experiment: Experiment) -> Iterator[tuple[str, str]]:
        """Yield what an experiment has and MEAN does not look at."""
        if experiment.task == "recognition":
            yield "train.epochs", "task recognition trains for train.recognition_epochs"
            yield "train.negatives_per_positive", "task recognition spots nothing"

    def spot_then_recognise(self, run: Run, videos: Sequence[StrVideo], folds: Sequence[Fold]) -> list[VideoAnswer]:
        """Return MEAN's answers (`mebench.methods.mean.spot_then_recognise.mean_answers`)."""
        from mebench.methods.mean.spot_then_recognise import mean_answers

        return mean_answers(run.experiment, videos, folds, run.folder, run.progress)

    def recognise(self, run: Run, samples: RecognitionSamples, folds: Sequence[Fold]) -> Mapping[int, str]:
        """Return MEAN's emotions (`mebench.methods.mean.recognition.mean_emotions`)."""
        from mebench.methods.mean.recognition import mean_emotions

        return mean_emotions(run.experiment, samples, folds, run.folder, run.progress)

    def train_seeds(self, runs: Sequence[Run], inputs: Any, folds: Sequence[Fold]) -> None:
        """Train all folds of all seeds in one program."""
        from mebench.methods.mean import recognition, spot_then_recognise

        experiments, folders = [run.experiment for run in runs], [run.folder for run in runs]
        train: Any = recognition if experiments[0].task == "recognition" else spot_then_recognise
        train.train_seeds(experiments, inputs, folds, folders, runs[0].progress)

    def facts(self, experiment: Experiment) -> Mapping[str, str]:
        """Return how the folds share the device, for the record."""
        from mebench.training.execution import execution

        return {"folds": execution(experiment.train.folds)}
