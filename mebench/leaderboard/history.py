"""What git remembers of a leaderboard: results are added or withdrawn, never changed or removed."""

import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

APPEND_ONLY = ("records", "statistics", "withdrawn")
"""Folders of a version whose files stay as they were committed."""


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
    """Return a fault for each committed file or published row that is no longer there as it was."""
    faults = []
    for path, objects in sorted(history.objects.items()):
        parts = PurePosixPath(path).parts
        if len(parts) != 4:
            continue
        if parts[2] in APPEND_ONLY:
            faults += _changed(root, path, objects)
        elif parts[2] == "published" and path.endswith(".json"):
            faults += _lost_rows(root, path, objects)
    return faults


def _changed(root: Path, path: str, objects: tuple[str, ...]) -> list[Fault]:
    how = "restore it with git, and withdraw a result with withdrawn/<id>.toml"
    file = root / path
    if not file.is_file():
        return [Fault(path, f"was committed and is gone; {how}")]
    if any(_object_name(file.read_bytes(), one) != one for one in objects):
        return [Fault(path, f"is not what was committed; {how}")]
    return []


def _lost_rows(root: Path, path: str, objects: tuple[str, ...]) -> list[Fault]:
    there: list[dict[str, Any]] = []
    for file in sorted((root / path).parent.glob("*.json")):
        there += _rows(file.read_text(encoding="utf-8"))
    lost = {
        json.dumps(row, sort_keys=True): row
        for one in objects
        for row in _rows(_git(root, "cat-file", "blob", one) or "")
        if not any(row.items() <= now.items() for now in there)
    }
    return [
        Fault(path, f"the row {row.get('method')} was committed and is changed or gone; restore it, add an erratum")
        for row in lost.values()
    ]


def _rows(text: str) -> list[dict[str, Any]]:
    try:
        document = json.loads(text)
        return [dict(zip(document["columns"], row, strict=True)) for row in document["rows"]]
    except (ValueError, KeyError, TypeError):
        return []  # the file of today is read, with faults, by the published figures' own reader


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
