"""PEFT's adapter_config.json, read strictly: a plain LoRA beside weights that are the checkpoint's own, or a sentence.

Some ways to initialise an adapter take its first value out of the base weights (PiSSA, OLoRA, CorDA, LoRA-GA) or
replace them (LoftQ). Beside the released weights such an adapter is that of another model, and nothing in its tensors
says so; `init_lora_weights` does (PEFT 0.21, `LoraLayer.update_layer`).
"""

from pathlib import Path
from typing import Any

from mebench.documents import read_json
from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.lora import LoraConfig

CONFIG_FILE = "adapter_config.json"

KNOWN = {"peft_type": "LORA", "bias": "none"}
"""Keys that have one value only."""

_LONGEST = 1 << 20
"""Bytes of the file; those that PEFT writes have a thousandth."""

_INERT = (
    "auto_mapping",
    "base_model_name_or_path",
    "corda_config",
    "eva_config",
    "inference_mode",
    "init_lora_weights",
    "loftq_config",
    "lora_ga_config",
    "megatron_core",
    "peft_version",
    "qalora_group_size",
    "revision",
    "runtime_config",
    "task_type",
)
"""Keys that do not change what a written adapter computes; those of one way to initialise go with its name."""

_READ = ("r", "lora_alpha", "lora_dropout", "target_modules", *KNOWN)

_BASE_STAYS = ("gaussian", "eva", "orthogonal", "mica")
"""Ways to initialise that leave the base weights as they are, beside true, false and none."""

_CONVERTIBLE = ("pissa", "olora", "corda", "lora_ga")
"""Beginnings of the names of those that PEFT can take back."""


def read_adapter_config(path: Path) -> LoraConfig:
    """Return the config in PEFT's adapter_config.json.

    Raises:
        MebenchError: the file is missing, too long or no JSON, a key is missing or holds what it cannot, the adapter
            is more than plain LoRA, or its base weights are not those of the checkpoint.
    """
    try:
        tree = read_json(path, _LONGEST, finite=True)
    except (OSError, ValueError) as error:
        raise _none(path, str(error)) from error
    if not isinstance(tree, dict):
        raise _none(path, "it holds no JSON object")
    if "peft_type" not in tree:
        raise _none(path, "the key 'peft_type' is missing")
    _refuse_other_base(path, tree.get("init_lora_weights"))
    other = {key: value for key, value in tree.items() if key not in (*_READ, *_INERT) and not _is_unset(value)}
    other |= {key: tree.get(key) for key, value in KNOWN.items() if tree.get(key) != value}
    if other:
        raise MebenchError(
            f"{path}: {str(other)[:200]} is more than plain LoRA; train the adapter without, or merge it with PEFT"
        )
    rank, targets = _value(path, tree, "r", int), _value(path, tree, "target_modules", str, list)
    if isinstance(targets, list) and not all(isinstance(one, str) for one in targets):
        raise _none(path, "target_modules holds what is no text")
    alpha, dropout = (float(_value(path, tree, key, int, float)) for key in ("lora_alpha", "lora_dropout"))
    try:
        return LoraConfig(rank, alpha, dropout, targets if isinstance(targets, str) else tuple(sorted(targets)))
    except MebenchError as error:
        raise MebenchError(f"{path}: {error}") from error


def _none(path: Path, reason: str) -> MebenchError:
    return MebenchError(f"{path}: no adapter_config.json as PEFT writes it ({reason}); give the adapter's own folder")


def _refuse_other_base(path: Path, init: Any) -> None:
    if init is None or isinstance(init, bool) or (isinstance(init, str) and init.lower() in _BASE_STAYS):
        return
    merge = "merge it with PEFT where it was trained, and give the merged folder with --weights"
    if str(init).lower().startswith(_CONVERTIBLE):
        merge = (
            "have PEFT convert it: save_pretrained(DIR, path_initial_model_for_weight_conversion=FOLDER) with the "
            f"folder of the adapter as it was before training; or {merge}"
        )
    raise MebenchError(
        f"{path}: init_lora_weights {str(init)[:40]!r} changes the base weights, so that beside the checkpoint's own "
        f"the adapter computes something else; {merge}"
    )


def _is_unset(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})


def _value(path: Path, tree: dict[str, Any], key: str, *kinds: type) -> Any:
    """Return the value of a key that must be of one of the kinds; a truth value is no number."""
    if key not in tree:
        raise _none(path, f"the key {key!r} is missing")
    if type(tree[key]) not in kinds:
        raise _none(path, f"{key} is {str(tree[key])[:40]!r}, not {' or '.join(kind.__name__ for kind in kinds)}")
    return tree[key]
