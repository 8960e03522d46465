"""Files whose content is in memory already, as members of a zip that is never unpacked."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Held:
    """A file's name, its bytes, and what it is in (the name of a zip; empty: nothing)."""

    name: str
    data: bytes = field(repr=False)
    inside: str = ""

    def __str__(self) -> str:
        return f"{self.inside}:{self.name}" if self.inside else self.name


Source = str | Path | Held
"""Source of a table: a path, or a file that is in memory."""


def data_of(source: Source) -> bytes:
    """Return the bytes of a file.

    Raises:
        OSError: it cannot be read.
    """
    return source.data if isinstance(source, Held) else Path(source).read_bytes()
