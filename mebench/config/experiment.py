"""An experiment: what is run on what, as a frozen, validated and hashed value."""

import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

from pydantic import (
    Field,
    ValidationError,
    model_validator,
)

from mebench.config.parts import (
    MODELS_OF,
    AnswersConfig,
    DatasetConfig,
    DecodeConfig,
    FeaturesConfig,
    LoraConfig,
    MediaConfig,
    ModelConfig,
    ProtocolConfig,
    QwenConfig,
    Scale,
    ScoreConfig,
    Sparse,
    TrainConfig,
)
from mebench.errors import MebenchError, unknown_name
from mebench.sealed.canonical import canonical_json

__all__ = [
    "AnswersConfig",
    "DatasetConfig",
    "DecodeConfig",
    "Experiment",
    "FeaturesConfig",
    "LoraConfig",
    "MediaConfig",
    "ModelConfig",
    "ProtocolConfig",
    "QwenConfig",
    "Scale",
    "ScoreConfig",
    "TrainConfig",
    "experiment_hash",
    "limited",
    "load_experiment",
    "to_toml",
]


class Experiment(Sparse):
    """Everything that decides a result; two experiments with the same hash give the same predictions.

    `task` is `str` (spot, then recognise, in long videos), `recognition` (the emotion of each annotated
    micro-expression; nothing is spotted) or `vqa` (questions about clips, with `[media]` and `[answers]`).
    `[[more_datasets]]` stand beside `[dataset]`: their videos are trained and tested on together. `[test_dataset]` is
    what `cross_dataset` tests on.
    """

    optional: ClassVar[tuple[str, ...]] = ("more_datasets", "test_dataset", "media", "answers", "qwen", "lora")
    name: str = Field(pattern=r"^[a-z0-9_]+(/[a-z0-9_.]+)*$")
    task: Literal["str", "recognition", "vqa"] = "str"
    seed: int = Field(default=0, ge=0)
    dataset: DatasetConfig
    more_datasets: tuple[DatasetConfig, ...] = ()
    test_dataset: DatasetConfig | None = None
    protocol: ProtocolConfig = ProtocolConfig()
    features: FeaturesConfig = FeaturesConfig()
    model: ModelConfig = ModelConfig()
    train: TrainConfig = TrainConfig()
    decode: DecodeConfig = DecodeConfig()
    score: ScoreConfig = ScoreConfig()
    media: MediaConfig | None = None
    answers: AnswersConfig | None = None
    qwen: QwenConfig | None = None
    lora: LoraConfig | None = None

    @model_validator(mode="before")
    @classmethod
    def _questions_have_settings(cls, tree: Any) -> Any:
        """Fill in what the task `vqa` alone has, so that its record names every setting."""
        if isinstance(tree, dict) and tree.get("task") == "vqa":
            model = tree.get("model")
            asked = isinstance(model, dict) and model.get("name") == "qwen2_5_vl"
            return {"media": {}, "answers": {}} | ({"qwen": {}} if asked else {}) | tree
        return tree

    @property
    def datasets(self) -> tuple[DatasetConfig, ...]:
        """Every dataset of the experiment; the one that is only tested on stands last."""
        test = () if self.test_dataset is None else (self.test_dataset,)
        return (self.dataset, *self.more_datasets, *test)

    @property
    def labelled(self) -> tuple[tuple[DatasetConfig, str], ...]:
        """Every dataset with what it is called in ids, folds and scores.

        That is its name; a challenge's test set beside its training set (variants of one name) has the variant behind.
        """
        learnt = {one.name for one in (self.dataset, *self.more_datasets) if "test" not in one.variant}

        def label(one: DatasetConfig) -> str:
            beside = one is self.test_dataset and "test" in one.variant and one.name in learnt
            return f"{one.name}-{one.variant}" if beside else one.name

        return tuple((one, label(one)) for one in self.datasets)

    @property
    def window_features(self) -> FeaturesConfig:
        """The features with the scale that is used: `fixed` where spotting is mended, unless it is set."""
        usual: Scale = "fixed" if self.task == "str" and self.model.behaviour == "mended" else "pair"
        return self.features.model_copy(update={"scale": self.features.scale or usual})

    @model_validator(mode="after")
    def _parts_fit_together(self) -> "Experiment":
        for fault in (self._dataset_fault(), self._task_fault()):
            if fault:
                raise ValueError(fault)
        return self

    def _dataset_fault(self) -> str:
        names = [label for _, label in self.labelled]
        twice = sorted({name for name in names if names.count(name) > 1})
        crosses = self.protocol.kind == "cross_dataset"
        if twice:
            return f"{twice[0]} is there twice, and its variants show the same people; name each dataset once"
        if crosses and self.test_dataset is None:
            return "protocol.kind cross_dataset needs a dataset to test on; add [test_dataset] with its name"
        if not crosses and self.test_dataset is not None:
            return 'test_dataset goes with protocol.kind = "cross_dataset"; set that, or leave test_dataset out'
        if any(one.label_map for one in self.datasets) and self.protocol.label != "coarse":
            return 'label_map decides the coarse class; set protocol.label = "coarse", or leave label_map out'
        return ""

    def _task_fault(self) -> str:
        name, models = self.model.name, MODELS_OF[self.task]
        if self.task == "recognition" and name == "threshold":
            return "model.name threshold spots and recognises nothing; task recognition takes mean, constant or oracle"
        if name not in models:
            return f"model.name {name} cannot do task {self.task}; choose one of {', '.join(models)}"
        if self.task == "recognition" and self.model.behaviour == "faithful":
            return "task recognition has no faithful behaviour (it is no part of the code); set model.behaviour mended"
        if self.features.scale == "fixed" and self.model.behaviour == "faithful":
            return 'model.behaviour faithful has the published input; set features.scale = "pair", or leave it out'
        if (self.media is None) != (self.task != "vqa") or (self.answers is None) != (self.task != "vqa"):
            return "[media] and [answers] belong to task vqa; leave them out"
        if (self.qwen is None) != (name != "qwen2_5_vl"):
            return "[qwen] belongs to model.name qwen2_5_vl; leave it out"
        if self.lora is not None and (name != "qwen2_5_vl" or self.protocol.kind == "test_only"):
            return (
                "[lora] tunes model.name qwen2_5_vl on what a protocol trains on; leave it out, or change the protocol"
            )
        if self.protocol.kind == "test_only" and name != "qwen2_5_vl":
            return f"protocol.kind test_only trains on nothing, which model.name {name} cannot do without"
        if (self.protocol.kind == "subject_folds") != (self.protocol.folds > 1):
            return "protocol.folds, 2 or more, goes with protocol.kind subject_folds; set both, or neither"
        return ""


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
    _read_prompt(tree, path)
    try:
        return Experiment.model_validate(tree)
    except ValidationError as error:
        raise _explain(error, str(path)) from error


