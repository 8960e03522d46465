"""The embedded answerer: a small network for questions about clips."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Literal

from mebench.config.experiment import Experiment
from mebench.config.parts import MethodConfig
from mebench.data.splits import Fold
from mebench.methods.protocols import Answers, Run
from mebench.record.run_folder import timed
from mebench.tasks.vqa_inputs import AskedClip


class AnswererConfig(MethodConfig):
    """Settings of the embedded answerer: none. `behaviour` has one value, which stands in all records."""

    name: str = "answerer"
    behaviour: Literal["mended"] = "mended"


class EmbeddedAnswerer:
    """A network of flow from onset to apex: action units, their side and the class, said in the challenge's words."""

    Config = AnswererConfig
    inputs = ("clip_grid",)

    def idle(self, experiment: Experiment) -> Iterator[tuple[str, str]]:
        """Yield what an experiment has and the answerer does not look at."""
        for key in ("recognition_epochs", "negatives_per_positive", "stream_l2", "head_l2"):
            yield f"train.{key}", "it belongs to model.name mean"
        yield "model.behaviour", "it is that of MEAN"

    def facts(self, experiment: Experiment) -> Mapping[str, str]:
        """Return how the folds share the device, for the record."""
        from mebench.training.execution import execution

        return {"folds": execution(experiment.train.folds)}

    def parameters(self) -> Mapping[str, int]:
        """Return how many trainable numbers the network has."""
        from flax import nnx

        from mebench.methods.answerer.network import Answerer
        from mebench.methods.answerer.vqa import FINES, UNITS
        from mebench.methods.parameters import trainable

        return {"network": trainable(lambda: Answerer(len(UNITS), len(FINES), nnx.Rngs(0)))}

    def answer(self, run: Run, clips: Sequence[AskedClip], folds: Sequence[Fold]) -> Answers:
        """Return the answers (`mebench.methods.answerer.vqa.answerer_answers`)."""
        from mebench.methods.answerer.vqa import answerer_answers

        return Answers(answerer_answers(run, clips, folds))

    def train_seeds(self, runs: Sequence[Run], clips: Sequence[AskedClip], folds: Sequence[Fold]) -> None:
        """Train all folds of all seeds in one program."""
        from mebench.methods.answerer.vqa import train_answerers

        with ExitStack() as stack:
            for run in runs:
                stack.enter_context(timed(run.folder, "training", len(runs)))
            train_answerers(runs, clips, folds)
