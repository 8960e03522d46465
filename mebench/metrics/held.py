"""Files whose content is in memory already, as members of a zip that is never unpacked."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Held:
    """A file's name, as errors call it, and its bytes."""

    name: str
    data: bytes

    def __str__(self) -> str:
        return self.name


Source = str | Path | Held
"""What readers of tables take: a path, or a file that is in memory."""


def data_of(source: Source) -> bytes:
    """Return the bytes of a file.

    Raises:
        OSError: it cannot be read.
    """
    return source.data if isinstance(source, Held) else Path(source).read_bytes()
