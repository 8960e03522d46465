"""How the folds of an experiment share a device, or several: the same folds, other orders of work."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import jax
import jax.numpy as jnp
from jax import lax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Float32

from mebench.methods.mean.folds import FOLD_AXIS, FoldData, FoldState
from mebench.runtime.environment import cores

Execution = Literal["map", "threads", "vmap"]
"""`map`: one fold after another; `threads`: the same, as many at a time as there are cores, with the same bits;
`vmap`: side by side in each operation, equal to rounding."""

AUTO: dict[str, Execution] = {"cpu": "threads"}
"""What `auto` is on a kind of device; `vmap` on the others. `mebench bench train` measures all three: on CPU, `vmap`
makes grouped products of the folds', which are slow; a GPU is filled by many small folds at once only."""

OneFold = Callable[[FoldState, FoldData], tuple[FoldState, Float32[Array, "e s"]]]
AllFolds = Callable[[FoldState, FoldData], tuple[FoldState, Float32[Array, "f e s"]]]


def execution(folds: Literal["auto", "map", "threads", "vmap"]) -> Execution:
    """Return how folds share the device; `auto` knows what is fastest on its kind."""
    return folds if folds != "auto" else AUTO.get(jax.default_backend(), "vmap")


def each_fold(one: OneFold, how: Execution, mesh: Mesh | None) -> AllFolds:
    """Return what trains all folds, to be compiled; each device of the mesh has its own folds and asks for no other."""

    def every(state: FoldState, data: FoldData) -> tuple[FoldState, Array]:
        def fold(own: tuple[FoldState, tuple[Array, ...]]) -> tuple[FoldState, Array]:
            return one(own[0], FoldData(data.windows, *own[1]))

        folds = (state, data[1:])
        return jax.vmap(fold)(folds) if how == "vmap" else lax.map(fold, folds)

    if mesh is None:
        return every
    own, shared = PartitionSpec(FOLD_AXIS), PartitionSpec()

    def part(state: FoldState, windows: Array, *samples: Array) -> tuple[FoldState, Array]:
        return every(state, FoldData(windows, *samples))

    mapped = jax.shard_map(
        part, mesh=mesh, in_specs=(own, shared, *[own] * len(FoldData._fields[1:])), out_specs=own, check_vma=False
    )
    return lambda state, data: mapped(state, *data)


def in_threads(run: AllFolds, state: FoldState, data: FoldData) -> tuple[FoldState, Float32[Array, "f e s"]]:
    """Return what `run` returns, called for one fold at a time, from as many threads as there are cores.

    XLA's CPU backend runs such calls at the same time; many operations of a small fold have work for one core only.
    """
    count = len(data.counts)
    workers = min(cores(), count)
    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(lambda fold: jax.block_until_ready(run(*only_fold(state, data, fold))), range(count)))
    return _stacked(found)


def only_fold(state: FoldState, data: FoldData, fold: int) -> tuple[FoldState, FoldData]:
    """Return state and samples of one fold; the axis of the folds stays, with length 1."""
    own, samples = _only((state, data[1:]), fold)
    return own, FoldData(data.windows, *samples)


@jax.jit
def _only(folds: tuple[FoldState, tuple[Array, ...]], number: Array) -> tuple[FoldState, tuple[Array, ...]]:
    return jax.tree.map(lambda leaf: lax.dynamic_slice_in_dim(leaf, number, 1), folds)


@jax.jit
def _stacked(found: list[tuple[FoldState, Array]]) -> tuple[FoldState, Array]:
    return jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *found)


def mesh_of(data: FoldData) -> Mesh | None:
    """Return the devices among which the folds are shared out; None: there is one."""
    sharding = data.counts.sharding
    return sharding.mesh if isinstance(sharding, NamedSharding) and isinstance(sharding.mesh, Mesh) else None


def shared_out(state: FoldState, mesh: Mesh) -> FoldState:
    """Return the state on the devices of the mesh; the last fold is repeated until all have the same number."""
    more = -len(state.keys) % mesh.size
    sharding = NamedSharding(mesh, PartitionSpec(FOLD_AXIS))
    padded = jax.tree.map(lambda leaf: jnp.concatenate([leaf, jnp.repeat(leaf[-1:], more, axis=0)]), state)
    return jax.device_put(padded, sharding)


def gathered(state: FoldState, folds: int, like: FoldState) -> FoldState:
    """Return the state of the first folds, where `like` has it."""
    return jax.tree.map(lambda leaf, one: jax.device_put(leaf, one.sharding)[:folds], state, like)
