"""The files of an archive, wherever its parts lie; nothing outside it is ever touched."""

import functools
import itertools
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from mebench.data.audit import Finding
from mebench.errors import MebenchError

IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff")
"""Suffixes of image files."""

MOST = 20
"""Findings of one code that are listed; the rest is counted."""

MAX_DIGITS = 12
"""Longer numbers in a name are no frame numbers."""

_HIDDEN = re.compile(r"\.|__MACOSX$|Thumbs\.db$|desktop\.ini$", re.IGNORECASE)


@dataclass(frozen=True)
class Folder:
    """One folder: its path in the archive ("" is the archive itself), and the sorted names of the files in it."""

    path: str
    files: tuple[str, ...]

    @functools.cached_property
    def images(self) -> tuple[str, ...]:
        """Names of the image files."""
        return tuple(name for name in self.files if name.lower().endswith(IMAGES))


@dataclass(frozen=True)
class Tree:
    """Every folder of an archive by its path, sorted, and what is odd about them."""

    root: Path
    folders: Mapping[str, Folder]
    findings: tuple[Finding, ...]

    def file(self, relative: str) -> Path:
        """Return the absolute path of a file of the tree.

        Raises:
            KeyError: the tree has no such file.
        """
        folder, _, name = relative.rpartition("/")
        if name not in self.folders[folder].files:
            raise KeyError(relative)
        return self.root / relative

    def named(self, *suffixes: str) -> tuple[str, ...]:
        """Return the paths of the files with one of the suffixes, in upper or lower case, sorted."""
        wanted = tuple(suffix.lower() for suffix in suffixes)
        found = (
            f"{folder.path}/{name}" if folder.path else name
            for folder in self.folders.values()
            for name in folder.files
            if name.lower().endswith(wanted)
        )
        return tuple(sorted(found))

    def image_folders(self) -> tuple[Folder, ...]:
        """Return the folders that hold an image file, sorted by path."""
        return tuple(folder for folder in self.folders.values() if folder.images)


def scan(root: Path) -> Tree:
    """Return the tree of an archive's folder.

    Links are not followed: one that leads out of the archive or nowhere is a finding, one that stays inside names what
    is listed anyway. Hidden files and what systems leave behind (`._x`, `Thumbs.db`, `__MACOSX`) are passed over.

    Raises:
        MebenchError: `root` is no folder.
    """
    if not root.is_dir():
        raise MebenchError(f"{root} is no folder; give the folder that the archive is unpacked in")
    top = root.resolve()
    folders: dict[str, Folder] = {}
    findings: list[Finding] = []
    waiting = [""]
    while waiting:
        path = waiting.pop()
        names = []
        try:
            entries = sorted(os.scandir(top / path), key=lambda entry: entry.name)
        except OSError as error:
            findings.append(_finding("folder-unreadable", path, f"cannot be read ({error.strerror})"))
            continue
        for entry in entries:
            where = f"{path}/{entry.name}" if path else entry.name
            if _HIDDEN.match(entry.name):
                continue
            if not entry.name.isprintable() or "\\" in entry.name:
                findings.append(_finding("odd-name", where, "its name cannot be used"))
            elif entry.is_symlink():
                findings += _link(top, Path(entry.path), where)
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(where)
            elif entry.is_file(follow_symlinks=False):
                names.append(entry.name)
            else:
                findings.append(_finding("no-file", where, "neither a file nor a folder"))
        folders[path] = Folder(path, tuple(names))
    return Tree(top, MappingProxyType(dict(sorted(folders.items()))), tuple(shortened(findings)))


def plain(name: str) -> str:
    """Return the letters and digits of a name in lower case: `casme2` for `CAS(ME)^2`."""
    return "".join(c for c in name.lower() if c.isascii() and c.isalnum())


def stem(name: str) -> str:
    """Return a file's name without its last suffix."""
    return name.rpartition(".")[0] or name


def numbers(name: str) -> tuple[int, ...]:
    """Return every number in a name, in order; longer ones than `MAX_DIGITS` digits are passed over."""
    return tuple(int(digits) for digits in re.findall(r"[0-9]+", name) if len(digits) <= MAX_DIGITS)


def numbered(folder: Folder, which: Literal["first", "last"]) -> tuple[dict[int, str], tuple[Finding, ...]]:
    """Return the image files of a folder by the first or last number of their name, in order of number; and findings.

    A name with a second image suffix (`img2977.jpg.jpg`, `img260.jpg2.jpg`) counts up to the first. Of two files with
    one number the shorter name is kept, then the first by alphabet.
    """
    found: dict[int, str] = {}
    findings = []
    for name in sorted(folder.images, key=lambda name: (len(name), name)):
        where = f"{folder.path}/{name}"
        base, second = _base(name)
        if second:
            findings.append(
                _finding("second-extension", where, "its name has a second extension", "read by its number")
            )
        values = numbers(base)
        if not values:
            findings.append(_finding("file-without-number", where, "its name holds no number"))
            continue
        number = values[0 if which == "first" else -1]
        if number in found:
            findings.append(_finding("number-twice", where, f"{found[number]} has number {number} too"))
        else:
            found[number] = name
    return dict(sorted(found.items())), tuple(shortened(findings))


def missing_runs(present: Iterable[int]) -> str:
    """Return the numbers that lack between the first and the last, as `12-15,30`; "" where none does."""
    ordered = sorted(set(present))
    gaps = ((a + 1, b - 1) for a, b in itertools.pairwise(ordered) if b - a > 1)
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in gaps)


def ancestors(path: str) -> tuple[str, ...]:
    """Return the names of a folder and of those above it in the archive, nearest first."""
    return tuple(reversed(path.split("/"))) if path else ()


def shortened(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, at most `MOST` of each code, then one that tells how many more there are."""
    counts: dict[str, int] = {}
    kept = []
    last: dict[str, Finding] = {}
    for finding in findings:
        counts[finding.code] = counts.get(finding.code, 0) + 1
        last[finding.code] = finding
        if counts[finding.code] <= MOST:
            kept.append(finding)
    for code, count in counts.items():
        if count > MOST:
            kept.append(Finding(last[code].severity, code, "", f"{count - MOST} more like these", last[code].action))
    return kept


def _base(name: str) -> tuple[str, bool]:
    """Return a name up to its first image suffix, and whether another follows."""
    match = re.search(r"\.(?:jpe?g|png|bmp|tiff?)", name, re.IGNORECASE)
    cut = name[: match.start()] if match else stem(name)
    return cut, match is not None and match.end() != len(name)


def _link(top: Path, link: Path, where: str) -> list[Finding]:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return [_finding("broken-link", where, "a link that leads nowhere")]
    if target.is_relative_to(top):
        return []
    action = "passed over; copy what it points to into the archive, or give that folder as the archive"
    return [_finding("link-out-of-tree", where, "a link that leads out of the archive", action)]


def _finding(code: str, where: str, what: str, action: str = "passed over") -> Finding:
    return Finding("warning", code, where, what, action)
