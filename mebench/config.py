"""An experiment: what is run on what, as a frozen, validated and hashed value."""

import hashlib
import json
import re
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


def experiment_hash(experiment: Experiment) -> str:
    """Return the sha256 of the experiment's canonical JSON, its identity."""
    return hashlib.sha256(canonical_json(experiment.model_dump(mode="json")).encode()).hexdigest()


def load_experiment(path: Path, changes: tuple[str, ...] = ()) -> Experiment:
    """Return the experiment of a TOML file after changes such as `train.epochs=2`.

    Raises:
        MebenchError: the file is missing or no TOML, a key is unknown (the nearest allowed one is named), or a value
            is not allowed.
    """
    if not path.is_file():
        raise MebenchError(
            f"no experiment file at {path}; the ones that come with mebench are under experiments/ of its repository"
        )
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MebenchError(f"{path} is no valid TOML: {error}") from error
    for change in changes:
        _apply(tree, change)
    try:
        return Experiment.model_validate(tree)
    except ValidationError as error:
        raise _explain(error, str(path)) from error


def _apply(tree: dict[str, Any], change: str) -> None:
    """Put one `part.key=value` into the tree; the value is read as TOML, or as text where it is none."""
    key, equals, text = change.partition("=")
    if not equals or not key.strip():
        raise MebenchError(f"cannot read the change {change!r}; write it as part.key=value, for example train.epochs=2")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *parents, last = key.strip().split(".")
    node = tree
    for parent in parents:
        node = node.setdefault(parent, {})
        if not isinstance(node, dict):
            raise MebenchError(f"cannot set {key.strip()!r}: {parent!r} is a value and has no keys")
    node[last] = value


def _explain(error: ValidationError, where: str) -> MebenchError:
    """Return the first fault of a validation as one sentence."""
    fault = error.errors()[0]
    keys = [str(part) for part in fault["loc"]]
    name = ".".join(keys)
    if fault["type"] == "extra_forbidden":
        allowed = _fields(keys[:-1])
        return unknown_name("key", name, [".".join([*keys[:-1], field]) for field in allowed], f"in {where}")
    if fault["type"] == "missing":
        return MebenchError(f"{where}: the key {name!r} is missing")
    if fault["type"] == "literal_error":
        return unknown_name(name, str(fault["input"]), re.findall(r"'([^']*)'", fault["ctx"]["expected"]))
    message = fault["msg"][0].lower() + fault["msg"][1:]
    return MebenchError(f"{where}: {name} = {fault['input']!r} is not allowed: {message}")


def _fields(parents: list[str]) -> list[str]:
    """Return the allowed keys of the part that the parents lead to."""
    part: Any = Experiment
    for parent in parents:
        part = part.model_fields[parent].annotation
    return list(part.model_fields)


def to_toml(experiment: Experiment) -> str:
    """Return the resolved experiment as TOML text that `load_experiment` reads back to an equal value."""
    tree = experiment.model_dump(mode="json", exclude_none=True)
    lines = [f"{key} = {_literal(value)}" for key, value in tree.items() if not isinstance(value, dict)]
    for part, values in tree.items():
        if isinstance(values, dict):
            lines += ["", f"[{part}]", *(f"{key} = {_literal(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def _literal(value: Any) -> str:
    """Return a number, truth value, text or list of them as TOML writes it (JSON's form is TOML's form for these)."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
