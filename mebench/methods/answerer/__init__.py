"""The embedded answerer: a small network for questions about clips."""

from collections.abc import Sequence
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
    inputs = ("clip_grid",)

    def answer(self, run: Run, clips: Sequence[AskedClip], folds: Sequence[Fold]) -> Answers:
        """Return the answers (`mebench.methods.answerer.vqa.answerer_answers`)."""
        from mebench.methods.answerer.vqa import answerer_answers

        return Answers(answerer_answers(run.experiment, clips, folds, run.folder, run.progress))
