"""Qwen2.5-VL as an answerer, zero-shot or tuned."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pydantic import Field

from mebench.config.experiment import Experiment
from mebench.config.parts import MethodConfig, Part
from mebench.data.splits import Fold
from mebench.methods.protocols import Answers, ExternalWeights, Run
from mebench.tasks.vqa_inputs import AskedClip


class TuningConfig(Part):
    """Fine-tuning of Qwen2.5-VL by LoRA on the training side of every fold (mebench/docs/qwen.md, LoRA).

    `batch_size` questions go through the model at once; a step learns from `accumulate` such batches. The learning
    rate rises over `warmup` of all steps and falls by a cosine. `vision` puts adapters beside the vision tower too,
    which is frozen otherwise and computed once a clip.
    """

    rank: int = Field(default=8, ge=1)
    alpha: float = Field(default=16.0, gt=0)
    dropout: float = Field(default=0.05, ge=0, lt=1)
    vision: bool = False
    epochs: int = Field(default=3, ge=1)
    batch_size: int = Field(default=8, ge=1)
    accumulate: int = Field(default=2, ge=1)
    learning_rate: float = Field(default=1e-4, gt=0)
    warmup: float = Field(default=0.03, ge=0, le=1)
    weight_decay: float = Field(default=0.0, ge=0)
    clip: float = Field(default=1.0, gt=0, description="largest norm of the gradient")
    remat: bool = True
    save_every: int = Field(default=50, ge=1, description="steps between two saved states")


class QwenConfig(MethodConfig):
    """Prompt, pixels, sampling and tuning of Qwen2.5-VL (mebench/docs/qwen.md); the command line names the weights.

    `prompt` is the template of the instruction; `prompt_file` names a file beside the experiment that holds it.
    `fps_for_rope` is the frame rate that the positions of a video are computed from; `mrope` is how. Keys without a
    value are those of the checkpoint's own files, and the record says which held (`methods.qwen2_5_vl.settings`).
    """

    name: str = "qwen2_5_vl"
    prompt: str = "{question}"
    system: str = "You are a helpful assistant."
    mrope: Literal["qwen", "hf4", "hf5_17", "hf5"] = "qwen"
    fps_for_rope: float = Field(default=2.0, gt=0)
    min_pixels: int | None = Field(default=None, ge=784)
    max_pixels: int | None = Field(default=None, ge=784)
    new_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, description="0 takes the likeliest token")
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=0, description="draw from the K likeliest tokens; 0 from all")
    repetition_penalty: float | None = Field(default=None, gt=0)
    dtype: Literal["bfloat16", "float32"] = "bfloat16"
    rows: int = Field(default=8, ge=1, description="questions answered at once")
    model_devices: int = Field(default=1, ge=1, description="devices that each matrix is split over")
    lora: TuningConfig | None = Field(default=None, description="fine-tuning; none: zero-shot")


def qwen_config(experiment: Experiment) -> QwenConfig:
    """Return the settings of Qwen2.5-VL of an experiment whose method it is."""
    if not isinstance(experiment.model, QwenConfig):
        raise TypeError(f"the method of {experiment.name} is {experiment.model.name}, not Qwen2.5-VL")
    return experiment.model


class Qwen25:
    """Qwen2.5-VL from a checkpoint of the user's (`--weights`), with an adapter (`--adapter`) or tuned by LoRA."""

    Config = QwenConfig
    paper = "Bai et al.: Qwen2.5-VL Technical Report. arXiv:2502.13923"
    zero_shot = True
    takes_weights = True
    inputs = ("clip_pictures",)

    def fault(self, experiment: Experiment) -> str:
        """Return what does not fit; empty where all does."""
        if qwen_config(experiment).lora is not None and experiment.protocol.kind == "test_only":
            return (
                "model.lora tunes on what a protocol trains on, and test_only trains on nothing; leave one of them out"
            )
        return ""

    def parameters(self) -> Mapping[str, int]:
        """Return how many numbers each released size has; `[model.lora]` trains a few of them."""
        from mebench.methods.qwen2_5_vl.network.config import parse_config
        from mebench.methods.qwen2_5_vl.network.model import parameter_count
        from mebench.methods.qwen2_5_vl.network.released import RELEASED

        return {size: parameter_count(parse_config(tree, size)) for size, tree in RELEASED.items()}

    def weights_fault(self, experiment: Experiment, external: ExternalWeights) -> str:
        """Return what of the weights does not fit the experiment; empty where all does."""
        if external.adapter is not None and qwen_config(experiment).lora is not None:
            return (
                f"--adapter {external.adapter}: the experiment tunes adapters of its own ([model.lora]); leave one of "
                "them out, or merge the adapter first (mebench weights merge)"
            )
        return ""

    def idle(self, experiment: Experiment) -> Iterator[tuple[str, str]]:
        """Yield what an experiment has and Qwen2.5-VL does not look at."""
        yield "train", "Qwen2.5-VL is tuned by [model.lora]"

    def check_weights(self, experiment: Experiment, external: ExternalWeights) -> None:
        """Raise a MebenchError where no weights are given."""
        from mebench.methods.qwen2_5_vl.checkpoint import folder_of

        folder_of(external)

    def weights_hash(self, external: ExternalWeights) -> str:
        """Return the sha256 of the weights that are given, as the record of a run with them has it."""
        from mebench.methods.qwen2_5_vl.checkpoint import weights_hash

        return weights_hash(external)

    def answer(self, run: Run, clips: Sequence[AskedClip], folds: Sequence[Fold]) -> Answers:
        """Return the answers (`mebench.methods.qwen2_5_vl.vqa.qwen_answers`)."""
        from mebench.methods.qwen2_5_vl.vqa import qwen_answers

        said = qwen_answers(run.experiment, clips, folds, run.folder, run.external, run.progress)
        return Answers(said.found, said.raw, said.facts)
