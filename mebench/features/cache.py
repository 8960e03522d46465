"""Computed arrays on disk, each under the hash of everything that decides its content."""

import contextlib
import errno
import fcntl
import hashlib
import io
import os
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from mebench.errors import MebenchError
from mebench.record.source_code import PARSER
from mebench.sealed.canonical import canonical_json
from mebench.sealed.document import DamagedFile, read_sealed, write_sealed

Json = dict[str, Any]

_BLOCK = 1 << 22
_STALE_SECONDS = 60
_FULL = (errno.ENOSPC, errno.EDQUOT)


def _silent(sentence: str) -> None:
    """Keep the sentence to ourselves."""


def cache_key(content: Json) -> str:
    """Return the sha256 of the canonical JSON of `content`: the name of the entry that it decides."""
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


@dataclass(frozen=True)
class Layout:
    """Shape and dtype of one array of an entry; the first axis is the one that it grows along while written."""

    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Entry:
    """A finished entry: the path of each array (`.npy`) and the facts that were stored with them."""

    paths: Mapping[str, Path]
    facts: Json

    def array(self, name: str) -> np.ndarray:
        """Return one array, memory-mapped and read-only."""
        return mapped(self.paths[name])


def mapped(path: Path) -> np.ndarray:
    """Return the array of a `.npy` file, memory-mapped and read-only."""
    with PARSER:
        array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    return array


