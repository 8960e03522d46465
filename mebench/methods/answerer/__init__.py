"""The embedded answerer: a small network for questions about clips."""

from collections.abc import Mapping, Sequence
from typing import Literal

from mebench.config.parts import MethodConfig
from mebench.data.splits import Fold
from mebench.methods.protocols import Answers, Run
from mebench.tasks.vqa_inputs import AskedClip


class AnswererConfig(MethodConfig):
    """Settings of the embedded answerer: none. `behaviour` has one value, which stands in all records."""

    name: str = "answerer"
    behaviour: Literal["mended"] = "mended"


class EmbeddedAnswerer:
    """A network of flow from onset to apex: action units, their side and the class, said in the challenge's words."""

    Config = AnswererConfig

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

        return Answers(answerer_answers(run.experiment, clips, folds, run.cache, run.folder, run.progress))