def _read_prompt(tree: dict[str, Any], path: Path) -> None:
    """Put the text of `qwen.prompt_file`, a path beside the experiment, in its place, so that it is hashed."""
    part = tree.get("qwen")
    if not isinstance(part, dict) or "prompt_file" not in part:
        return
    name = str(part.pop("prompt_file"))
    try:
        part["prompt"] = (path.parent / name).read_text(encoding="utf-8").strip("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise MebenchError(f"{path}: qwen.prompt_file {name!r} cannot be read beside it: {error}") from error


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
    node: Any = tree
    for parent in parents:
        if isinstance(node, list):
            node = node[int(parent)] if parent.isdigit() and int(parent) < len(node) else None
        else:
            node = node.setdefault(parent, {})
        if not isinstance(node, dict | list):
            raise MebenchError(f"cannot set {key.strip()!r}: {parent!r} is a value and has no keys")
    if not isinstance(node, dict):
        raise MebenchError(f"cannot set {key.strip()!r}: a list has numbers first, as more_datasets.0.variant")
    node[last] = value


def limited(experiment: Experiment, limit: int) -> Experiment:
    """Return the experiment with the first `limit` subjects of each of its datasets.

    Raises:
        MebenchError: the limit is below 1.
    """
    tree = experiment.model_dump(mode="json")
    test = [tree["test_dataset"]] if "test_dataset" in tree else []
    for one in (tree["dataset"], *tree.get("more_datasets", ()), *test):
        one["limit"] = limit
    try:
        return Experiment.model_validate(tree)
    except ValidationError as error:
        raise _explain(error, "the limit") from error


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
    if fault["type"] == "value_error":
        return MebenchError(f"{where}: {fault['ctx']['error']}")
    return MebenchError(f"{where}: {name} = {fault['input']!r} is not allowed: {message}")


def _fields(parents: list[str]) -> list[str]:
    """Return the allowed keys of the part that the parents lead to; numbers count the parts of a list."""
    part: Any = Experiment
    for parent in parents:
        if not parent.isdigit():
            kind = part.model_fields[parent].annotation
            part = next((one for one in (kind, *get_args(kind)) if hasattr(one, "model_fields")), kind)
    return list(part.model_fields)


def to_toml(experiment: Experiment) -> str:
    """Return the resolved experiment as TOML text that `load_experiment` reads back to an equal value."""
    tree = experiment.model_dump(mode="json", exclude_none=True)
    lines, parts = [], []
    for key, value in tree.items():
        if isinstance(value, dict):
            parts += _table(f"[{key}]", value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            parts += [line for entry in value for line in _table(f"[[{key}]]", entry)]
        else:
            lines.append(f"{key} = {_literal(value)}")
    return "\n".join([*lines, *parts]) + "\n"


def _table(header: str, values: dict[str, Any]) -> list[str]:
    return ["", header, *(f"{key} = {_literal(value)}" for key, value in values.items())]


def _literal(value: Any) -> str:
    """Return a number, truth value, text or list of them as TOML writes it (JSON's form is TOML's form for these)."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