@dataclass(frozen=True)
class FeatureCache:
    """Entries `<root>/<first 2 of key>/<key>.json`, with `<key>.<name>.npy` for each array.

    The JSON file is written last, is sealed under the key, and holds size and CRC-32 of every array's file. An entry
    without it counts as absent, and so does one with a file that was cut, changed or exchanged. Processes and threads
    may share a root.

    Attributes:
        root: where entries are written, and looked for first.
        others: further roots to look in, as that of a data folder that cannot be written.
        say: is told of entries that are damaged; they are computed anew.
    """

    root: Path
    others: tuple[Path, ...] = ()
    say: Callable[[str], None] = _silent

    def read(self, key: str) -> Entry | None:
        """Return the entry, or None where there is none that is whole."""
        for root in (self.root, *self.others):
            try:
                return _entry(root, key)
            except FileNotFoundError:
                continue
            except DamagedFile as error:
                self.say(f"{error}: these features are computed anew")
        return None

    def present(self, key: str) -> Entry:
        """Return an entry that was just written.

        Raises:
            MebenchError: it is not whole.
        """
        entry = self.read(key)
        if entry is None:
            raise MebenchError(
                f"features that were just written to {self.root} cannot be read back whole; check that disk, and that "
                "no other program changes the folder"
            )
        return entry

    @contextlib.contextmanager
    def write(self, key: str, layouts: Mapping[str, Layout], content: Json, facts: Json) -> Iterator["EntryWriter"]:
        """Give a writer; the entry appears, whole, when the `with` block ends, and not at all when it fails.

        Args:
            key: `cache_key(content)`.
            layouts: name to shape and dtype of each array.
            content: what the key was made of; stored for the reader's eyes.
            facts: small values to be read back with the arrays.

        Raises:
            MebenchError: the disk is full, or a file cannot be written; nothing is left behind.
        """
        note = _path(self.root, key, "json")
        folder = note.parent
        with _refusals(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _sweep(self.root)
        writer = EntryWriter(folder, key)
        try:
            for name, layout in layouts.items():
                writer.open(name, layout)
            yield writer
            entry = _Note(arrays=writer.finish(), facts=facts, content=content)
            write_sealed(note, key, entry.model_dump(mode="json"))
        finally:
            writer.discard()


def _path(root: Path, key: str, suffix: str) -> Path:
    return root / key[:2] / f"{key}.{suffix}"


def _entry(root: Path, key: str) -> Entry:
    """Return an entry once every file of it is what was written."""
    path = _path(root, key, "json")
    try:
        note = _Note.model_validate(read_sealed(path, key))
    except ValidationError as error:
        raise DamagedFile(path, "it is of another version") from error
    paths = {name: _path(root, key, f"{name}.npy") for name in note.arrays}
    for name, sums in note.arrays.items():
        if not _whole(paths[name], sums):
            raise DamagedFile(paths[name], "it is missing, cut, or not what was written")
    return Entry(paths, note.facts)


class _Sums(BaseModel):
    """Size of an array's file in bytes, and its CRC-32."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    bytes: int
    crc32: int


class _Note(BaseModel):
    """The JSON file of an entry."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    arrays: dict[str, _Sums]
    facts: Json
    content: Json


@dataclass
class _Growing:
    """An array that is being written: its temporary file, what it will be, and how far it is."""

    file: BinaryIO
    temporary: Path
    layout: Layout
    rows: int = 0
    crc: int = 0


@dataclass
class EntryWriter:
    """Takes the rows of an entry's arrays as they come; memory does not grow with their number."""

    folder: Path
    key: str
    _growing: dict[str, _Growing] = field(default_factory=dict)

    def open(self, name: str, layout: Layout) -> None:
        """Start an array: a locked temporary file with the header of the whole array."""
        with _refusals(self.folder):
            handle, path = tempfile.mkstemp(dir=self.folder, prefix=f".{self.key}.{name}.", suffix=".tmp")
            header = _header(layout)
            growing = _Growing(os.fdopen(handle, "wb"), Path(path), layout, crc=zlib.crc32(header))
            self._growing[name] = growing
            fcntl.flock(growing.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            growing.file.write(header)

    def append(self, name: str, rows: np.ndarray) -> None:
        """Write the next rows of an array.

        Raises:
            MebenchError: the disk is full, or the file cannot be written.
            ValueError: the rows do not fit the layout.
        """
        growing = self._growing[name]
        layout = growing.layout
        if rows.shape[1:] != layout.shape[1:] or rows.dtype != np.dtype(layout.dtype):
            raise ValueError(f"rows {rows.shape} {rows.dtype} do not fit {layout}")
        if growing.rows + len(rows) > layout.shape[0]:
            raise ValueError(f"{growing.rows + len(rows)} rows are more than {layout} holds")
        data = np.ascontiguousarray(rows).tobytes()
        with _refusals(self.folder):
            growing.file.write(data)
        growing.rows += len(rows)
        growing.crc = zlib.crc32(data, growing.crc)

    def finish(self) -> dict[str, _Sums]:
        """Put every array in its place; return size and CRC-32 of their files.

        Raises:
            MebenchError: the disk is full, or a file cannot be written.
            ValueError: an array is short of rows.
        """
        sums = {}
        for name, growing in self._growing.items():
            if growing.rows != growing.layout.shape[0]:
                raise ValueError(f"{name} has {growing.rows} rows of {growing.layout.shape[0]}")
            with _refusals(self.folder):
                growing.file.flush()
                os.fsync(growing.file.fileno())
                size = growing.file.tell()
                growing.temporary.chmod(0o644)
                growing.temporary.replace(self.folder / f"{self.key}.{name}.npy")
            sums[name] = _Sums(bytes=size, crc32=growing.crc)
        return sums

    def discard(self) -> None:
        """Close and remove what is left of the temporary files."""
        for growing in self._growing.values():
            with contextlib.suppress(OSError):
                growing.file.close()
            growing.temporary.unlink(missing_ok=True)


def _header(layout: Layout) -> bytes:
    """Return how the `.npy` file of an array begins."""
    buffer = io.BytesIO()
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(layout.dtype)), "fortran_order": False}
    np.lib.format.write_array_header_1_0(buffer, {**header, "shape": layout.shape})
    return buffer.getvalue()


def _whole(path: Path, sums: _Sums) -> bool:
    try:
        if path.stat().st_size != sums.bytes:
            return False
        with path.open("rb") as file:
            crc = 0
            while block := file.read(_BLOCK):
                crc = zlib.crc32(block, crc)
    except OSError:
        return False
    return crc == sums.crc32


def _sweep(root: Path) -> None:
    """Remove temporary files whose writer was killed: old enough, and no process holds their lock."""
    for path in root.glob("*/.*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime < _STALE_SECONDS:
                continue
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


@contextlib.contextmanager
def _refusals(folder: Path) -> Iterator[None]:
    """Turn an OSError into the sentence for it."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise MebenchError(
                f"disk full while writing features to {folder}; make room there and run the same command again"
            ) from error
        raise MebenchError(
            f"cannot write features to {folder}: {error.strerror or error}; give a folder that can be written"
        ) from error
