"""Qwen2.5-VL as an answerer, zero-shot or tuned."""

from collections.abc import Mapping, Sequence
from typing import Literal

from mebench.config.experiment import Experiment
from mebench.config.parts import MethodConfig
from mebench.data.splits import Fold
from mebench.methods.protocols import Answers, GivenWeights, Run
from mebench.tasks.vqa_inputs import AskedClip


class QwenMethodConfig(MethodConfig):
    """Keys of `[model]` for Qwen2.5-VL; its settings stand in `[qwen]` and `[lora]`. `behaviour` has one value."""

    name: str = "qwen2_5_vl"
    behaviour: Literal["mended"] = "mended"


class Qwen25:
    """Qwen2.5-VL from a checkpoint of the user's (`--weights`), with an adapter (`--adapter`) or tuned by LoRA."""

    Config = QwenMethodConfig
    paper = "Bai et al.: Qwen2.5-VL Technical Report. arXiv:2502.13923"
    sections = ("qwen",)
    optional_sections = ("lora",)
    zero_shot = True
    takes_weights = True

    def fault(self, experiment: Experiment) -> str:
        """Return what does not fit; empty where all does."""
        if experiment.lora is not None and experiment.protocol.kind == "test_only":
            return "[lora] tunes on what a protocol trains on, and test_only trains on nothing; leave one of them out"
        return ""

    def parameters(self) -> Mapping[str, int]:
        """Return how many numbers each released size has; LoRA trains a few of them (`[lora]`)."""
        from mebench.methods.qwen2_5_vl.network.config import parse_config
        from mebench.methods.qwen2_5_vl.network.model import parameter_count
        from mebench.methods.qwen2_5_vl.network.released import RELEASED

        return {size: parameter_count(parse_config(tree, size)) for size, tree in RELEASED.items()}

    def weights_hash(self, given: GivenWeights) -> str:
        """Return the sha256 of the weights that are given, as the record of a run with them has it."""
        from mebench.methods.qwen2_5_vl.checkpoint import weights_hash

        return weights_hash(given)

    def answer(self, run: Run, clips: Sequence[AskedClip], folds: Sequence[Fold]) -> Answers:
        """Return the answers (`mebench.methods.qwen2_5_vl.vqa.qwen_answers`)."""
        from mebench.methods.qwen2_5_vl.vqa import qwen_answers

        said = qwen_answers(run.experiment, clips, folds, run.cache, run.folder, run.given, run.progress)
        return Answers(said.found, said.raw, said.facts)
