"""Layers of a file of Keras' `save_weights` (HDF5), read so that no file makes us fetch, unpack or believe too much.

HDF5 can point into other files, claim sizes that nothing holds, and keep numbers that are none. Whatever is read here
lies in the file itself, is small, and is finite.
"""

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
from jaxtyping import Float32

from mebench.errors import MebenchError

Layer = dict[str, Float32[np.ndarray, "..."]]
"""The arrays of one Keras layer: `kernel`, `bias`, or `gamma`, `beta`, `moving_mean`, `moving_variance`."""

MOST_NUMBERS = 1 << 20
"""Of one array; the largest network that is read here has 8 thousand in all."""

MOST_NAMES_BYTES = 1 << 20
"""Of a list of names."""

_FAULTS = (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, OverflowError, MemoryError)
"""What h5py raises of damaged files."""


def read_layers(path: Path) -> list[tuple[str, Layer]]:
    """Return name and arrays of each layer that has any, in the file's own order.

    Raises:
        MebenchError: it is no such file, is damaged, points into others, or has an array that is too large, or holds a
            number that is none or a variance below 0.
    """
    try:
        with h5py.File(path, "r") as file:
            return list(_layers(file, path))
    except _FAULTS as error:
        raise MebenchError(f"{path} is no HDF5 file or a damaged one; give a file of Keras' save_weights") from error


def _layers(file: h5py.File, path: Path) -> Iterator[tuple[str, Layer]]:
    root = file if "layer_names" in file.attrs else _below(file, "model_weights", path) or file
    if not isinstance(root, h5py.Group) or "layer_names" not in root.attrs:
        raise MebenchError(f"{path} has no attribute 'layer_names'; give a file of Keras' save_weights (HDF5)")
    for name in _names(root, "layer_names", path):
        group = _below(root, name, path)
        if not isinstance(group, h5py.Group) or "weight_names" not in group.attrs:
            raise MebenchError(f"{path}: layer {name!r} is listed in 'layer_names' but missing; the file is damaged")
        layer: Layer = {}
        for weight in _names(group, "weight_names", path):
            array = _below(group, weight, path)
            if not isinstance(array, h5py.Dataset):
                raise MebenchError(f"{path}: layer {name!r} has no array {weight!r}; the file is damaged")
            layer[weight.rsplit("/", 1)[-1].split(":")[0]] = _numbers(array, f"{path}: {weight}")
        if layer:
            yield name, layer


def _names(group: h5py.Group, attribute: str, path: Path) -> list[str]:
    """Return a list of names that is kept as an attribute."""
    kept = group.attrs.get_id(attribute)
    if len(kept.shape) != 1 or kept.shape[0] * kept.dtype.itemsize > MOST_NAMES_BYTES:
        raise MebenchError(f"{path}: {attribute!r} is no list of names; the file is damaged")
    return [name.decode() if isinstance(name, bytes) else str(name) for name in group.attrs[attribute]]


def _below(group: h5py.Group, name: str, path: Path) -> h5py.Group | h5py.Dataset | None:
    """Return what has a name below a group; None where nothing has.

    Raises:
        MebenchError: the name leads through a link, which may lead into another file.
    """
    found = group
    for part in name.split("/"):
        link = found.get(part, getlink=True) if isinstance(found, h5py.Group) and part else None
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise MebenchError(f"{path}: {name!r} is a link to elsewhere; give a file that holds its weights itself")
        found = found[part]
    return found


def _numbers(array: h5py.Dataset, where: str) -> Float32[np.ndarray, "..."]:
    """Return the numbers of an array once it is known to be small, and of this file."""
    most = max(array.size or 0, int(np.prod([float(side) for side in array.chunks or (0,)])))
    if array.shape is None or array.dtype.kind != "f" or most > MOST_NUMBERS:
        raise MebenchError(
            f"{where} has shape {array.shape} and type {str(array.dtype)[:20]}; allowed: numbers with a point, at most "
            f"{MOST_NUMBERS} of them; give a file of Keras' save_weights"
        )
    if array.external or array.is_virtual:
        raise MebenchError(f"{where} lies in another file; give a file that holds its weights itself")
    with np.errstate(over="ignore"):
        numbers = np.asarray(array[()]).astype(np.float32)
    if not np.isfinite(numbers).all():
        raise MebenchError(f"{where} holds a number that is none or infinite; its training diverged, give another file")
    if "variance" in where.rsplit("/", 1)[-1] and (numbers < 0).any():
        raise MebenchError(f"{where} holds a variance below 0; the file is damaged")
    return numbers
