"""Arrays in a `.npz` file whose seal is its archive comment: the last 64 bytes, over the key and every byte before."""

import io
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mebench.atomic import write_bytes
from mebench.sealed.document import DamagedFile, read_whole, seal_of
from mebench.sealed.npz_files import read_arrays

_COMMENT = 64
"""Bytes of the comment: a sha256 in hexadecimal digits."""


def write_sealed_arrays(path: Path, key: Any, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as `.npz`, which `np.load` opens as ever, whole or not at all.

    Raises:
        MebenchError: the disk is full, or the file cannot be written.
    """
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    data = buffer.getvalue()[:-2] + struct.pack("<H", _COMMENT)  # a zip ends with the length of its comment
    write_bytes(path, data + seal_of(key, [data]).encode())


def read_sealed_arrays(path: Path, key: Any) -> dict[str, np.ndarray]:
    """Return the arrays that `write_sealed_arrays` wrote under this key.

    Raises:
        DamagedFile: the file cannot be read, is not what was written, or has another key.
        FileNotFoundError: there is no such file.
    """
    data = read_whole(path)
    if not data:
        raise DamagedFile(path, "it is empty")
    if data[-_COMMENT:] != seal_of(key, [data[:-_COMMENT]]).encode():
        raise DamagedFile(path, "its checksum does not fit: it was changed, or belongs to something else")
    try:
        return read_arrays(io.BytesIO(data))
    except ValueError as error:
        raise DamagedFile(path, str(error)) from error
