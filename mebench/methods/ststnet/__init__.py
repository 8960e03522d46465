"""STSTNet, recognition by three shallow streams over a flow picture."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from mebench.config.experiment import Experiment
from mebench.config.parts import MethodConfig
from mebench.data.splits import Fold
from mebench.errors import MebenchError
from mebench.methods.picture_recogniser import PictureRecogniser
from mebench.methods.protocols import ExternalWeights, Run
from mebench.record.run_folder import timed
from mebench.tasks.recognition_inputs import RecognitionSamples


class STSTNetConfig(MethodConfig):
    """Settings of STSTNet beside those of `[train]`: weights that are trained here, or the authors' (`--weights`)."""

    name: str = "ststnet"
    weights: Literal["trained", "published"] = "trained"


class STSTNet(PictureRecogniser):
    """STSTNet: 3, 5 and 8 filters of 3x3 over u, v and strain, pooled, one layer; 1,683 parameters."""

    Config = STSTNetConfig
    network = "mebench.methods.ststnet.network:Network"
    paper = "Liong, Gan, See, Khor, Huang: Shallow Triple Stream Three-dimensional CNN. FG 2019, arXiv:1902.03634"
    takes_weights = True

    def weights_fault(self, experiment: Experiment, external: ExternalWeights) -> str:
        """Return what of the weights does not fit the experiment; empty where all does."""
        if external.adapter is not None:
            return f"--adapter {external.adapter}: STSTNet takes no adapter; leave it out"
        if external.weights is not None and not _published(experiment):
            return (
                f"--weights {external.weights}: the experiment trains its own (model.weights trained); leave it out, "
                'or set model.weights = "published"'
            )
        return ""

    def check_weights(self, experiment: Experiment, external: ExternalWeights) -> None:
        """Raise a MebenchError where the authors' weights are asked for and none are given."""
        if external.weights is None and _published(experiment):
            raise MebenchError(
                "the experiment scores the authors' weights: git clone https://github.com/christy1206/STSTNet, and "
                "give its folder STSTNet_Weights with --weights DIR"
            )

    def weights_hash(self, external: ExternalWeights) -> str:
        """Return the sha256 of the weights that are given."""
        from mebench.methods.ststnet.torch_weights import folder_hash

        return folder_hash(external.weights) if external.weights is not None else ""

    def idle(self, experiment: Experiment) -> Iterator[tuple[str, str]]:
        """Yield what an experiment has and STSTNet does not look at."""
        if _published(experiment):
            yield "train", "the weights are the authors'"
        yield from super().idle(experiment)

    def recognise(self, run: Run, samples: RecognitionSamples, folds: Sequence[Fold]) -> Mapping[int, str]:
        """Return the emotion of every sample that some fold tests on, by row, from that fold.

        Raises:
            MebenchError: a fold has nothing to learn from, its training diverges, or the weights given lack a subject.
        """
        if run.external.weights is None:
            return super().recognise(run, samples, folds)
        from mebench.methods.picture_training import emotions
        from mebench.methods.ststnet.torch_weights import fold_states

        with timed(run.folder, "inference"):
            return emotions(self.make(), fold_states(run.external.weights, folds), run, samples, folds)

    def train_seeds(self, runs: Sequence[Run], samples: RecognitionSamples, folds: Sequence[Fold]) -> None:
        """Train all folds of all seeds in one program; nothing where the weights are given."""
        if not _published(runs[0].experiment):
            super().train_seeds(runs, samples, folds)


def _published(experiment: Experiment) -> bool:
    return isinstance(experiment.model, STSTNetConfig) and experiment.model.weights == "published"
