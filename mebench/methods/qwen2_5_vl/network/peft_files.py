"""LoRA adapters in PEFT's files: adapter_config.json and adapter_model.safetensors, strictly read, always written new.

PEFT itself only warns of keys that it does not know, and such an adapter does nothing; here it is an error.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float32

from mebench.atomic import write_text
from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.adapter_config import CONFIG_FILE, KNOWN, read_adapter_config
from mebench.methods.qwen2_5_vl.network.lora import LoraConfig, linear_layers, lora_layers, put_lora
from mebench.methods.qwen2_5_vl.network.model import Qwen25VL
from mebench.methods.qwen2_5_vl.network.tensor_file import StoredTensor, stored_tensors, write_tensors
from mebench.methods.qwen2_5_vl.network.weights import model_name

TENSOR_FILE = "adapter_model.safetensors"

_PREFIX = "base_model.model."
_ENDS = (".lora_A.weight", ".lora_B.weight")


@dataclass(frozen=True)
class StoredAdapter:
    """Both matrices of one layer's adapter in its file, and what their product is scaled by."""

    down: StoredTensor
    up: StoredTensor
    scale: float

    @property
    def shape(self) -> tuple[int, int]:
        """Outputs and inputs of the layer."""
        return self.up.shape[0], self.down.shape[-1]

    def product(self) -> Float32[np.ndarray, "o i"]:
        """Return what is added to the layer's weight: scale * B A."""
        rank = self.down.shape[0]
        up, down = _numbers(self.up, (self.up.shape[0], rank)), _numbers(self.down, (rank, self.down.shape[-1]))
        return (up @ down) * np.float32(self.scale)


def stored_adapter(folder: str | Path) -> dict[str, StoredAdapter]:
    """Return the adapter of each layer by the layer's name in our model; no numbers are read.

    Raises:
        MebenchError: a file is missing or damaged, the adapter uses more than plain LoRA, a matrix stands alone, or is
            of another rank than the config says.
    """
    config = read_adapter_config(Path(folder) / CONFIG_FILE)
    path = Path(folder) / TENSOR_FILE
    stored = _by_own_name(path)
    layers = {name.removesuffix(end) for name in stored for end in _ENDS if name.endswith(end)}
    if not stored:
        raise MebenchError(f"{path}: it holds no tensor; export the adapter again")
    if alone := sorted(set(stored) ^ {layer + end for layer in layers for end in _ENDS}):
        raise MebenchError(f"{path}: {alone[0]} has no partner, or is none of LoRA's; export the adapter again")
    return {layer: _stored(stored[layer + _ENDS[0]], stored[layer + _ENDS[1]], config) for layer in sorted(layers)}


def read_adapter(model: Qwen25VL, folder: str | Path) -> LoraConfig:
    """Put the adapter in `folder` beside the model's layers, in place; return its config.

    Args:
        model: without adapters.
        folder: with PEFT's two files; names of tensors in the present or the older layout.

    Raises:
        MebenchError: a file is missing or damaged, the adapter uses more than plain LoRA, a key is missing or left
            over, or a tensor has the wrong shape or a number that is none.
    """
    config = read_adapter_config(Path(folder) / CONFIG_FILE)
    path = Path(folder) / TENSOR_FILE
    stored = _by_own_name(path)
    layers = {name: layer.kernel.shape for name, layer in linear_layers(model)}
    wanted = {name + end for name in layers if config.targets(name) for end in _ENDS}
    missing, unused = sorted(wanted - set(stored)), sorted(set(stored) - wanted)
    if missing or unused or not wanted:
        raise MebenchError(
            f"{path}: keys do not fit the model and target_modules: {len(missing)} missing {missing[:4]},"
            f" {len(unused)} unused {unused[:4]}; the adapter is of another model"
        )
    for name, (inputs, outputs) in layers.items():
        if config.targets(name):
            down = _numbers(stored[name + _ENDS[0]], (config.rank, inputs))
            up = _numbers(stored[name + _ENDS[1]], (outputs, config.rank))
            put_lora(model, name, jnp.asarray(down.T), jnp.asarray(up.T), config)
    return config


def write_adapter(model: Qwen25VL, config: LoraConfig, folder: str | Path) -> None:
    """Write the model's adapters as PEFT's two files.

    Args:
        model: with adapters.
        config: that `add_lora` or `read_adapter` had.
        folder: made where it is missing.

    Raises:
        MebenchError: a file cannot be written.
    """
    tensors = {}
    for name, layer in lora_layers(model):
        for end, matrix in zip(_ENDS, (layer.lora_A, layer.lora_B), strict=True):
            tensors[f"{_PREFIX}model.{name}{end}"] = np.asarray(matrix[...]).T
    targets = config.target_modules
    tree = {
        "base_model_name_or_path": None,
        "fan_in_fan_out": False,
        "inference_mode": True,
        "lora_alpha": config.alpha,
        "lora_dropout": config.dropout,
        "r": config.rank,
        "target_modules": targets if isinstance(targets, str) else list(targets),
        "task_type": "CAUSAL_LM",
        **KNOWN,
    }
    write_tensors(Path(folder) / TENSOR_FILE, tensors)
    write_text(Path(folder) / CONFIG_FILE, json.dumps(tree, indent=2) + "\n")


def _stored(down: StoredTensor, up: StoredTensor, config: LoraConfig) -> StoredAdapter:
    for tensor, side in ((down, 0), (up, 1)):
        if len(tensor.shape) != 2 or tensor.shape[side] != config.rank:
            raise tensor.broken(f"shape {list(tensor.shape)} where the adapter's r is {config.rank}")
    return StoredAdapter(down, up, config.alpha / config.rank)


def _by_own_name(path: Path) -> dict[str, StoredTensor]:
    """Return the tensors of an adapter, in either layout, by our names."""
    found: dict[str, StoredTensor] = {}
    for key, tensor in stored_tensors(path).items():
        name = model_name(key.removeprefix(_PREFIX))
        if name in found:
            raise tensor.broken(f"stands there as {found[name].name} too")
        found[name] = tensor
    return found


def _numbers(tensor: StoredTensor, shape: tuple[int, int]) -> np.ndarray:
    if tensor.shape != shape:
        raise tensor.broken(f"shape {list(tensor.shape)} where the adapter has {list(shape)}")
    numbers = tensor.read().astype(np.float32)
    if not np.isfinite(numbers).all():
        raise tensor.broken("holds a number that is none or infinite")
    return numbers
