"""An experiment: what is run on what, as a frozen, validated and hashed value."""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mebench.errors import MebenchError, unknown_name


class Part(BaseModel):
    """Base of every part of an experiment: frozen, and no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DatasetConfig(Part):
    """Which built dataset; `variant` is a size or form of it, as `tiny` or `200fps`; empty is the only or main one."""

    name: str
    variant: str = ""
    limit: int | None = Field(default=None, ge=1, description="use only the first N subjects")


class ProtocolConfig(Part):
    """How videos are split, and which emotions count."""

    kind: Literal["loso"] = "loso"
    classes: tuple[str, ...] = ("negative", "positive", "surprise")
    label: Literal["coarse", "fine", "emotion"] = "coarse"
    videos: Literal["all", "with_me"] = "all"


class FeaturesConfig(Part):
    """Optical flow over `lag_seconds` on the face of frame 0, `size` pixels square (spec/mean.md, Input features)."""

    flow: Literal["opencv_dis", "opencv_farneback", "jax_tvl1", "jax_lucas_kanade"] = "opencv_dis"
    lag_seconds: float = Field(default=0.1, gt=0)
    size: int = Field(default=128, ge=32)


class ModelConfig(Part):
    """Which model; `faithful` reproduces the faults of MEAN's published code, `mended` does not (spec/mean.md)."""

    name: Literal["mean", "threshold", "constant", "oracle"] = "mean"
    behaviour: Literal["mended", "faithful"] = "mended"


class TrainConfig(Part):
    """Training of one fold (spec/mean.md, Training)."""

    epochs: int = Field(default=10, ge=1)
    recognition_epochs: int = Field(default=100, ge=1)
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=5e-4, gt=0)
    negatives_per_positive: float = Field(default=5.0, gt=0)
    stream_l2: float = Field(default=1e-3, ge=0)
    head_l2: float = Field(default=0.1, ge=0)
    folds: Literal["auto", "map", "vmap"] = Field(default="auto", description="how folds share the device")


class DecodeConfig(Part):
    """From scores to intervals (spec/mean.md, Decoding)."""

    threshold: float = Field(default=0.55, ge=0, le=1, description="p in T = mean + p (max - mean)")


class ScoreConfig(Part):
    """Rules and intervals of the score (spec/str.md)."""

    rules: Literal["official", "strict", "both"] = "both"
    iou: float = Field(default=0.5, gt=0, le=1)
    bootstrap: int = Field(default=1000, ge=0)


class Experiment(Part):
    """Everything that decides a result; two experiments with the same hash give the same predictions."""

    name: str = Field(pattern=r"^[a-z0-9_]+(/[a-z0-9_.]+)*$")
    task: Literal["str"] = "str"
    seed: int = Field(default=0, ge=0)
    dataset: DatasetConfig
    protocol: ProtocolConfig = ProtocolConfig()
    features: FeaturesConfig = FeaturesConfig()
    model: ModelConfig = ModelConfig()
    train: TrainConfig = TrainConfig()
    decode: DecodeConfig = DecodeConfig()
    score: ScoreConfig = ScoreConfig()


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
