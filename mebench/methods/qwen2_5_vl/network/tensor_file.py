"""safetensors files, read tensor by tensor: only what is asked for is in memory, and a damaged tensor is named.

Format: 8 bytes with the length of a JSON header, the header (name -> dtype, shape, begin and end of its bytes), the
bytes (safetensors, format version 1).
"""

import json
import math
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import ml_dtypes
import numpy as np
from jaxtyping import Shaped

from mebench.atomic import write_parts
from mebench.documents import parsed_json
from mebench.errors import MebenchError

DTYPES = {
    "BF16": np.dtype(ml_dtypes.bfloat16),
    "F16": np.dtype(np.float16),
    "F32": np.dtype(np.float32),
}
"""Types that weights may have."""

MOST_SIDES, LONGEST_SIDE = 8, 1 << 40
"""Of a tensor's shape; a convolution over videos has five sides."""

MAX_HEADER = 100_000_000
"""Longest header in bytes that the format allows."""


@dataclass(frozen=True)
class StoredTensor:
    """One tensor in a file.

    Attributes:
        path: the file.
        name: of the tensor.
        dtype: of its numbers.
        shape: of the tensor.
        begin: first byte in the file.
    """

    path: Path
    name: str
    dtype: np.dtype
    shape: tuple[int, ...]
    begin: int

    def read(self) -> Shaped[np.ndarray, "..."]:
        """Return the numbers.

        Raises:
            MebenchError: the file ended or vanished since its header was read.
        """
        count = math.prod(self.shape)
        try:
            found = np.fromfile(self.path, self.dtype, count, offset=self.begin)
        except OSError as error:
            raise MebenchError(f"{self.path}: cannot be read; give a folder with readable files") from error
        if len(found) != count:
            raise self.broken("the file ends within it")
        return found.reshape(self.shape)

    def mapped(self) -> Shaped[np.ndarray, "..."]:
        """Return the numbers without reading them: what is looked at is read then.

        Raises:
            MebenchError: the file cannot be read, or ended since its header was.
        """
        try:
            return np.memmap(self.path, self.dtype, "r", self.begin, self.shape)
        except (OSError, ValueError) as error:
            raise self.broken("it cannot be read") from error

    def broken(self, reason: str) -> MebenchError:
        """Return the error that names this tensor."""
        return MebenchError(f"{self.path}: tensor {self.name}: {reason}; copy the file again from its release")


def stored_tensors(path: Path) -> dict[str, StoredTensor]:
    """Return what the file's header names; no numbers are read.

    Raises:
        MebenchError: the file is missing or no safetensors file, a tensor's type is none of `DTYPES`, or its bytes do
            not fit its type and shape or the file.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = struct.unpack("<Q", file.read(8))[0] if size >= 8 else size
            header = parsed_json(file.read(length)) if length <= min(size - 8, MAX_HEADER) else None
    except OSError as error:
        raise MebenchError(f"{path}: cannot be read; give a folder with the files of the release") from error
    except ValueError:
        header = None
    if not isinstance(header, dict):
        raise MebenchError(f"{path}: no safetensors file, or its header is cut off; copy it again from its release")
    header.pop("__metadata__", None)
    return {name: _stored(path, name, entry, 8 + length, size) for name, entry in header.items()}


def _stored(path: Path, name: str, entry: object, base: int, size: int) -> StoredTensor:
    match entry:
        case {"dtype": str(kind), "shape": [*sides], "data_offsets": [int(begin), int(end)]} if (
            all(type(side) is int and 0 <= side <= LONGEST_SIDE for side in sides) and len(sides) <= MOST_SIDES
        ):
            pass
        case _:
            raise MebenchError(f"{path}: tensor {name}: its entry in the header is damaged; copy the file again")
    if kind not in DTYPES:
        raise MebenchError(f"{path}: tensor {name} is of type {kind}; allowed: {', '.join(DTYPES)}")
    found = StoredTensor(path, name, DTYPES[kind], tuple(sides), base + begin)
    if end - begin != math.prod(sides) * DTYPES[kind].itemsize or begin < 0:
        raise found.broken(f"{end - begin} bytes are no {kind} of shape {sides}")
    if base + end > size:
        raise found.broken("the file ends before it")
    return found


def write_tensors(path: Path, tensors: Mapping[str, Shaped[np.ndarray, "..."]]) -> None:
    """Write a safetensors file, whole or not at all.

    Raises:
        MebenchError: a tensor's type is none of `DTYPES`, or the file cannot be written.
    """
    shapes = {name: (tensor.dtype, tensor.shape) for name, tensor in sorted(tensors.items())}
    header = _header(path, shapes)
    write_parts(path, chain([header], (np.ascontiguousarray(tensors[name]).tobytes() for name in shapes)))


def write_changed(
    path: Path,
    stored: Mapping[str, StoredTensor],
    changed: Callable[[str, Shaped[np.ndarray, "..."]], Shaped[np.ndarray, "..."]],
) -> None:
    """Write stored tensors anew, each as `changed` of its name and numbers; one of them is in memory at a time.

    Raises:
        MebenchError: a tensor cannot be read, holds a number that its type cannot, or the file cannot be written.
    """
    header = _header(path, {name: (one.dtype, one.shape) for name, one in stored.items()})

    def parts() -> Iterator[bytes]:
        yield header
        for name, one in stored.items():
            yield _as_stored(one, changed(name, one.read())).tobytes()

    write_parts(path, parts())


def _as_stored(one: StoredTensor, numbers: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    """Return numbers in the type of the tensor that they stand for."""
    with np.errstate(over="ignore", invalid="ignore"):
        found = np.ascontiguousarray(numbers.astype(one.dtype))
    wrong = int(np.count_nonzero(~np.isfinite(found)))
    if wrong:
        raise MebenchError(
            f"{one.path}: tensor {one.name}: {wrong} of {found.size} numbers are none or too large for "
            f"{found.dtype} once changed; give weights of a wider type, or an adapter that did not diverge"
        )
    return found


def _header(path: Path, shapes: Mapping[str, tuple[np.dtype, tuple[int, ...]]]) -> bytes:
    """Return length and header of a file whose tensors stand in this order."""
    names = {dtype: name for name, dtype in DTYPES.items()}
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    begin = 0
    for name, (dtype, shape) in shapes.items():
        if dtype not in names:
            raise MebenchError(f"{path}: tensor {name} is of type {dtype}; allowed: {', '.join(DTYPES)}")
        end = begin + math.prod(shape) * dtype.itemsize
        header[name] = {"dtype": names[dtype], "shape": list(shape), "data_offsets": [begin, end]}
        begin = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text
