"""The folds of an experiment stacked: which windows each trains on, and the state of each. One shape for all."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec
from jaxtyping import Array, Float16, Int, Int32, UInt32

from mebench.methods.mean.cells import arrange
from mebench.methods.mean.network import MeanWeights, Tree, new_weights

FOLD_AXIS = "folds"
"""Of a mesh of devices."""


@dataclass(frozen=True)
class FoldSamples:
    """What one fold trains on: rows of a table of windows that all folds share, and the target of each."""

    rows: Int[np.ndarray, " n"]
    targets: Int[np.ndarray, " n"]


@dataclass(frozen=True)
class FoldTable:
    """The samples of f folds, padded with row 0 to one length, a multiple of the batch size.

    Attributes:
        rows: of the shared table: those that some fold uses, ascending. The caller reads these windows, no others.
        places: in `rows`, of each sample.
        targets: 0 or 1 when spotting, the class when recognising.
        counts: samples of each fold; what stands behind them is padding.
    """

    rows: Int[np.ndarray, " m"]
    places: Int32[np.ndarray, "f n"]
    targets: Int32[np.ndarray, "f n"]
    counts: Int32[np.ndarray, " f"]


class FoldData(NamedTuple):
    """A `FoldTable` with its windows, on the device; of all folds, or of one (then without the axis f).

    Attributes:
        windows: in cells (`mebench.methods.mean.cells.arrange`), one for each of `FoldTable.rows`.
        places, targets, counts: as in `FoldTable`.
        seeds: of the experiment, 0 unless `with_seeds` gave others; folds of several seeds may be trained together.
    """

    windows: Float16[Array, "m 3 9 14 14"]
    places: Int32[Array, "*f n"]
    targets: Int32[Array, "*f n"]
    counts: Int32[Array, "*f"]
    seeds: UInt32[Array, "*f"]


class FoldState(NamedTuple):
    """Everything that training changes; each array has the folds as its first axis, unless it is the state of one.

    Attributes:
        weights: of both heads and the streams.
        spotting: Adam's state for streams and spotting head: count, mu, nu.
        recognition: Adam's state for the recognition head.
        keys: number of each fold (`mebench.tasks.targets.subject_number`); its randomness comes from seed and number.
        epochs: that are done, of spotting and of recognition.
    """

    weights: MeanWeights
    spotting: Tree
    recognition: Tree
    keys: UInt32[Array, "*f"]
    epochs: Int32[Array, "*f 2"]


def stack_folds(folds: Sequence[FoldSamples], batch_size: int) -> FoldTable:
    """Return the folds' samples in one shape; a fold's result does not depend on how long the others are."""
    rows = np.unique(np.concatenate([fold.rows for fold in folds]))
    longest = max(1, *(len(fold.rows) for fold in folds))
    shape = (len(folds), -(-longest // batch_size) * batch_size)
    places, targets = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    for i, fold in enumerate(folds):
        places[i, : len(fold.rows)] = np.searchsorted(rows, fold.rows)
        targets[i, : len(fold.rows)] = fold.targets
    return FoldTable(rows, places, targets, np.array([len(fold.rows) for fold in folds], np.int32))


def put_on_device(
    table: FoldTable, windows: Float16[np.ndarray, "m 42 42 3"], mesh: jax.sharding.Mesh | None = None
) -> FoldData:
    """Return the table with its windows on the device, where they stay in half precision.

    Args:
        table: of all folds.
        windows: one for each of `table.rows`, in their order.
        mesh: the folds are shared out among its devices (`fold_mesh`), and folds without a sample are added until all
            have the same number; each device has all windows. None: one device.
    """
    some = windows if len(windows) else np.zeros((1, 42, 42, 3), np.float16)
    folds = table.places, table.targets, table.counts, np.zeros(len(table.counts), np.uint32)
    if mesh is None:
        return FoldData(arrange(jnp.asarray(some)), *(jnp.asarray(one) for one in folds))
    more = -len(table.counts) % mesh.size
    padded = [np.pad(one, [(0, more)] + [(0, 0)] * (one.ndim - 1)) for one in folds]
    everywhere, shared = (NamedSharding(mesh, spec) for spec in (PartitionSpec(), PartitionSpec(FOLD_AXIS)))
    return FoldData(arrange(jax.device_put(some, everywhere)), *(jax.device_put(one, shared) for one in padded))


def with_seeds(data: FoldData, seeds: Sequence[int]) -> FoldData:
    """Return the data with the seed of each fold; folds that were added for a mesh keep 0."""
    padded = np.pad(np.array(seeds, np.uint32), (0, len(data.counts) - len(seeds)))
    return data._replace(seeds=jax.device_put(padded, data.counts.sharding))


def fold_mesh() -> jax.sharding.Mesh | None:
    """Return all devices of this process side by side along the folds; None where there is but one."""
    devices = jax.local_devices()
    return jax.make_mesh((len(devices),), (FOLD_AXIS,), devices=devices) if len(devices) > 1 else None


def spotting_params(params: Tree) -> Tree:
    """Return what the spotting stage trains: streams and spotting head."""
    return {name: tree for name, tree in params.items() if name != "recognition"}


def init_folds(seed: int, keys: Sequence[int], num_classes: int) -> FoldState:
    """Return the untrained state of a fold for each key; it depends on the seed and the fold's own key alone.

    Args:
        seed: of the experiment.
        keys: number of each fold, below 2**32.
        num_classes: of the recognition head.
    """
    return _init(jnp.uint32(seed), jnp.asarray(np.array(keys, np.uint32)), num_classes)


@partial(jax.jit, static_argnames="num_classes")
def _init(seed: Array, keys: UInt32[Array, " f"], num_classes: int) -> FoldState:
    def one(key: Array) -> FoldState:
        weights = new_weights(num_classes, jax.random.fold_in(jax.random.key(seed), key))
        head, zero = weights.params["recognition"], jnp.zeros(2, jnp.int32)
        return FoldState(weights, _adam_zeros(spotting_params(weights.params)), _adam_zeros(head), key, zero)

    return jax.vmap(one)(keys)


def _adam_zeros(params: Tree) -> Tree:
    zeros = jax.tree.map(jnp.zeros_like, params)
    return {"count": jnp.zeros((), jnp.int32), "mu": zeros, "nu": zeros}


def fold_weights(state: FoldState, fold: int) -> MeanWeights:
    """Return the weights of one fold."""
    return jax.tree.map(lambda leaf: leaf[fold], state.weights)


def joined_folds(states: Sequence[FoldState]) -> FoldState:
    """Return the states of several seeds one behind the other."""
    return states[0] if len(states) == 1 else jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *states)


def choose_folds(state: FoldState, folds: Sequence[int]) -> FoldState:
    """Return the state of some folds, in that order."""
    return jax.tree.map(lambda leaf: leaf[np.array(folds)], state)


def steps_of(counts: Int[np.ndarray, " f"] | Int32[Array, " f"], batch_size: int) -> Int[np.ndarray, " f"]:
    """Return how many batches an epoch of each fold has."""
    return -(-np.asarray(counts) // batch_size)
