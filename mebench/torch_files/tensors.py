"""Tensors of a file of `torch.save`: where their numbers lie, and the arrays that these are."""

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from jaxtyping import Shaped

DTYPES = MappingProxyType(
    {
        "DoubleStorage": "f8",
        "FloatStorage": "f4",
        "HalfStorage": "f2",
        "LongStorage": "i8",
        "IntStorage": "i4",
        "ShortStorage": "i2",
        "CharStorage": "i1",
        "ByteStorage": "u1",
        "BoolStorage": "?",
    }
)
"""PyTorch's kinds of storage that NumPy has a type for."""

Order = Literal["<", ">"]
"""Of the bytes in a number."""

MOST_AXES = 16
"""Of a tensor; a video network has 5."""


@dataclass(frozen=True)
class Storage:
    """A run of numbers: its kind in `DTYPES`, the key of its bytes in the file, and how many numbers it says it has."""

    kind: str
    key: str
    count: int


@dataclass(frozen=True)
class Tensor:
    """A view of a storage: first number, shape, and numbers from one entry to the next along each axis."""

    storage: Storage
    first: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def storage_of(parts: object) -> Storage:
    """Return the storage of a persistent id: ("storage", kind, key, device, count) and, in early files, no view.

    Raises:
        ValueError: it is none, or of a kind that NumPy has no type for.
    """
    if not isinstance(parts, tuple) or len(parts) not in (5, 6) or parts[0] != "storage":
        raise ValueError("a reference to something that is no storage")
    _, kind, key, _, count = parts[:5]
    name = str(getattr(kind, "name", ""))
    if getattr(kind, "module", "") != "torch" or name not in DTYPES:
        raise ValueError(f"numbers of a kind that is not read here ({name[:40]!r})")
    if not isinstance(key, str) or not _is_size(count) or parts[5:] not in ((), (None,)):
        raise ValueError("a storage that is not described as PyTorch does")
    return Storage(name, key, count)


def tensor_of(arguments: object) -> Tensor:
    """Return the tensor that the arguments of PyTorch's `_rebuild_tensor` or `_rebuild_tensor_v2` describe.

    Raises:
        ValueError: they describe none, or one that reaches beyond its storage or repeats numbers of it.
    """
    if not isinstance(arguments, tuple) or len(arguments) < 4 or not isinstance(arguments[0], Storage):
        raise ValueError("a tensor that is not described as PyTorch does")
    storage, first, shape, strides = arguments[:4]
    if not (_is_size(first) and _are_sizes(shape) and _are_sizes(strides) and len(shape) == len(strides)):
        raise ValueError("a tensor whose shape or strides are none")
    last = first + sum((side - 1) * step for side, step in zip(shape, strides, strict=True))
    if math.prod(shape) > storage.count or (math.prod(shape) and last >= storage.count):
        raise ValueError(f"a tensor of shape {shape} in a storage of {storage.count} numbers")
    return Tensor(storage, first, shape, strides)


def array_of(tensor: Tensor, data: bytes, order: Order) -> Shaped[np.ndarray, "..."]:
    """Return a tensor as an array that cannot be written to; no number is copied.

    Args:
        tensor: to look for.
        data: bytes of its storage.
        order: of the bytes in a number.

    Raises:
        ValueError: the storage has not as many bytes as it says.
    """
    dtype = np.dtype(DTYPES[tensor.storage.kind]).newbyteorder(order)
    if len(data) != tensor.storage.count * dtype.itemsize:
        raise ValueError(f"a storage of {tensor.storage.count} numbers has {len(data)} bytes")
    numbers = np.frombuffer(data, dtype)
    strides = tuple(step * dtype.itemsize for step in tensor.strides)
    if not math.prod(tensor.shape):
        return np.empty(tensor.shape, dtype)
    return np.lib.stride_tricks.as_strided(numbers[tensor.first :], tensor.shape, strides, writeable=False)


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 48


def _are_sizes(values: object) -> bool:
    return isinstance(values, tuple) and len(values) <= MOST_AXES and all(map(_is_size, values))
