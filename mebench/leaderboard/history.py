"""Git history of a leaderboard: results are added or withdrawn, never changed or removed."""

import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mebench.leaderboard.history_published import lost, printed

APPEND_ONLY = ("records", "statistics", "predictions", "withdrawn")
"""Folders of a version whose files stay as they were committed."""

FIXED = ("rules.toml", "closed.toml", "shape.toml")
"""Files of a version that stay as they were committed."""

KEPT = ("README.md",)
"""Files of the leaderboards' folder that may be rewritten, but not removed."""

DRAFTS = frozenset(
    {
        "0a0acb263880efbcdcca63ade8c410a5238fff74",
        "f770eedf72e439eb631f8338e3089ad3a0cd14aa",
        "36317397a66e1dd19d1b1bf65ae43c358717a910",
        "80bd34ec7ba72f317b4e5c4049dde9e1ac073708",
        "412b2cf04f6f0994fe6663f437013017f0114b04",
        "5d91c6dfaff14b81ac3c8e5ee7c5c199c5858595",
        "f296da4d4fedc90d54fb5b73b629418aebaa0a6b",
        "15ce7766c5508f5e1fc396854b003ff11c7eca82",
        "94f0cec811a05f8985a7e780c37bcd67b502b3bb",
        "9050b325086c61f5f462bef69f4546eb1777adc1",
    }
)
"""Git's names of the first texts of mebench's own rules: they were amended while the boards were being made."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where (a path below the leaderboards' folder), and what, with what to do."""

    path: str
    text: str


@dataclass(frozen=True)
class History:
    """Every content that a file below the leaderboards' folder had in a commit: git's object names by path.

    `unknown` says why there is no history to look at; empty where there is one.
    """

    objects: dict[str, tuple[str, ...]]
    unknown: str = ""


def history_of(root: Path) -> History:
    """Return what git knows of the files below `root`, on the current branch."""
    if _git(root, "rev-parse", "--is-inside-work-tree") is None:
        return History({}, "history was not checked: there is no git repository here")
    if (_git(root, "rev-parse", "--is-shallow-repository") or "").strip() == "true":
        return History({}, "history was not checked: the clone is shallow; fetch the rest with: git fetch --unshallow")
    if _git(root, "rev-parse", "--verify", "HEAD") is None:
        return History({}, "history was not checked: nothing is committed yet")
    listing = _git(
        root, "log", "-m", "--raw", "--no-abbrev", "--no-renames", "--format=", "-z", "--relative", "--", "."
    )
    return History(_objects(listing or ""))


def history_faults(root: Path, history: History) -> list[Fault]:
    """Return a fault for each committed file, published row, erratum or note that is no longer there as it was.

    Rules, records, statistics, predictions and what was withdrawn stay as they were; published files gain, and README
    may be rewritten. Tables and page are derived, so that they may change: whether they are right, `verify` says.
    """
    faults: list[Fault] = []
    published: dict[PurePosixPath, list[str]] = {}
    for path, objects in sorted(history.objects.items()):
        place = PurePosixPath(path)
        if _stays(place):
            faults += _changed(root, path, objects)
        elif path in KEPT and not (root / path).is_file():
            faults.append(Fault(path, "was committed and is gone; restore it with git"))
        elif len(place.parts) == 4 and place.parts[2] == "published" and place.suffix == ".json":
            published.setdefault(place.parent, []).append(path)
    for folder, paths in published.items():
        faults += _lost(root, folder, paths, history)
    return faults


def _stays(place: PurePosixPath) -> bool:
    """Return whether a committed file stays as it is; folders of versions are `<benchmark>/v<N>`."""
    parts = place.parts
    return (len(parts) == 3 and parts[2] in FIXED) or (len(parts) == 4 and parts[2] in APPEND_ONLY)


def _changed(root: Path, path: str, objects: tuple[str, ...]) -> list[Fault]:
    fixed = PurePosixPath(path).name in FIXED
    how = "restore it with git, and " + (
        "make a new version for other rules" if fixed else "withdraw a result with withdrawn/<id>.toml"
    )
    file = root / path
    if not file.is_file():
        return [Fault(path, f"was committed and is gone; {how}")]
    if any(_object_name(file.read_bytes(), one) != one for one in objects if one not in DRAFTS):
        return [Fault(path, f"is not what was committed; {how}")]
    return []


def _lost(root: Path, folder: PurePosixPath, paths: list[str], history: History) -> Iterator[Fault]:
    now = printed(_text(file) for file in sorted((root / folder).glob("*.json")))
    for path in paths:
        before = printed(_git(root, "cat-file", "blob", one) or "" for one in history.objects[path])
        yield from (Fault(path, text) for text in lost(before, now))


def _text(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace")


def _objects(listing: str) -> dict[str, tuple[str, ...]]:
    """Return the object names by path from git's raw listing: `:mode mode name name status`, NUL, path, NUL."""
    found: dict[str, dict[str, None]] = {}
    fields = iter(listing.split("\0"))
    for head in fields:
        if not head.strip():
            continue
        path, name = next(fields), head.split()[3]
        names = found.setdefault(path, {})
        if set(name) != {"0"}:
            names[name] = None
    return {path: tuple(names) for path, names in found.items()}


def _object_name(data: bytes, like: str) -> str:
    """Return git's name of a file's content, in the hash of the name that it is compared with."""
    hashed = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return hashed(b"blob %d\0" % len(data) + data).hexdigest()


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git says, None where it fails or is missing."""
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
