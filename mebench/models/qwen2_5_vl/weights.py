"""Weights from Hugging Face's safetensors: every tensor is checked, none is left over, one is read at a time."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import DTypeLike

from mebench.errors import MebenchError
from mebench.models.qwen2_5_vl.config import QwenConfig
from mebench.models.qwen2_5_vl.model import Qwen

INDEX = "model.safetensors.index.json"

_OLD = ((re.compile(r"^model\.language_model\."), "model."), (re.compile(r"^model\.visual\."), "visual."))
"""Names of newer checkpoints, brought to those of the released ones."""

SHOWN = 5
"""Names that an error lists."""

Place = Callable[[str, np.ndarray], jax.Array]
"""Puts a tensor on the devices: its name in the model, and its values."""


def load_weights(folder: Path, config: QwenConfig, dtype: DTypeLike = jnp.bfloat16, place: Place | None = None) -> Qwen:
    """Return the model with the weights of a checkpoint's folder, cast to `dtype`.

    Host memory holds one tensor at a time, besides what is mapped from the files.

    Args:
        folder: with *.safetensors, and their index where there are several.
        config: of the checkpoint.
        dtype: of the weights on the device.
        place: puts a tensor on the devices; None: on the default one.

    Raises:
        MebenchError: no weights, a truncated file, a tensor that is missing, left over, of another shape, or holds what
            is no number; it is named.
    """
    model = nnx.eval_shape(lambda: Qwen(config, nnx.Rngs(0), dtype))
    graph, state = nnx.split(model)
    flat = {".".join(map(str, path)): leaf for path, leaf in nnx.to_flat_state(state)}
    with ExitStack() as stack:
        files = _open(folder, stack)
        _refuse_names(folder, set(flat), files)
        filled = {}
        for name, leaf in flat.items():
            values = _read(folder, files[hub_name(name)], hub_name(name), name, leaf.shape)
            cast = values.astype(jnp.dtype(dtype))
            filled[name] = jnp.asarray(cast) if place is None else place(name, cast)
    pairs = [(path, leaf.replace(filled[".".join(map(str, path))])) for path, leaf in nnx.to_flat_state(state)]
    found: Qwen = nnx.merge(graph, nnx.from_flat_state(pairs))
    return found


def hub_name(name: str) -> str:
    """Return what the released checkpoints call a parameter of the model: `visual.blocks.0.attn.qkv.weight`."""
    for pattern, text in (
        (r"\.kernel$", ".weight"),
        (r"^language_model\.embed_tokens$", "model.embed_tokens.weight"),
        (r"^language_model\.lm_head\.", "lm_head."),
        (r"^language_model\.", "model."),
        (r"^visual\.patch_embed\.", "visual.patch_embed.proj."),
        (r"^visual\.merger\.first\.", "visual.merger.mlp.0."),
        (r"^visual\.merger\.second\.", "visual.merger.mlp.2."),
    ):
        name = re.sub(pattern, text, name)
    return name


def parameter_count(config: QwenConfig) -> int:
    """Return the number of parameters, computed from shapes alone."""
    state = nnx.state(nnx.eval_shape(lambda: Qwen(config, nnx.Rngs(0), jnp.float32)), nnx.Param)
    return sum(int(np.prod(leaf.shape)) for leaf in jax.tree.leaves(state))


def _open(folder: Path, stack: ExitStack) -> dict[str, tuple[Any, str]]:
    """Return the open file and the own name of every tensor, by its released name."""
    from safetensors import SafetensorError, safe_open

    found: dict[str, tuple[Any, str]] = {}
    for path in _files(folder):
        try:
            file = stack.enter_context(safe_open(path, "np"))
        except SafetensorError as error:
            raise MebenchError(f"{path} is truncated or no safetensors file ({error}); get it again") from error
        for key in file.keys():  # noqa: SIM118 - not a dictionary
            found[_released(key)] = (file, key)
    return found


def _files(folder: Path) -> Iterator[Path]:
    index = folder / INDEX
    if index.is_file():
        try:
            names: Mapping[str, str] = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        except (ValueError, KeyError, TypeError) as error:
            raise MebenchError(f"{index} is no index of weights: {error}; get it again") from error
        for name in sorted(set(names.values())):
            if not (folder / name).is_file():
                raise MebenchError(f"{folder / name} is missing, which {INDEX} names; get it too")
            yield folder / name
        return
    paths = sorted(folder.glob("*.safetensors"))
    if not paths:
        raise MebenchError(f"{folder} holds no *.safetensors; put the checkpoint's weights there")
    yield from paths


def _released(key: str) -> str:
    for pattern, text in _OLD:
        key = pattern.sub(text, key)
    return key


def _refuse_names(folder: Path, names: set[str], files: Mapping[str, tuple[Any, str]]) -> None:
    wanted = {hub_name(name) for name in names}
    for what, keys in (("lacks", sorted(wanted - set(files))), ("has no use for", sorted(set(files) - wanted))):
        keys = [key for key in keys if key != "lm_head.weight" or what == "lacks"]  # tied checkpoints may hold it too
        if keys:
            more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
            some = ", ".join(keys[:SHOWN])
            raise MebenchError(f"the checkpoint in {folder} {what} {some}{more}; its config.json is of another model")


def _read(folder: Path, place: tuple[Any, str], key: str, name: str, shape: tuple[int, ...]) -> np.ndarray:
    file, own = place
    values: np.ndarray = file.get_tensor(own)
    if key == "visual.patch_embed.proj.weight":
        values = values.reshape(len(values), -1)
    if name.endswith(".kernel"):
        values = values.T
    if values.shape != shape:
        raise MebenchError(f"{folder}: {key} has the shape {values.shape}, config.json says {shape}; get both again")
    if not np.isfinite(values.astype(np.float32, copy=False)).all():
        raise MebenchError(f"{folder}: {key} holds values that are no numbers; get the checkpoint again")
    return values
