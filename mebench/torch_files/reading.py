"""The two forms of a file of `torch.save`: a zip, and before PyTorch 1.6 five pickles with the numbers behind them."""

import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np
from jaxtyping import Shaped

from mebench.errors import MebenchError
from mebench.torch_files.pickled import unpickled
from mebench.torch_files.tensors import DTYPES, Order, Tensor, array_of

Arrays = dict[str, Shaped[np.ndarray, "..."]]
"""Array by the name of its entry."""

MOST_BYTES = 1 << 31
"""Of a file; more than the largest recogniser that is published has (139,582,982 numbers)."""

MOST_ENTRIES = 100_000
"""Of a file, dicts included."""

DEEPEST = 10
"""Dicts within one another."""

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
"""First two pickles of the old form."""

_FAULTS = (ValueError, BadZipFile, NotImplementedError, RuntimeError, EOFError, OverflowError, struct.error)

Read = tuple[Any, Callable[[str], bytes], Order]
"""What the pickle describes, the bytes of a storage by its key, and the order of bytes in a number."""


def read_tensors(path: Path) -> Arrays:
    """Return the arrays of a file of `torch.save(model.state_dict(), ...)` by name, in the file's order.

    Dicts within dicts are joined by a point (`state_dict.conv1.weight`). Arrays cannot be written to. Nothing that the
    file names is imported or called, and PyTorch is not needed.

    Raises:
        MebenchError: the file cannot be read, is none or a damaged one, or holds something other than weights.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError(f"longer than {MOST_BYTES} bytes")
        value, bytes_of, order = (_zip if data.startswith(b"PK") else _old)(data)
        return {name: array_of(one, bytes_of(one.storage.key), order) for name, one in _flat(value).items()}
    except OSError as error:
        raise MebenchError(f"{path} cannot be read ({error.strerror}); give a file that you may read") from error
    except _FAULTS as error:
        raise MebenchError(
            f"{path} is not read as weights of PyTorch: {str(error)[:200]}; give a file of "
            "torch.save(model.state_dict(), ...), as it was published"
        ) from error


def _old(data: bytes) -> Read:
    """Return the parts of the form before PyTorch 1.6."""
    magic, at = unpickled(data)
    protocol, at = unpickled(data, at)
    if (magic, protocol) != (MAGIC, PROTOCOL):
        raise ValueError("it does not begin as such a file does")
    system, at = unpickled(data, at)
    value, at = unpickled(data, at)
    keys, at = unpickled(data, at)
    order: Order = "<" if isinstance(system, dict) and system.get("little_endian", True) is True else ">"
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise ValueError("no list of storages")
    storages = _storages(value)
    found = {}
    for key in keys:
        if key not in storages:
            raise ValueError("a storage that no tensor is of")
        storage = storages[key]
        size = storage.count * np.dtype(DTYPES[storage.kind]).itemsize
        if int.from_bytes(data[at : at + 8], "little") != storage.count or at + 8 + size > len(data):
            raise ValueError(f"the storage {key[:40]!r} is cut off or has another length than it says")
        found[key] = data[at + 8 : at + 8 + size]
        at += 8 + size
    if at != len(data):
        raise ValueError(f"{len(data) - at} bytes behind the last storage")
    return value, lambda key: _held(found, key), order


def _zip(data: bytes) -> Read:
    """Return the parts of the form since PyTorch 1.6: `NAME/data.pkl` and `NAME/data/KEY`, none of them packed."""
    with ZipFile(BytesIO(data)) as archive:
        members = {one.filename: one for one in archive.infolist()}
        pickles = [name for name in members if name.endswith("data.pkl")]
        if len(pickles) != 1 or any(name.endswith("constants.pkl") for name in members):
            raise ValueError("a zip, but not one of torch.save (a program of TorchScript is none)")
        if any(one.compress_type != ZIP_STORED or one.flag_bits & 1 for one in members.values()):
            raise ValueError("its parts are packed or locked, which PyTorch does not do")
        if sum(one.file_size for one in members.values()) > len(data):
            raise ValueError("its parts are longer than the file")
        parts = {name: archive.read(name) for name in members}
    above = pickles[0].removesuffix("data.pkl")
    value, _ = unpickled(parts[pickles[0]])
    order: Order = ">" if parts.get(f"{above}byteorder") == b"big" else "<"
    return value, lambda key: _held(parts, f"{above}data/{key}"), order


def _held(parts: dict[str, bytes], name: str) -> bytes:
    if name not in parts:
        raise ValueError(f"the storage {name[-40:]!r} is missing")
    return parts[name]


def _storages(value: object) -> dict[str, Any]:
    """Return the storages of the tensors by their keys."""
    return {tensor.storage.key: tensor.storage for tensor in _flat(value).values()}


def _flat(value: object) -> dict[str, Tensor]:
    """Return the tensors of dicts within dicts by their joined names."""
    if not isinstance(value, dict):
        raise ValueError("it holds no dict of tensors")
    found: dict[str, Tensor] = {}
    waiting: list[tuple[str, object, int]] = [("", value, 0)]
    for _ in range(MOST_ENTRIES):
        if not waiting:
            return found
        name, one, depth = waiting.pop()
        if isinstance(one, dict) and depth < DEEPEST:
            inner = [(f"{name}.{key}" if name else str(key), below, depth + 1) for key, below in one.items()]
            waiting += reversed(inner)
        elif isinstance(one, Tensor) and name not in found:
            found[name] = one
        else:
            what = "another entry of that name" if isinstance(one, Tensor) else f"a {type(one).__name__}"
            raise ValueError(f"its entry {name[:60]!r} is {what}, no tensor")
    raise ValueError(f"more than {MOST_ENTRIES} entries")
