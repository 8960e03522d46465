"""The folds of an experiment stacked: which samples each trains on, and the state of each. One shape for all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Int, Int32, Shaped, UInt32

from mebench.training.learner import Learner

FOLD_AXIS = "folds"
"""Of a mesh of devices."""


@dataclass(frozen=True)
class FoldSamples:
    """Training samples of one fold: rows of arrays that all folds share, and the target of each; None: all 0."""

    rows: Int[np.ndarray, " n"]
    targets: Shaped[np.ndarray, "n ..."] | None = None


@dataclass(frozen=True)
class FoldTable:
    """The samples of f folds, padded with row 0 to one length, a multiple of the batch size.

    Attributes:
        rows: of the shared arrays: those that some fold uses, ascending. The caller reads these, no others.
        places: in `rows`, of each sample.
        targets: of each sample.
        counts: samples of each fold; what stands behind them is padding.
    """

    rows: Int[np.ndarray, " m"]
    places: Int32[np.ndarray, "f n"]
    targets: Shaped[np.ndarray, "f n ..."]
    counts: Int32[np.ndarray, " f"]


class FoldData(NamedTuple):
    """A `FoldTable` with the shared arrays, on the device; of all folds, or of one (then without the axis f).

    Attributes:
        shared: a tree of arrays whose first axis is `FoldTable.rows`, in whatever form the learner takes it.
        places, targets, counts: as in `FoldTable`.
        seeds: of the experiment, 0 unless `with_seeds` gave others; folds of several seeds may be trained together.
    """

    shared: Any
    places: Int32[Array, "*f n"]
    targets: Shaped[Array, "..."]
    counts: Int32[Array, "*f"]
    seeds: UInt32[Array, "*f"]


class Folds(NamedTuple):
    """Everything that training changes; each array has the folds as its first axis, unless it is that of one.

    Attributes:
        state: what the learner changes.
        keys: number of each fold (`mebench.tasks.targets.subject_number`); its randomness comes from seed and number.
        epochs: that are done, of each stage.
    """

    state: Any
    keys: UInt32[Array, "*f"]
    epochs: Int32[Array, "*f s"]


def stack_folds(folds: Sequence[FoldSamples], batch_size: int) -> FoldTable:
    """Return the folds' samples in one shape; a fold's result does not depend on how long the others are."""
    rows = np.unique(np.concatenate([fold.rows for fold in folds]))
    longest = max(1, *(len(fold.rows) for fold in folds))
    length = -(-longest // batch_size) * batch_size
    places = np.zeros((len(folds), length), np.int32)
    first = folds[0].targets
    like = np.zeros((0,), np.int32) if first is None else first
    kind = np.int32 if np.issubdtype(like.dtype, np.integer) else like.dtype
    targets = np.zeros((len(folds), length, *like.shape[1:]), kind)
    for i, fold in enumerate(folds):
        places[i, : len(fold.rows)] = np.searchsorted(rows, fold.rows)
        targets[i, : len(fold.rows)] = 0 if fold.targets is None else fold.targets
    return FoldTable(rows, places, targets, np.array([len(fold.rows) for fold in folds], np.int32))


def put_on_device(
    table: FoldTable, shared: Any, mesh: Mesh | None = None, form: Callable[[Any], Any] = lambda shared: shared
) -> FoldData:
    """Return the table with the shared arrays on the device.

    Args:
        table: of all folds.
        shared: a tree of arrays, whose first axis is `table.rows`.
        mesh: the folds are shared out among its devices (`fold_mesh`), and folds without a sample are added until all
            have the same number; each device has all of `shared`. None: one device.
        form: of the shared arrays for the learner, made on the device.
    """
    folds = table.places, table.targets, table.counts, np.zeros(len(table.counts), np.uint32)
    if not len(table.rows):  # nothing is asked for, and yet a program needs a row to point to
        shared = jax.tree.map(lambda array: np.zeros((1, *array.shape[1:]), array.dtype), shared)
    if mesh is None:
        return FoldData(form(jax.tree.map(jnp.asarray, shared)), *(jnp.asarray(one) for one in folds))
    more = -len(table.counts) % mesh.size
    padded = [np.pad(one, [(0, more)] + [(0, 0)] * (one.ndim - 1)) for one in folds]
    everywhere, apart = (NamedSharding(mesh, spec) for spec in (PartitionSpec(), PartitionSpec(FOLD_AXIS)))
    return FoldData(form(jax.device_put(shared, everywhere)), *(jax.device_put(one, apart) for one in padded))


def with_seeds(data: FoldData, seeds: Sequence[int]) -> FoldData:
    """Return the data with the seed of each fold; folds that were added for a mesh keep 0."""
    padded = np.pad(np.array(seeds, np.uint32), (0, len(data.counts) - len(seeds)))
    return data._replace(seeds=jax.device_put(padded, data.counts.sharding))


def fold_mesh() -> Mesh | None:
    """Return all devices of this process side by side along the folds; None where there is but one."""
    devices = jax.local_devices()
    return jax.make_mesh((len(devices),), (FOLD_AXIS,), devices=devices) if len(devices) > 1 else None


def init_folds(learner: Learner, seed: int, keys: Sequence[int], stages: int = 1) -> Folds:
    """Return the untrained state of a fold for each key; it depends on the seed and the fold's own key alone.

    Args:
        learner: of the first stage.
        seed: of the experiment.
        keys: number of each fold, below 2**32.
        stages: how many there are.
    """
    return _init(learner, jnp.uint32(seed), jnp.asarray(np.array(keys, np.uint32)), stages)


@partial(jax.jit, static_argnames=("learner", "stages"))
def _init(learner: Learner, seed: Array, keys: UInt32[Array, " f"], stages: int) -> Folds:
    def one(key: Array) -> Folds:
        state = learner.init(jax.random.fold_in(jax.random.key(seed), key))
        return Folds(state, key, jnp.zeros(stages, jnp.int32))

    return jax.vmap(one)(keys)


def joined_folds(folds: Sequence[Folds]) -> Folds:
    """Return the folds of several seeds one behind the other."""
    return folds[0] if len(folds) == 1 else jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *folds)


def choose_folds(folds: Folds, numbers: Sequence[int]) -> Folds:
    """Return some folds, in that order."""
    return jax.tree.map(lambda leaf: leaf[np.array(numbers)], folds)


def each_fold(states: Any, apply: Callable[..., Any], *shared: Any) -> Any:
    """Return what a function of one fold's state gives for every fold, folds on the first axis; compiled."""
    return jax.jit(lambda all_states, rest: lax.map(lambda state: apply(state, *rest), all_states))(states, shared)


def steps_of(counts: Int[np.ndarray, " f"] | Int32[Array, " f"], batch_size: int) -> Int[np.ndarray, " f"]:
    """Return how many batches an epoch of each fold has."""
    return -(-np.asarray(counts) // batch_size)
