"""Files that are either the old one or the whole new one, whenever the process is killed."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from mebench.errors import MebenchError

_FULL = (errno.ENOSPC, errno.EDQUOT)


def write_text(path: str | Path, text: str) -> None:
    """Put `text` (UTF-8, line ends as given) at `path`, whole or not at all.

    Raises:
        MebenchError: the disk is full, or the file cannot be written; the old file stays and no other is left.
    """
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | Path, data: bytes) -> None:
    """Put `data` at `path`, whole or not at all: a temporary file beside it, fsync, rename, fsync of the folder.

    Missing folders are made. A file that existed keeps its permissions; a new one gets the usual ones (umask).

    Raises:
        MebenchError: the disk is full, or the file cannot be written; the old file stays and no other is left.
    """
    write_parts(path, (data,))


def write_parts(path: str | Path, parts: Iterable[bytes]) -> None:
    """Put the parts one after another at `path`, whole or not at all; only one part is in memory at a time.

    Raises:
        MebenchError: as `write_bytes`; whatever making a part raises, with the same care.
    """
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, parts)
    except OSError as error:
        raise _refusal(target, error) from error


def _replace(target: Path, parts: Iterable[bytes]) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:64]}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fchmod(file.fileno(), _mode(target))
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _mode(target: Path) -> int:
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0o022)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refusal(target: Path, error: OSError) -> MebenchError:
    if error.errno in _FULL:
        return MebenchError(f"disk full while writing {target}; make room there and run the same command again")
    reason = error.strerror or str(error)
    return MebenchError(f"cannot write {target}: {reason.lower()}; give a path that can be written")
