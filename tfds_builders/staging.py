"""Finished shards of a build that is not: they survive whatever ends it, and are not written again."""

import contextlib
import hashlib
import json
import os
import shutil
import uuid
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mebench.errors import MebenchError
from mebench.sealed.document import DamagedFile, read_sealed, write_sealed

FOLDER = ".staging"
"""Beside the folders of a config's versions; TFDS neither lists nor clears it."""

_BLOCK = 1 << 22


def stamp_of(facts: Any) -> str:
    """Return the SHA-256 of what a shard follows from, given as JSON values; equal facts have equal stamps."""
    text = json.dumps(facts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Staging:
    """A folder of shards, each named by its stamp; a sealed sidecar is written last, with size and CRC-32 of the shard.

    Attributes:
        folder: where; made when the first shard is written.
    """

    folder: Path

    def length(self, stamp: str) -> int | None:
        """Return the number of elements of a finished shard, None if there is none."""
        try:
            said = read_sealed(self._sidecar(stamp), stamp)
            return int(said["elements"]) if said["bytes"] == self._shard(stamp).stat().st_size else None
        except (FileNotFoundError, DamagedFile):
            return None

    def drop_damaged(self) -> list[str]:
        """Remove finished shards that are not, to the bit, what was written; return what is wrong with each."""
        found = []
        for sidecar in sorted(self.folder.glob("*.json")):
            stamp = sidecar.stem
            try:
                said = read_sealed(sidecar, stamp)
                if said["crc32"] != _crc32(self._shard(stamp)):
                    raise DamagedFile(self._shard(stamp), "its checksum does not fit")
            except FileNotFoundError:
                continue
            except DamagedFile as error:
                found.append(str(error))
                sidecar.unlink()
                self._shard(stamp).unlink(missing_ok=True)
        return found

    def write(self, stamp: str, write: Callable[[Path], int]) -> None:
        """Let `write` put a shard to a path of its own, synced, and return its number of elements; then keep it.

        Whatever `write` raises leaves nothing behind.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{stamp}.{uuid.uuid4().hex}.part"
        try:
            elements = write(part)
            part.replace(self._shard(stamp))
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        shard = self._shard(stamp)
        said = {"bytes": shard.stat().st_size, "crc32": _crc32(shard), "elements": elements}
        write_sealed(self._sidecar(stamp), stamp, said)

    def publish(self, stamps: Sequence[str], paths: Sequence[Path]) -> list[int]:
        """Give every shard its name in the dataset, without copying; return the numbers of elements.

        The shards stay here too, since a build that ends now would lose them: hard links, or, where the file system
        has none, renames.

        Raises:
            MebenchError: a shard is missing, as the source changed since it was looked at.
        """
        lengths = [self.length(stamp) for stamp in stamps]
        if None in lengths:
            raise MebenchError(f"{self.folder.parent}: the source changed while it was built; start the build again")
        for stamp, path in zip(stamps, paths, strict=True):
            try:
                os.link(self._shard(stamp), path)
            except OSError:
                self._shard(stamp).replace(path)
        return [length for length in lengths if length is not None]

    def sweep(self, keep: Sequence[str] | None = None) -> None:
        """Remove shards that nobody finished, and those that are not among `keep`, if given; an empty folder too."""
        if not self.folder.is_dir():
            return
        for path in list(self.folder.iterdir()):
            stamp = path.name.split(".")[0]
            if self.length(stamp) is None or path.suffix == ".part" or (keep is not None and stamp not in keep):
                path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # it is not empty
            self.folder.rmdir()

    def drop(self) -> None:
        """Remove it, shards and all."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _shard(self, stamp: str) -> Path:
        return self.folder / f"{stamp}.shard"

    def _sidecar(self, stamp: str) -> Path:
        return self.folder / f"{stamp}.json"


def _crc32(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            crc = zlib.crc32(block, crc)
    return crc
