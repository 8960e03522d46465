"""Execution of the folds of an experiment on one device, or several: the same folds, other orders of work."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax import lax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Float32

from mebench.runtime.environment import cores
from mebench.training.folds import FOLD_AXIS, FoldData, Folds

Execution = Literal["map", "threads", "vmap"]
"""`map`: one fold after another; `threads`: the same, as many at a time as there are cores, with the same bits;
`vmap`: side by side in each operation, equal to rounding."""

AUTO: dict[str, Execution] = {"cpu": "threads"}
"""What `auto` is on a kind of device; `vmap` on the others. `mebench bench train` measures all three: on CPU, `vmap`
makes grouped products of the folds', which are slow; a GPU is filled by many small folds at once only."""

OneFold = Callable[[Folds, FoldData], tuple[Folds, Float32[Array, "e s"]]]
AllFolds = Callable[[Folds, FoldData], tuple[Folds, Float32[Array, "f e s"]]]


def execution(folds: Literal["auto", "map", "threads", "vmap"]) -> Execution:
    """Return how folds share the device; `auto` knows what is fastest on its kind."""
    return folds if folds != "auto" else AUTO.get(jax.default_backend(), "vmap")


def every_fold(one: OneFold, how: Execution, mesh: Mesh | None) -> AllFolds:
    """Return what trains all folds, to be compiled; each device of the mesh has its own folds and asks for no other."""

    def every(folds: Folds, data: FoldData) -> tuple[Folds, Array]:
        def fold(own: tuple[Folds, tuple[Array, ...]]) -> tuple[Folds, Array]:
            return one(own[0], FoldData(data.shared, *own[1]))

        both = (folds, data[1:])
        return jax.vmap(fold)(both) if how == "vmap" else lax.map(fold, both)

    if mesh is None:
        return every
    own, everywhere = PartitionSpec(FOLD_AXIS), PartitionSpec()

    def part(folds: Folds, shared: Any, *samples: Array) -> tuple[Folds, Array]:
        return every(folds, FoldData(shared, *samples))

    mapped = jax.shard_map(
        part, mesh=mesh, in_specs=(own, everywhere, *[own] * len(FoldData._fields[1:])), out_specs=own, check_vma=False
    )
    return lambda folds, data: mapped(folds, *data)


def in_threads(run: AllFolds, folds: Folds, data: FoldData) -> tuple[Folds, Float32[Array, "f e s"]]:
    """Return what `run` returns, called for one fold at a time, from as many threads as there are cores.

    XLA's CPU backend runs such calls at the same time; many operations of a small fold have work for one core only.
    """
    count = len(data.counts)
    workers = min(cores(), count)
    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(lambda fold: jax.block_until_ready(run(*only_fold(folds, data, fold))), range(count)))
    return _stacked(found)


def only_fold(folds: Folds, data: FoldData, number: int) -> tuple[Folds, FoldData]:
    """Return state and samples of one fold; the axis of the folds stays, with length 1."""
    own, samples = _only((folds, data[1:]), number)
    return own, FoldData(data.shared, *samples)


@jax.jit
def _only(folds: tuple[Folds, tuple[Array, ...]], number: Array) -> tuple[Folds, tuple[Array, ...]]:
    return jax.tree.map(lambda leaf: lax.dynamic_slice_in_dim(leaf, number, 1), folds)


@jax.jit
def _stacked(found: list[tuple[Folds, Array]]) -> tuple[Folds, Array]:
    return jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *found)


def mesh_of(data: FoldData) -> Mesh | None:
    """Return the devices among which the folds are shared out; None: there is one."""
    sharding = data.counts.sharding
    return sharding.mesh if isinstance(sharding, NamedSharding) and isinstance(sharding.mesh, Mesh) else None


def shared_out(folds: Folds, mesh: Mesh) -> Folds:
    """Return the folds on the devices of the mesh; the last one is repeated until all have the same number."""
    more = -len(folds.keys) % mesh.size
    sharding = NamedSharding(mesh, PartitionSpec(FOLD_AXIS))
    padded = jax.tree.map(lambda leaf: jnp.concatenate([leaf, jnp.repeat(leaf[-1:], more, axis=0)]), folds)
    return jax.device_put(padded, sharding)


def gathered(folds: Folds, count: int, like: Folds) -> Folds:
    """Return the first folds, where `like` has them."""
    return jax.tree.map(lambda leaf, one: jax.device_put(leaf, one.sharding)[:count], folds, like)
