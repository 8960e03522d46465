"""Arrays of files with damaged headers: read, or refused with a short reason; never a size that nothing holds."""

import io
import zipfile

import numpy as np
import pytest
from numpy.lib import format as npy

from mebench.sealed.arrays import read_sealed_arrays, write_sealed_arrays
from mebench.sealed.document import DamagedFile, seal_of
from mebench.sealed.npz_files import read_arrays

ARRAYS = {
    "a": np.arange(6, dtype=np.float32).reshape(2, 3),
    "b/c": np.asfortranarray(np.arange(6).reshape(3, 2)),
    "d": np.array(["x", "yz"]),
    "e": np.zeros((0, 4), np.int16),
    "f": np.float64(2.0),
}


def stored(save=np.savez):
    file = io.BytesIO()
    save(file, **ARRAYS)
    return file.getvalue()


def zipped(data, **settings):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **settings) as archive:
        archive.writestr("a.npy", data)
    return file


def member(header, data=b"", version=b"\x01\x00"):
    text = header.encode() + b"\n"
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + data


@pytest.mark.smoke
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes_is_read(save):
    found = read_arrays(io.BytesIO(stored(save)))
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
        found[name][...] = array  # writable


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000)}", b"\0" * 8),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -2)}", b"\0" * 8),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", b"\0" * 8),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2" + ",1" * 70 + ")}", b"\0" * 8),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"\0" * 8),
        ("{'descr': '<q9', 'fortran_order': False, 'shape': (1,)}", b"\0" * 8),
        ("{'descr': '<f4', 'shape': (2,)}", b"\0" * 8),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (" + "9" * 5000 + ",)}", b"\0" * 8),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': " + "(" * 3000 + ")" * 3000 + "}", b"\0" * 8),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (" + "-" * 6000 + "1,)}", b"\0" * 8),
        ("x" * 20000, b""),
        ("", b""),
    ],
)
def test_damaged_headers(header, data):
    with pytest.raises(ValueError, match=r"^[^\n]{1,200}") as told:
        read_arrays(zipped(member(header, data)))
    assert len(str(told.value)) <= 200


@pytest.mark.parametrize("data", [b"", b"\x93NUM", b"nothing", member("", b"", b"\x09\x00")])
def test_members_that_are_no_arrays(data):
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        read_arrays(zipped(data))


def test_packing_that_numpy_does_not_use():
    file = zipped(npy.magic(1, 0), compression=zipfile.ZIP_LZMA)
    with pytest.raises(ValueError, match="packed in a way that numpy does not use"):
        read_arrays(file)


def test_size_is_looked_at_before_room_is_made():
    file = io.BytesIO()
    np.savez_compressed(file, a=np.zeros(10**6, np.uint8))
    assert len(file.getvalue()) < 10_000
    with pytest.raises(ValueError, match="its arrays have more than 100000 bytes"):
        read_arrays(file, 100_000)


def test_whatever_byte_is_wrong():
    random, whole, refused = np.random.default_rng(0), stored(np.savez_compressed), 0
    for _ in range(400):
        damaged = bytearray(whole)
        for place in random.integers(0, len(whole), 3):
            damaged[place] = random.integers(256)
        try:
            read_arrays(io.BytesIO(bytes(damaged)))
        except ValueError:
            refused += 1
    assert refused > 200


def test_a_sealed_file_with_such_a_header_counts_as_damaged(tmp_path):
    path = tmp_path / "x.npz"
    write_sealed_arrays(path, "key", {"a": np.zeros(2, np.float32)})
    data = path.read_bytes()[:-64].replace(b"(2,)", b"(9,)")  # its seal is right, its CRC is not
    path.write_bytes(data + seal_of("key", [data]).encode())
    with pytest.raises(DamagedFile, match="is damaged"):
        read_sealed_arrays(path, "key")
