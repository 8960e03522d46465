"""Which code and which packages a result comes from."""

import hashlib
import json
import subprocess
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlparse

import mebench

PACKAGES = ("mebench", "tfds_builders")


def source_hash(root: Path) -> str:
    """Return the sha256 over the Python files of mebench and its builders below `root`, in order of their paths."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def packages_hash() -> str:
    """Return the sha256 over `name==version` of every installed package: the lock that the run really had."""
    installed = {f"{d.name.lower().replace('_', '-')}=={d.version}" for d in metadata.distributions()}
    return hashlib.sha256("\n".join(sorted(installed)).encode()).hexdigest()


def code() -> dict[str, str | bool | None]:
    """Return version, source hash, and the git commit with `dirty`; commit is null, with a reason, outside a checkout.

    Dirty means that the checkout differs from its commit, or that the installed code differs from the checkout.
    """
    here = Path(mebench.__file__).parent.parent
    running = source_hash(here)
    known: dict[str, str | bool | None] = {"version": mebench.__version__, "source_sha256": running}
    for root in (here, _installed_from()):
        commit = _git(root, "rev-parse", "HEAD") if root and (root / "mebench").is_dir() else None
        if root and commit:
            dirty = bool(_git(root, "status", "--porcelain", "--", *PACKAGES)) or source_hash(root) != running
            return known | {"commit": commit, "dirty": dirty, "commit_reason": None}
    return known | {"commit": None, "dirty": None, "commit_reason": "not installed from a git checkout"}


def _installed_from() -> Path | None:
    """Return the folder that pip installed mebench from (PEP 610), None where it was no folder."""
    try:
        text = metadata.distribution("mebench").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None
    url = urlparse(json.loads(text)["url"]) if text else None
    return Path(unquote(url.path)) if url and url.scheme == "file" else None


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git says in the checkout whose top is `root`, None where git or the checkout is missing."""
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
