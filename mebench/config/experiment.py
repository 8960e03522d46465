"""An experiment: what is run on what, as a frozen, validated and hashed value."""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

from pydantic import (
    Field,
    SerializeAsAny,
    ValidationError,
    field_validator,
    model_validator,
)

from mebench import plugins
from mebench.config.faults import explain
from mebench.config.model import method_facts, model_of
from mebench.config.parts import (
    AnswersConfig,
    DatasetConfig,
    DecodeConfig,
    FeaturesConfig,
    MediaConfig,
    MethodConfig,
    ModelConfig,
    ProtocolConfig,
    Scale,
    ScoreConfig,
    Sparse,
    TrainConfig,
)
from mebench.documents import parsed_toml, read_text, read_toml
from mebench.errors import MebenchError, unknown_name
from mebench.sealed.canonical import canonical_json

__all__ = [
    "AnswersConfig",
    "DatasetConfig",
    "DecodeConfig",
    "Experiment",
    "FeaturesConfig",
    "MediaConfig",
    "MethodConfig",
    "ModelConfig",
    "ProtocolConfig",
    "Scale",
    "ScoreConfig",
    "TrainConfig",
    "experiment_hash",
    "limited",
    "load_experiment",
    "model_of",
    "to_toml",
]

_LONGEST_TEXT = 1 << 20
"""Bytes of a text file beside an experiment."""


Task = Literal["str", "recognition", "vqa"]
TASKS: tuple[Task, ...] = get_args(Task)


class Experiment(Sparse):
    """Everything that decides a result; two experiments with the same hash give the same predictions.

    `task` is `str` (spot, then recognise, in long videos), `recognition` (the emotion of each annotated
    micro-expression; nothing is spotted) or `vqa` (questions about clips, with `[media]` and `[answers]`).
    `[[more_datasets]]` stand beside `[dataset]`: their videos are trained and tested on together. `[test_dataset]` is
    what `cross_dataset` tests on.
    """

    optional: ClassVar[tuple[str, ...]] = ("more_datasets", "test_dataset", "media", "answers")
    name: str = Field(pattern=r"^[a-z0-9_]+(/[a-z0-9_.]+)*$")
    task: Task = "str"
    seed: int = Field(default=0, ge=0)
    dataset: DatasetConfig
    more_datasets: tuple[DatasetConfig, ...] = ()
    test_dataset: DatasetConfig | None = None
    protocol: ProtocolConfig = ProtocolConfig()
    features: FeaturesConfig = FeaturesConfig()
    model: SerializeAsAny[ModelConfig] = Field(default_factory=lambda: model_of({}))
    train: TrainConfig = TrainConfig()
    decode: DecodeConfig = DecodeConfig()
    score: ScoreConfig = ScoreConfig()
    media: MediaConfig | None = None
    answers: AnswersConfig | None = None

    @model_validator(mode="before")
    @classmethod
    def _questions_have_settings(cls, tree: Any) -> Any:
        """Fill in what the task `vqa` alone has, so that its record names every setting."""
        if isinstance(tree, dict) and tree.get("task") == "vqa":
            return {"media": {}, "answers": {}} | tree
        return tree

    @field_validator("model", mode="before")
    @classmethod
    def _model_of_its_method(cls, model: Any, info: Any) -> Any:
        """Turn the keys of `[model]` into the settings of the method that they name."""
        if isinstance(model, MethodConfig):
            return model
        where = (info.context or {}).get("where", "the experiment")
        return model_of(model.model_dump() if isinstance(model, ModelConfig) else model, where)

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
        mended = getattr(self.model, "behaviour", "mended") == "mended"
        usual: Scale = "fixed" if self.task == "str" and mended else "pair"
        return self.features.model_copy(update={"scale": self.features.scale or usual})

    @model_validator(mode="after")
    def _parts_fit_together(self) -> "Experiment":
        self._check_flows()
        for fault in (self._dataset_fault(), self._task_fault()):
            if fault:
                raise ValueError(fault)
        return self

    def _check_flows(self) -> None:
        named = {"features.flow": self.features.flow} | ({"media.flow": self.media.flow} if self.media else {})
        for key, flow in named.items():
            if ":" not in flow and flow not in plugins.names(plugins.FLOWS):
                raise unknown_name(key, flow, plugins.names(plugins.FLOWS))

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
        name, method = self.model.name, method_facts(self.model.name)
        if not method.can(self.task):
            able = [one for one in plugins.names(plugins.METHODS) if method_facts(one).can(self.task)]
            return f"model.name {name} cannot do task {self.task}; choose one of {', '.join(able)}"
        if (self.media is None) != (self.task != "vqa") or (self.answers is None) != (self.task != "vqa"):
            return "[media] and [answers] belong to task vqa; leave them out"
        if self.protocol.kind == "test_only" and not method.zero_shot:
            return f"protocol.kind test_only trains on nothing, which model.name {name} cannot do without"
        if (self.protocol.kind == "subject_folds") != (self.protocol.folds > 1):
            return "protocol.folds, 2 or more, goes with protocol.kind subject_folds; set both, or neither"
        return method.fault(self)


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
        tree = read_toml(path)
    except ValueError as error:
        raise MebenchError(f"{path} is no valid TOML: {error}") from error
    for change in changes:
        _apply(tree, change)
    plugins.look_beside(path.parent)
    _read_texts(tree, path)
    try:
        return Experiment.model_validate(tree, context={"where": str(path)})
    except ValidationError as error:
        raise explain(error, str(path), Experiment) from error


