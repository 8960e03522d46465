"""The files of an archive, wherever its parts lie; nothing outside it is ever touched."""

import functools
import itertools
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from mebench.data.audit import Finding, Severity
from mebench.errors import MebenchError

IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff")
"""Suffixes of image files."""

MOST = 20
"""Findings of one code that are listed; the rest is counted."""

MAX_DIGITS = 12
"""Longer numbers in a name are no frame numbers."""

_HIDDEN = re.compile(r"\.|~\$|__MACOSX$|Thumbs\.db$|desktop\.ini$", re.IGNORECASE)


@dataclass(frozen=True)
class Folder:
    """One folder: its path in the archive ("" is the archive itself), and the sorted names of the files in it."""

    path: str
    files: tuple[str, ...]

    @functools.cached_property
    def images(self) -> tuple[str, ...]:
        """Names of the image files."""
        return tuple(name for name in self.files if name.lower().endswith(IMAGES))

    @functools.cached_property
    def listed(self) -> frozenset[str]:
        """The names as a set."""
        return frozenset(self.files)


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
        if name not in self.folders[folder].listed:
            raise KeyError(relative)
        return self.root / relative

    def named(self, *suffixes: str) -> tuple[str, ...]:
        """Return the paths of the files with one of the suffixes, in upper or lower case, sorted."""
        wanted = tuple(suffix.lower() for suffix in suffixes)
        found = (
            joined(folder.path, name)
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

    Links are never followed, so no file is listed twice and no cycle is walked. A link to a folder inside the archive
    is passed over in silence, for that folder is listed anyway; every other link is a finding. Hidden files and what
    systems and programs leave behind (`._x`, `Thumbs.db`, `__MACOSX`, a spreadsheet's lock `~$x.xlsx`) are passed over.

    Raises:
        MebenchError: `root` is no folder, or cannot be read.
    """
    top = _top(root)
    folders: dict[str, Folder] = {}
    findings: list[Finding] = []
    waiting = [""]
    while waiting:
        path = waiting.pop()
        try:
            entries = _entries(top / path)
        except OSError as error:
            if not path:
                raise _unreadable(root, error) from error
            action = "passed over; make it readable (chmod -R u+rX) or unpack it again"
            findings.append(_finding("folder-unreadable", path, f"cannot be read ({error.strerror})", action))
            continue
        names = []
        for name, kind in entries:
            where = joined(path, name)
            if not _usable(name):
                action = "passed over; rename it to letters, digits, - and _"
                findings.append(_finding("odd-name", joined(path, _shown(name)), "its name cannot be used", action))
            elif kind == "folder":
                waiting.append(where)
            elif kind == "file":
                names.append(name)
            elif kind == "link":
                findings += _link(top, where)
            else:
                action = "passed over; take it out of the archive"
                findings.append(_finding("no-file", where, "neither a file nor a folder that can be read", action))
        folders[path] = Folder(path, tuple(names))
    return Tree(top, MappingProxyType(dict(sorted(folders.items()))), tuple(shortened(findings)))


def joined(folder: str, name: str) -> str:
    """Return the path in the archive of a file of a folder; "" is the archive itself."""
    return f"{folder}/{name}" if folder else name


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
        where = joined(folder.path, name)
        base, second = _base(name)
        if second:
            findings.append(
                _finding("second-extension", where, "its name has a second extension", "read by its number")
            )
        values = numbers(base)
        if not values:
            action = "passed over; give it the number of its frame if it is one"
            findings.append(_finding("file-without-number", where, "its name holds no number", action))
            continue
        number = values[0 if which == "first" else -1]
        if number in found:
            action = "passed over; remove the one that is wrong"
            findings.append(_finding("number-twice", where, f"{found[number]} has number {number} too", action))
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
    """Return the findings, at most `MOST` of each code and severity, then one that tells how many more there are."""
    counts: dict[tuple[Severity, str], int] = {}
    kept = []
    last: dict[tuple[Severity, str], Finding] = {}
    for finding in findings:
        kind = (finding.severity, finding.code)
        counts[kind] = counts.get(kind, 0) + 1
        last[kind] = finding
        if counts[kind] <= MOST:
            kept.append(finding)
    for (severity, code), count in counts.items():
        if count > MOST:
            action = last[severity, code].action
            kept.append(Finding(severity, code, "", f"{count - MOST} more like these", action))
    return kept


def _base(name: str) -> tuple[str, bool]:
    """Return a name up to its first image suffix, and whether another follows."""
    match = re.search(r"\.(?:jpe?g|png|bmp|tiff?)", name, re.IGNORECASE)
    cut = name[: match.start()] if match else stem(name)
    return cut, match is not None and match.end() != len(name)


def _top(root: Path) -> Path:
    """Return the folder itself where `root` is a link to it."""
    try:
        if root.is_dir():
            return root.resolve()
    except OSError as error:
        raise _unreadable(root, error) from error
    raise MebenchError(f"{root} is no folder; give the folder that the archive is unpacked in")


def _unreadable(root: Path, error: OSError) -> MebenchError:
    return MebenchError(f"{root} cannot be read ({error.strerror}); give a folder that you may read")


def _entries(folder: Path) -> list[tuple[str, str]]:
    """Return (name, kind) of what is in a folder and not hidden, sorted by name."""
    with os.scandir(folder) as found:
        return sorted((entry.name, _kind(entry)) for entry in found if not _HIDDEN.match(entry.name))


def _kind(entry: os.DirEntry[str]) -> Literal["file", "folder", "link", "other"]:
    try:
        if entry.is_file(follow_symlinks=False):
            return "file"
        if entry.is_dir(follow_symlinks=False):
            return "folder"
        return "link" if entry.is_symlink() else "other"
    except OSError:  # where the file system does not tell kinds with names, it is asked again for each
        return "other"


def _usable(name: str) -> bool:
    """Return whether every character can be printed on one line, be it the wide blank of Chinese names."""
    printable = name.isprintable() or all(c.isprintable() or unicodedata.category(c) == "Zs" for c in name)
    return printable and "\\" not in name


def _shown(name: str) -> str:
    """Return a name that can be printed and stored as UTF-8, whatever bytes it has."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def _link(top: Path, where: str) -> list[Finding]:
    copy = "passed over; put what it points to in its place"
    try:
        target = (top / where).resolve(strict=True)
        inside = target.is_relative_to(top)
        folder = target.is_dir()
    except (OSError, RuntimeError):
        return [_finding("broken-link", where, "a link that leads nowhere", "passed over; put the file in its place")]
    if not inside:
        action = "passed over; copy what it points to into the archive, or give that folder as the archive"
        return [_finding("link-out-of-tree", where, "a link that leads out of the archive", action)]
    if any(_HIDDEN.match(part) for part in target.relative_to(top).parts):
        return [_finding("link-to-hidden", where, "a link to something hidden in the archive", copy)]
    return [] if folder else [_finding("link-to-file", where, "a link to another file of the archive", copy)]


def _finding(code: str, where: str, what: str, action: str) -> Finding:
    return Finding("warning", code, where, what, action)
