"""Weights of Qwen2.5-VL from a local folder: one file or shards, either layout of names, every tensor checked.

Tensors are read one by one and go straight to their device, so the host holds the checkpoint at most once.
"""

import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.sharding import Sharding
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float, Shaped

from mebench.documents import read_json
from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.config import NetworkConfig, read_config
from mebench.methods.qwen2_5_vl.network.model import Qwen25VL, leaf_name, skeleton_of
from mebench.methods.qwen2_5_vl.network.spare_tensors import spare_tensors
from mebench.methods.qwen2_5_vl.network.tensor_file import StoredTensor, stored_tensors

INDEX, SINGLE = "model.safetensors.index.json", "model.safetensors"

ShardingOf = Callable[[str, tuple[int, ...]], Sharding | None]
"""Name and shape of a parameter to where it goes; None is the default device."""

_LISTED = 8

KERNEL = ".kernel"
"""End of the names of matrices, which stand transposed in files and are called `.weight` there."""


def model_name(key: str) -> str:
    """Return the name in our model of a tensor in a file.

    `model.layers.0.x` and `model.language_model.layers.0.x` are `language_model.layers.0.x`; `model.visual.x` is
    `visual.x`; the rest stays.
    """
    key = re.sub(r"^model\.(?=visual\.|language_model\.)", "", key)
    return re.sub(r"^model\.", "language_model.", key)


def file_name(name: str) -> str:
    """Return what a parameter of our model is called in a file, but for the layout's own beginning."""
    return name.removesuffix(KERNEL) + ".weight" if name.endswith(KERNEL) else name


def file_shape(name: str, shape: tuple[int, ...], config: NetworkConfig) -> tuple[int, ...]:
    """Return a parameter's shape in a file: matrices are transposed there, that of the patches is a convolution's."""
    if name == "visual.patch_embed.proj.kernel":
        side = config.vision.patch_size
        return shape[1], 3, config.vision.temporal_patch_size, side, side
    return shape[::-1] if name.endswith(KERNEL) else shape


def read_model(folder: str | Path, dtype: DTypeLike = jnp.bfloat16, sharding_of: ShardingOf | None = None) -> Qwen25VL:
    """Return the model in `folder` with its weights.

    Args:
        folder: config.json with model.safetensors, or with model.safetensors.index.json and its shards.
        dtype: of the weights and of what is computed with them: bfloat16 or float32.
        sharding_of: where each parameter goes, as `mebench.methods.qwen2_5_vl.network.sharding` has it.

    Raises:
        MebenchError: a file is missing or damaged, keys are missing or left over, or a tensor has the wrong shape or a
            number that is none.
    """
    config = read_config(folder)
    skeleton = skeleton_of(config, dtype)
    stored = _matched(Path(folder), {file_name(name) for name in skeleton.shapes}, config)
    finite: dict[str, Bool[Array, ""]] = {}
    leaves = {}
    for name, shape in skeleton.shapes.items():
        tensor, wanted = stored[file_name(name)], file_shape(name, shape, config)
        if tensor.shape != wanted:
            raise tensor.broken(f"shape {list(tensor.shape)} where this model has {list(wanted)}")
        read = tensor.read().reshape(shape[::-1]).T if name.endswith(KERNEL) else tensor.read()
        numbers = jax.device_put(read, None if sharding_of is None else sharding_of(name, shape))
        leaves[name], finite[name] = _cast(numbers, dtype=np.dtype(dtype))
    if bad := [name for name, good in jax.device_get(finite).items() if not good]:
        raise stored[file_name(bad[0])].broken("holds a number that is none or infinite")
    return skeleton.filled(leaves)


def random_model(config: NetworkConfig, dtype: DTypeLike, seed: int, spread: float = 0.02) -> Qwen25VL:
    """Return a model with normally distributed weights and norms of 1, for measurements.

    Args:
        config: of the model.
        dtype: of the weights.
        seed: of the weights.
        spread: standard deviation of every weight and bias.
    """
    skeleton, generator = skeleton_of(config, dtype), np.random.default_rng(seed)
    leaves = {}
    for name, shape in skeleton.shapes.items():
        drawn = np.ones(shape, np.float32)
        if "norm" not in name and ".ln_q." not in name:
            drawn = generator.standard_normal(shape, np.float32) * np.float32(spread)
        leaves[name] = jax.device_put(drawn.astype(dtype))
    return skeleton.filled(leaves)


def file_tensors(model: Qwen25VL) -> dict[str, Shaped[np.ndarray, "..."]]:
    """Return a model's numbers by name and in the shape that files have; the layout is that of transformers 5."""
    named = jax.tree_util.tree_leaves_with_path(nnx.state(model))
    found = {}
    for path, leaf in named:
        name, numbers = leaf_name(path), np.asarray(leaf)
        shape = file_shape(name, numbers.shape, model.config)
        head = "" if name.startswith("lm_head.") else "model."
        found[head + file_name(name)] = (numbers.T if name.endswith(KERNEL) else numbers).reshape(shape)
    return found


@partial(jax.jit, static_argnames="dtype", donate_argnums=0)
def _cast(numbers: Float[Array, "..."], dtype: np.dtype) -> tuple[Float[Array, "..."], Bool[Array, ""]]:
    """Return the numbers in the model's type, and whether all of them are finite there."""
    cast = numbers.astype(dtype)
    return cast, jnp.isfinite(cast).all()


def _matched(folder: Path, names: set[str], config: NetworkConfig) -> dict[str, StoredTensor]:
    """Return the stored tensor of each parameter, and those that repeat what these or the config say."""
    stored: dict[str, StoredTensor] = {}
    for path, keys in _files(folder):
        tensors = stored_tensors(path)
        if keys is not None and keys != set(tensors):
            raise MebenchError(f"{path}: {_listed(keys ^ set(tensors))} do not agree with {INDEX}; copy both again")
        for key, tensor in tensors.items():
            if model_name(key) in stored:
                raise tensor.broken("stands twice in these files")
            stored[model_name(key)] = tensor
    missing, unused = names - set(stored), set(stored) - names
    unused -= spare_tensors(stored, sorted(unused), config)
    if missing or unused:
        parts = [
            f"{len(some)} {what}: {_listed(some)}" for what, some in (("missing", missing), ("unused", unused)) if some
        ]
        raise MebenchError(f"{folder}: keys of the weights do not fit its config.json: {'; '.join(parts)}")
    return stored


def weight_files(folder: Path) -> list[Path]:
    """Return the safetensors files of a checkpoint.

    Raises:
        MebenchError: its index is damaged.
    """
    return [path for path, _ in _files(folder)]


def _files(folder: Path) -> list[tuple[Path, set[str] | None]]:
    """Return the files with weights, with the keys that the index puts into each."""
    index = folder / INDEX
    if not index.exists():
        return [(folder / SINGLE, None)]
    try:
        placed = read_json(index)["weight_map"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MebenchError(f"{index}: no index of weights; copy it again from its release") from error
    shards: dict[str, set[str]] = {}
    for key, name in placed:
        if not isinstance(name, str) or Path(name).name != name:
            raise MebenchError(f"{index}: {name!r} is no file of this folder; copy the index again from its release")
        shards.setdefault(name, set()).add(key)
    return [(folder / name, keys) for name, keys in sorted(shards.items())]


def _listed(keys: Iterable[str]) -> str:
    some = sorted(keys)
    return ", ".join(some[:_LISTED]) + (f" and {len(some) - _LISTED} more" if len(some) > _LISTED else "")
