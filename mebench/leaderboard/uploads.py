"""Submissions of entrants: a table, or a zip with tables, read into memory within limits; nothing is unpacked."""

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from mebench.errors import MebenchError
from mebench.tables.held import Held

MOST_BYTES = 50_000_000
"""Of one table, as it is or unpacked."""

MOST_MEMBERS = 50
"""Of one zip."""

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "str": (".csv",),
        "recognition": (".csv",),
        "spotting": (".csv", ".txt", ".log"),
        "vqa": (".jsonl",),
        "lvqa": (".jsonl",),
    }
)
"""By task: how names of tables end."""

_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(NotImplementedError, RuntimeError, EOFError, ValueError, OSError),
)
"""Errors of zipfile for damaged, encrypted and unknown archives."""


@dataclass(frozen=True)
class Upload:
    """One submission: its name (that of its file, without the ending), its bytes and its tables.

    `left_out` names what is in the zip because of the machine that it was packed on.
    """

    name: str
    path: Path
    data: bytes
    tables: tuple[Held, ...]
    left_out: tuple[str, ...] = ()


def uploads_in(folder: Path) -> list[Path]:
    """Return the files of a folder that may be submissions, by name: all but hidden ones.

    Raises:
        MebenchError: no such folder, or none with a file.
    """
    if not folder.is_dir():
        raise MebenchError(f"{folder} is no folder; give the one with the zips or tables that were handed in")
    found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    if not found:
        raise MebenchError(f"{folder} is empty; give the folder with the zips or tables that were handed in")
    return found


def read_upload(path: Path, task: str) -> Upload:
    """Return a submission of a task.

    Raises:
        MebenchError: a folder or a link, a file of another kind, one that is too large, or a zip that is damaged,
            encrypted, or holds no table, paths out of it, links, or too much.
    """
    if path.is_symlink() or not path.is_file():
        raise MebenchError(f"{path.name} is no file of its own (a folder, or a link); hand in a zip or a table")
    if not path.name.isprintable():
        raise MebenchError(f"{path.name!r} is no name that can be shown; give the file another one")
    if path.stat().st_size > MOST_BYTES:
        raise MebenchError(f"{path.name} has {path.stat().st_size} bytes, more than {MOST_BYTES}; hand in tables alone")
    data, kinds = path.read_bytes(), KINDS[task]
    if path.suffix.lower() in kinds:
        return Upload(path.stem, path, data, (Held(path.name, data),))
    if path.suffix.lower() != ".zip":
        raise MebenchError(f"{path.name} is neither a zip nor a table ({', '.join(kinds)}); hand in one of them")
    tables, left_out = _members(path, kinds)
    return Upload(path.stem, path, data, tables, left_out)


def _of_the_system(name: str) -> bool:
    """Return whether a zip holds this only because of the machine that it was packed on."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")


def _members(path: Path, kinds: tuple[str, ...]) -> tuple[tuple[Held, ...], tuple[str, ...]]:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [one for one in archive.infolist() if not one.is_dir()]
            tables = [one for one in infos if not _of_the_system(one.filename)]
            _refuse_strange(path.name, tables, kinds)
            found = tuple(_member(path.name, archive, one) for one in tables)
            return found, tuple(repr(one.filename) for one in infos if one not in tables)
    except _BROKEN as error:
        raise MebenchError(
            f"{path.name} is no zip that can be read ({error}); pack it again, without a password"
        ) from error


def _refuse_strange(name: str, infos: Sequence[zipfile.ZipInfo], kinds: tuple[str, ...]) -> None:
    if not infos or len(infos) > MOST_MEMBERS:
        raise MebenchError(f"{name} holds {len(infos)} files; a submission has 1 to {MOST_MEMBERS} tables")
    places = [one.filename for one in infos]
    for one in infos:
        place = PurePosixPath(one.filename.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
            raise MebenchError(f"{name} holds {one.filename!r}, a path out of the zip; pack the tables alone")
        if stat.S_ISLNK(one.external_attr >> 16):
            raise MebenchError(f"{name} holds {one.filename!r}, a link; pack the table itself")
        if place.suffix.lower() not in kinds:
            raise MebenchError(f"{name} holds {one.filename!r}, which is no table ({', '.join(kinds)}); leave it out")
        if places.count(one.filename) > 1:
            raise MebenchError(f"{name} holds {one.filename!r} twice; keep one")
    if sum(one.file_size for one in infos) > MOST_BYTES:
        raise MebenchError(f"{name} unpacks to more than {MOST_BYTES} bytes; hand in tables alone")


def _member(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Held:
    """Return a table of the zip; no more is read than a table may have, whatever the zip says of its size."""
    with archive.open(info) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise MebenchError(f"{name} holds {info.filename!r}, which unpacks to more than {MOST_BYTES} bytes")
    return Held(info.filename, data, name)
