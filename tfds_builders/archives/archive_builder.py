"""Base of the builders that read a licensed archive: variants, reading once, auditing, refusing what is unusable."""

import abc
import functools
import hashlib
import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import tensorflow_datasets as tfds

from mebench.data.audit import Audit
from mebench.data.card import Card
from mebench.errors import MebenchError
from tfds_builders.archives.assemble import ArchiveVideo
from tfds_builders.archives.finding_order import in_order
from tfds_builders.archives.images import AGAIN, CUT, check_images, is_cut
from tfds_builders.archives.packed import with_packed
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.rules import Policy
from tfds_builders.archives.tree import Tree, joined, scan
from tfds_builders.base import LongVideoBuilder, SourceVideo


@dataclass(frozen=True)
class Choice:
    """Meaning of a variant's name.

    Attributes:
        pixels: which images; "" for the main ones.
        table: which annotation table; "" for the newest that the archive holds.
        policy: how faults of the table are repaired.
    """

    pixels: str = ""
    table: str = ""
    policy: Policy = "recommended"

    @property
    def name(self) -> str:
        """The variant's name: the parts that are not the main ones, joined by underscores."""
        policy = "" if self.policy == "recommended" else self.policy
        return "_".join(part for part in (self.pixels, self.table, policy) if part)


def choices(
    pixels: Sequence[str] = ("",),
    tables: Sequence[str] = ("",),
    policies: Sequence[Policy] = ("recommended", "as_published"),
) -> Mapping[str, Choice]:
    """Return every combination by its variant's name."""
    every = (Choice(*parts) for parts in itertools.product(pixels, tables, policies))
    return MappingProxyType({choice.name: choice for choice in every})


class ArchiveBuilder(LongVideoBuilder):
    """Base of the builders of licensed archives; a subclass says how one is read.

    A subclass sets `CHOICES` (and so `VARIANTS` and `PIXELS`), `CARD` and `MANUAL_DOWNLOAD_INSTRUCTIONS`.
    """

    CHOICES: ClassVar[Mapping[str, Choice]] = choices()
    CARD: ClassVar[Card]

    def __init_subclass__(cls, skip_registration: bool = False) -> None:
        """Make the variants of `CHOICES`."""
        cls.VARIANTS = tuple(cls.CHOICES)
        cls.PIXELS = MappingProxyType({name: choice.pixels for name, choice in cls.CHOICES.items()})
        super().__init_subclass__(skip_registration=skip_registration)

    @staticmethod
    @abc.abstractmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return what the archive holds; whatever is wrong with it is a finding, not an exception."""

    def audit(self, archive: Path, deep: bool = False, advance: Callable[[int], None] = lambda done: None) -> Audit:
        """Return what is found in an archive, images included.

        Args:
            archive: its folder.
            deep: decode every image, not a few of each video.
            advance: told of each video whose images are looked at.

        Raises:
            MebenchError: `archive` is no folder.
        """
        choice = self.CHOICES[self.variant]
        tree, reading = self._scanned(archive)
        findings = [*tree.findings, *reading.findings]
        for video in reading.videos:
            findings += check_images(tree, video.folder, video.files, deep).findings
            advance(1)
        found = tuple(in_order(findings))
        return Audit(self.name, self.variant, choice.policy, reading.version, reading.parts, reading.counts, found)

    def reading(self, archive: Path) -> Reading:
        """Return what is found in an archive, images not looked at.

        Raises:
            MebenchError: `archive` is no folder.
        """
        return self._scanned(archive)[1]

    def subjects(self, dl_manager: tfds.download.DownloadManager, variant: str) -> list[str]:
        """Return the subjects of the archive.

        Raises:
            MebenchError: the archive is unusable; the first reason is given.
        """
        return sorted({video.info.subject for video in self._usable(self._archive(dl_manager)).videos})

    def videos(self, dl_manager: tfds.download.DownloadManager, variant: str, subject: str) -> Iterator[SourceVideo]:
        """Yield the videos of a subject."""
        tree, reading = self._scanned(self._archive(dl_manager))
        for video in reading.videos:
            if video.info.subject == subject:
                frames = functools.partial(_files, tree, video)
                yield SourceVideo(video.info, frames, _stamp(tree, video), video.questions)

    def _archive(self, dl_manager: tfds.download.DownloadManager) -> Path:
        try:
            return Path(dl_manager.manual_dir)
        except AssertionError as error:  # what TFDS raises where there is none, or nothing in it
            raise MebenchError(
                f"{self.name}: the archive's folder is missing or empty; unpack the archive, look at it with "
                f"mebench data check {self._title} --archive DIR"
            ) from error

    @property
    def _title(self) -> str:
        """Name of the variant on the command line."""
        return f"{self.name}/{self.variant}" if self.variant else self.name

    def _usable(self, archive: Path) -> Reading:
        tree, reading = self._scanned(archive)
        fatal = [f for f in (*tree.findings, *reading.findings) if f.severity == "fatal"]
        if fatal:
            more = f" (and {len(fatal) - 1} more)" if len(fatal) > 1 else ""
            raise MebenchError(
                f"{self.name}: {archive} cannot be built: {fatal[0]}{more}; for all of it run: "
                f"mebench data check {self._title} --archive DIR"
            )
        return reading

    def _scanned(self, archive: Path) -> tuple[Tree, Reading]:
        """Return the tree and what is read of it, once an instance and archive."""
        held: dict[str, Any] = self.__dict__.setdefault("_readings", {})
        key = os.fspath(archive)
        if key not in held:
            tree = scan(archive)
            held[key] = (tree, with_packed(tree, self.read(tree, self.CHOICES[self.variant])))
        return held[key]


def _stamp(tree: Tree, video: ArchiveVideo) -> str:
    """Return a hash of names, sizes and times of change of a video's files."""
    digest = hashlib.sha256()
    for name in video.files:
        try:
            found = tree.file(joined(video.folder, name)).stat()
        except OSError:
            continue  # said where the file is read
        digest.update(f"{name}/{found.st_size}/{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _files(tree: Tree, video: ArchiveVideo) -> Iterator[bytes]:
    """Yield the bytes of a video's files, as they are.

    Raises:
        MebenchError: a file cannot be read, or is a JPEG file whose end is missing.
    """
    for name in video.files:
        where = joined(video.folder, name)
        try:
            data = tree.file(where).read_bytes()
        except OSError as error:
            raise MebenchError(
                f"{video.info.dataset}: {where} cannot be read ({error.strerror}); mend the archive"
            ) from error
        if is_cut(data):
            raise MebenchError(f"{video.info.dataset}: {where}: {CUT}; {AGAIN}")
        yield data
