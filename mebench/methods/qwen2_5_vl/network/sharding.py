"""Several devices: rows of a batch over the mesh's `data`, matrices over its `model`; XLA adds the communication.

Matrices that widen are split by outputs, matrices that narrow by inputs, so that a pair of them needs one sum
("Megatron-LM", arXiv 1909.08053); what does not divide evenly is on every device.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import jax
import numpy as np
from flax import nnx
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jax.typing import ArrayLike
from jaxtyping import Array

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.finetune import TrainBatch
from mebench.methods.qwen2_5_vl.network.model import Qwen25VL, leaf_name
from mebench.methods.qwen2_5_vl.network.plan import PromptInputs

_Batch = TypeVar("_Batch", PromptInputs, TrainBatch)

_BY_OUTPUT = re.compile(
    r".*(q_proj|k_proj|v_proj|gate_proj|up_proj|qkv|merger\.mlp\.0|embed_tokens|lm_head)(\.base_layer)?\.(kernel|weight|bias)"
)
_BY_INPUT = re.compile(r".*(o_proj|down_proj|attn\.proj|merger\.mlp\.2)(\.base_layer)?\.kernel")


def make_mesh(data: int, model: int) -> Mesh:
    """Return a mesh over the first data x model devices.

    Raises:
        MebenchError: there are fewer devices.
    """
    devices = jax.devices()
    if min(data, model) < 1 or data * model > len(devices):
        raise MebenchError(f"a mesh of {data} x {model} devices; there are {len(devices)}")
    return Mesh(np.array(devices[: data * model]).reshape(data, model), ("data", "model"))


def parameter_sharding(mesh: Mesh) -> Callable[[str, tuple[int, ...]], NamedSharding]:
    """Return the function from a parameter's name and shape to where it goes; `read_model` takes it."""

    def where(name: str, shape: tuple[int, ...]) -> NamedSharding:
        wide = 1 if name.endswith(".kernel") else 0
        axis = wide if _BY_OUTPUT.fullmatch(name) else 0 if _BY_INPUT.fullmatch(name) else None
        if axis is None or shape[axis] % mesh.shape["model"]:
            return NamedSharding(mesh, PartitionSpec())
        return NamedSharding(mesh, PartitionSpec(*[None] * axis, "model"))

    return where


def shard_model(model: Qwen25VL, mesh: Mesh) -> Qwen25VL:
    """Return the model with every parameter where `parameter_sharding` puts it."""
    where = parameter_sharding(mesh)
    graph, state = nnx.split(model)
    placed = jax.tree_util.tree_map_with_path(
        lambda path, leaf: jax.device_put(leaf, where(leaf_name(path), leaf.shape)), state
    )
    return nnx.merge(graph, placed)


def shard_inputs(inputs: PromptInputs, mesh: Mesh) -> PromptInputs:
    """Return a batch with its rows spread over the mesh's `data`.

    Raises:
        MebenchError: rows do not divide evenly.
    """
    _check_rows(inputs.ids.shape[0], mesh)
    return _spread(inputs, mesh, 0)


def shard_train_batch(batch: TrainBatch, mesh: Mesh) -> TrainBatch:
    """Return the batches of one step (`stack_batches`) with the rows of each spread over the mesh's `data`.

    Raises:
        MebenchError: rows do not divide evenly.
    """
    _check_rows(batch.inputs.ids.shape[1], mesh)
    return _spread(batch, mesh, 1)


def _check_rows(rows: int, mesh: Mesh) -> None:
    if rows % mesh.shape["data"]:
        raise MebenchError(f"{rows} prompts in a batch over {mesh.shape['data']} devices; give a multiple of them")


def _spread(tree: _Batch, mesh: Mesh, axis: int) -> _Batch:
    """Put arrays on the devices, rows at an axis; positions have it one later."""

    def put(path: tuple[Any, ...], leaf: ArrayLike) -> Array:
        before = axis + (path[-1].name == "positions")
        return jax.device_put(leaf, NamedSharding(mesh, PartitionSpec(*[None] * before, "data")))

    placed: _Batch = jax.tree_util.tree_map_with_path(put, tree)
    return placed
