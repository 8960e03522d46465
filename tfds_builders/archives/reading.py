"""Findings of a reader in an archive."""

from dataclasses import dataclass

from mebench.data.audit import Count, Finding
from tfds_builders.archives.assemble import ArchiveVideo


@dataclass(frozen=True)
class Reading:
    """Findings of a reader in an archive.

    Attributes:
        videos: sorted by subject and video.
        version: of the table, guessed from its content; "" where there is but one.
        parts: the files and folders that were found, as (what, path in the archive).
        counts: found against published.
        findings: in the order they were made.
    """

    videos: tuple[ArchiveVideo, ...] = ()
    version: str = ""
    parts: tuple[tuple[str, str], ...] = ()
    counts: tuple[Count, ...] = ()
    findings: tuple[Finding, ...] = ()
