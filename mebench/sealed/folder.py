"""Size and sha256 of files whose format has no room for a checksum, in a sealed note beside them."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mebench.sealed.document import DamagedFile, read_sealed, write_sealed

Facts = dict[str, Any]
"""`bytes` and `sha256` of a file; without `sha256` only its size is looked at."""


def facts_of(path: Path, hashed: bool = True) -> Facts:
    """Return size and sha256 of a file; without the hash where `hashed` is false."""
    size = path.stat().st_size
    if not hashed:
        return {"bytes": size}
    with path.open("rb") as file:
        return {"bytes": size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def facts_of_bytes(data: bytes) -> Facts:
    """Return size and sha256 of what is about to be a file."""
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def files_below(folder: Path) -> list[Path]:
    """Return every file below a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def write_note(
    note: Path, key: Any, root: Path, files: Iterable[Path], more: Mapping[str, Facts] | None = None
) -> None:
    """Write down what the files are; the note is sealed, and is to be written last.

    Args:
        note: where.
        key: what the files are of.
        root: folder that names are relative to.
        files: below it; their bytes are hashed.
        more: facts of further files by name, as of one that is written after the note.

    Raises:
        MebenchError: the note cannot be written.
    """
    found = {path.relative_to(root).as_posix(): facts_of(path) for path in files}
    write_sealed(note, key, found | dict(more or {}))


def check_note(note: Path, key: Any, root: Path) -> list[str]:
    """Return the names in a note once every one of these files is what was written.

    Raises:
        DamagedFile: the note itself or a file of it is missing, changed or another's; it is named.
        FileNotFoundError: there is no note.
    """
    found = read_sealed(note, key)
    for name, facts in found.items():
        path = root / name
        if not path.is_file():
            raise DamagedFile(path, "it is missing")
        size = path.stat().st_size
        if size != facts["bytes"]:
            raise DamagedFile(path, f"it has {size} bytes, {facts['bytes']} were written")
        if facts != facts_of(path, "sha256" in facts):
            raise DamagedFile(path, f"it is not what was written: another sha256 than in {note.name}")
    return list(found)