def _read_texts(tree: dict[str, Any], path: Path) -> None:
    """Put the texts of keys of `[model]` such as `prompt_file`, paths beside the experiment, in place of them."""
    part = tree.get("model")
    part = part if isinstance(part, dict) else {}
    for key in [key for key in part if key.endswith("_file")]:
        name = str(part.pop(key))
        try:
            part[key.removesuffix("_file")] = read_text(path.parent / name, _LONGEST_TEXT).strip("\n")
        except (OSError, ValueError) as error:
            raise MebenchError(f"{path}: model.{key} {name!r} cannot be read beside it: {error}") from error


def _apply(tree: dict[str, Any], change: str) -> None:
    """Put one `part.key=value` into the tree; the value is read as TOML, or as text where it is none."""
    key, equals, text = change.partition("=")
    if not equals or not key.strip():
        raise MebenchError(f"cannot read the change {change!r}; write it as part.key=value, for example train.epochs=2")
    try:
        value = parsed_toml(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    except ValueError as error:
        raise MebenchError(f"cannot set {key.strip()!r} to {text[:40]}...: {error}; give another value") from error
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
        raise explain(error, "the limit", Experiment) from error


def to_toml(experiment: Experiment) -> str:
    """Return the resolved experiment as TOML text that `load_experiment` reads back to an equal value."""
    tree = experiment.model_dump(mode="json", exclude_none=True)
    lines, parts = [], []
    for key, value in tree.items():
        if isinstance(value, dict):
            parts += _table(key, value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            parts += [line for entry in value for line in _table(f"[{key}]", entry)]
        else:
            lines.append(f"{key} = {_literal(value)}")
    return "\n".join([*lines, *parts]) + "\n"


def _table(name: str, values: dict[str, Any]) -> list[str]:
    plain = [f"{key} = {_literal(value)}" for key, value in values.items() if not isinstance(value, dict)]
    below = [_table(f"{name}.{key}", value) for key, value in values.items() if isinstance(value, dict)]
    return ["", f"[{name}]", *plain, *(line for one in below for line in one)]


def _literal(value: Any) -> str:
    """Return a number, truth value, text or list of them as TOML writes it (JSON's form is TOML's form for these)."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
