"""The parts of an experiment: dataset, protocol, features, model, training, decoding, score, media, answers."""

from collections.abc import Callable
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_serializer, model_validator

from mebench.data.label_maps import LABEL_MAPS

LARGEST = 2**32 - 1
"""Largest whole number of an experiment: of a larger seed JAX takes the last 32 bits, so that two would be one."""


_Model = TypeVar("_Model", bound=BaseModel)


class Part(BaseModel):
    """Base of every part of an experiment: frozen, no unknown key, no number that a device cannot hold."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="after")
    def _numbers_fit(self) -> "Part":
        return _refuse_large(self)


def _refuse_large(part: _Model) -> _Model:
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, int) and value > LARGEST:
            raise ValueError(f"{name} = {value} is not allowed: at most {LARGEST}")
    return part


class Sparse(Part):
    """A part whose optional keys are dumped only where they are set, so that adding one changes no other's hash."""

    optional: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _without_unset(self, dump: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {key: value for key, value in dump(self).items() if key not in self.optional or value}


class DatasetConfig(Sparse):
    """Which built dataset; `variant` is a size or form of it, as `tiny` or `200fps`; empty is the only or main one.

    `leave_out` names videos (`video_id`) that are not used, as one without a face. `label_map` names a map of
    `mebench.data.label_maps` that decides the coarse class of each expression, as `casme2_3`; empty: the dataset's own.
    """

    optional: ClassVar[tuple[str, ...]] = ("leave_out", "label_map")
    name: str
    variant: str = ""
    limit: int | None = Field(default=None, ge=1, description="use only the first N subjects")
    leave_out: tuple[str, ...] = ()
    label_map: str = ""

    @model_validator(mode="after")
    def _map_is_of_this_dataset(self) -> "DatasetConfig":
        known = [name for name, entry in LABEL_MAPS.items() if entry.dataset == self.name]
        if self.label_map and self.label_map not in known:
            allowed = (
                f"choose one of {', '.join(known)}" if known else f"there is none for {self.name}, leave the key out"
            )
            raise ValueError(f"label_map {self.label_map!r} is no map of this dataset; {allowed}")
        return self


class ProtocolConfig(Sparse):
    """Splits of the videos, and the emotions that count.

    `loso` leaves one subject out of all datasets at a time; `cross_dataset` trains on every video of the datasets and
    tests on every one of `test_dataset`; `subject_folds` splits the subjects into `folds` groups, each tested once;
    `test_only` tests all and trains on none, for a model that brings its weights.
    """

    optional: ClassVar[tuple[str, ...]] = ("folds",)
    kind: Literal["loso", "cross_dataset", "subject_folds", "test_only"] = "loso"
    folds: int = Field(default=0, ge=0)
    classes: tuple[str, ...] = ("negative", "positive", "surprise")
    label: Literal["coarse", "fine", "emotion"] = "coarse"
    videos: Literal["all", "with_me"] = "all"


Scale = Literal["pair", "fixed"]
"""Divisor of MEAN's input: the range of each pair, as published, or numbers that are the same for all."""


class FeaturesConfig(Sparse):
    """Optical flow over `lag_seconds` on the face of frame 0, `size` px square (mebench/docs/mean.md, Input features).

    `scale` is that of MEAN's windows (`mebench.features.windows.fixed_input`); unset, the model's behaviour decides
    (`Experiment.window_features`).
    """

    optional: ClassVar[tuple[str, ...]] = ("scale",)
    flow: str = "jax_clg"
    lag_seconds: float = Field(default=0.1, gt=0)
    size: int = Field(default=128, ge=32)
    scale: Scale | Literal[""] = ""


class ModelConfig(BaseModel):
    """Which method, with keys of its own that are not checked yet (`mebench.config.experiment.model_of`)."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)
    name: str = "mean"


class MethodConfig(ModelConfig):
    """Base of the settings of a method: the keys of `[model]`, their types and defaults; no unknown key.

    A text such as `prompt` may be given by a file beside the experiment, under its name with `_file` behind. A key
    whose value is None is left out of the resolved experiment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="after")
    def _numbers_fit(self) -> "MethodConfig":
        return _refuse_large(self)

    @model_serializer(mode="wrap")
    def _without_unset(self, dump: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {key: value for key, value in dump(self).items() if value is not None}


class TrainConfig(Part):
    """Training of one fold (mebench/docs/mean.md, Training).

    `epochs`, `negatives_per_positive` are of spotting; the task `recognition` leaves spotting out and trains streams
    and recognition head together for `recognition_epochs`.
    """

    epochs: int = Field(default=10, ge=1)
    recognition_epochs: int = Field(default=100, ge=1)
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=5e-4, gt=0)
    negatives_per_positive: float = Field(default=5.0, gt=0)
    stream_l2: float = Field(default=1e-3, ge=0)
    head_l2: float = Field(default=0.1, ge=0)
    folds: Literal["auto", "map", "threads", "vmap"] = Field(default="auto", description="how folds share the device")


class DecodeConfig(Sparse):
    """From scores to intervals (mebench/docs/mean.md, Decoding).

    `highest` takes the one highest score of a video as its only peak, as MEAN does on clips of one micro-expression.
    """

    optional: ClassVar[tuple[str, ...]] = ("highest",)
    highest: bool = False
    threshold: float = Field(default=0.55, ge=0, le=1, description="p in T = mean + p (max - mean)")


class ScoreConfig(Part):
    """Rules and intervals of the score (mebench/docs/str.md)."""

    rules: Literal["official", "strict", "both"] = "both"
    iou: float = Field(default=0.5, gt=0, le=1)
    bootstrap: int = Field(default=1000, ge=0)


class MediaConfig(Part):
    """Pictures of a clip that a model is shown (`MediaSettings`; mebench/docs/vqa.md, Baseline)."""

    kind: Literal["video", "oao", "of"] = "of"
    num_frames: int = Field(default=8, ge=2)
    size: int = Field(default=224, ge=32)
    flow: str = "jax_clg"


class AnswersConfig(Part):
    """Settings of the scores of answers that the organisers do not name (mebench/docs/vqa.md, Scores)."""

    parser: Literal["exact", "search"] = "exact"
    labels: Literal["declared", "present", "union"] = "declared"
    bleu: Literal["corpus4", "corpus4-ws", "sentence4-smooth1"] = "corpus4"
    rouge: Literal["f", "recall"] = "f"
