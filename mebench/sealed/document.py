"""Files that say what they are and carry a checksum: a cut, changed or exchanged one is found when it is read.

A seal is the sha256 over a key (what the file is of: run, video, step) and the content. It stands inside the file where
the format allows it (JSON here, arrays in `mebench.sealed.arrays`), else in a file beside it (`mebench.sealed.folder`).
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mebench.atomic import write_text
from mebench.documents import parsed_json
from mebench.errors import MebenchError
from mebench.sealed.canonical import canonical_json

PARTS = ("key", "sha256", "content")
"""Keys of a sealed JSON document."""


class DamagedFile(MebenchError):
    """A file that was cut or changed since it was written, or that is another one's; the sentence names it."""

    def __init__(self, path: Path, why: str, then: str = "") -> None:
        """Say which file it is, what is wrong with it, and what to do; the last may be left to the caller."""
        super().__init__(f"{path} is damaged ({why})" + (f"; {then}" if then else ""))
        self.path, self.why = path, why


def seal_of(key: Any, parts: Iterable[bytes]) -> str:
    """Return the sha256 over a key, as canonical JSON, and the parts, each after its length."""
    digest = hashlib.sha256()
    for part in (canonical_json(key).encode(), *parts):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def write_sealed(path: Path, key: Any, content: Any) -> None:
    """Write JSON values with their key and seal, whole or not at all.

    Raises:
        MebenchError: the disk is full, or the file cannot be written.
    """
    seal = seal_of(key, [canonical_json(content).encode()])
    document = dict(zip(PARTS, (key, seal, content), strict=True))
    write_text(path, json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")


def read_sealed(path: Path, key: Any) -> Any:
    """Return what `write_sealed` wrote under this key.

    Raises:
        DamagedFile: the file cannot be read, is not what was written, or has another key.
        FileNotFoundError: there is no such file.
    """
    document = _document(path)
    try:
        seal = seal_of(document["key"], [canonical_json(document["content"]).encode()])
    except ValueError as error:  # a number that is none, half of a character
        raise DamagedFile(path, "it holds what was never written") from error
    if seal != document["sha256"]:
        raise DamagedFile(path, "its checksum does not fit")
    if document["key"] != key:
        raise DamagedFile(path, f"it belongs to {canonical_json(document['key'])}")
    return document["content"]


def _document(path: Path) -> dict[str, Any]:
    data = read_whole(path)
    try:
        document = parsed_json(data)
    except ValueError as error:
        raise DamagedFile(path, "it is empty" if not data else "it is no JSON") from error
    if not isinstance(document, dict) or set(document) != set(PARTS):
        raise DamagedFile(path, "it has no checksum, or is of another version")
    return document


def read_whole(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises:
        DamagedFile: it is there, but cannot be read.
        FileNotFoundError: there is no such file.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DamagedFile(path, (error.strerror or str(error)).lower()) from error
