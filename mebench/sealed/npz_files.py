"""Arrays of an `.npz` file whose headers nobody vouches for: sizes are compared with the file before room is made.

`np.load` makes room for whatever a header claims, and lets through the errors of the zip, of its compression and of
Python's parser, each of another kind.
"""

import math
import struct
import zlib
from io import BufferedIOBase
from tokenize import TokenError
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from jaxtyping import Shaped
from numpy.lib import format as npy

MOST_BYTES = 1 << 31
"""Of all arrays of a file together, unpacked."""

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_ENCRYPTED = 0x1
_FAULTS = (ValueError, OSError, EOFError, BadZipFile, zlib.error, KeyError, TypeError, AttributeError)
_OF_PARSERS = (NotImplementedError, RuntimeError, SyntaxError, TokenError, MemoryError, OverflowError, struct.error)


def read_arrays(file: BufferedIOBase, most: int = MOST_BYTES) -> dict[str, Shaped[np.ndarray, "..."]]:
    """Return the arrays of an `.npz` file by name.

    Args:
        file: opened for reading; it can be sought in.
        most: bytes of all arrays together.

    Raises:
        ValueError: the file is none, is damaged, or holds more than that; the reason is short.
    """
    try:
        with ZipFile(file) as archive:
            members = archive.infolist()
            if sum(one.file_size for one in members) > most:
                raise ValueError(f"its arrays have more than {most} bytes")
            return {one.filename.removesuffix(".npy"): _array(archive, one) for one in members}
    except (*_FAULTS, *_OF_PARSERS) as error:
        raise ValueError(str(error)[:200] or type(error).__name__) from error


def _array(archive: ZipFile, member: ZipInfo) -> Shaped[np.ndarray, "..."]:
    if member.flag_bits & _ENCRYPTED or member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise ValueError(f"{member.filename} is packed in a way that numpy does not use")
    with archive.open(member) as data:
        version = npy.read_magic(data)
        if version not in _HEADERS:
            raise ValueError(f"{member.filename} has a header of version {version}")
        shape, is_fortran, dtype = _HEADERS[version](data)
        size = math.prod(shape) * dtype.itemsize
        if dtype.hasobject or min(shape, default=0) < 0 or size != member.file_size - data.tell():
            raise ValueError(f"{member.filename} has a header that does not fit its {member.file_size} bytes")
        numbers = np.frombuffer(data.read(size), dtype)
        if data.read(1) or numbers.nbytes != size:
            raise ValueError(f"{member.filename} has another length than the file says")
    return numbers.reshape(shape, order="F" if is_fortran else "C").copy()
