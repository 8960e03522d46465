"""Files below the leaderboards' folder that nothing accounts for, and links, which stand for any file at all."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from mebench.errors import MebenchError
from mebench.leaderboard.history import Fault
from mebench.leaderboard.layout import CLOSED, Version, read_entry
from mebench.leaderboard.render.all import PAGE
from mebench.leaderboard.rules import RULES, SHAPE

README = "README.md"


def links(root: Path) -> list[Fault]:
    """Return a fault for each symbolic link below `root`, in order of their paths."""
    found = [path for path in _everything(root) if path.is_symlink()]
    return [Fault(path.relative_to(root).as_posix(), "is a link; put the file itself there") for path in found]


def strays(root: Path, versions: Iterable[Version]) -> list[Fault]:
    """Return a fault for each file below `root` that no rule, record, table or page accounts for.

    A folder without a file is none, because git knows none.
    """
    known, withdrawn = {root / README, root / PAGE}, set[Path]()
    for version in versions:
        known |= _known(version)
        withdrawn |= set(version.folder.glob("withdrawn/*.toml"))
    faults = []
    for path in _everything(root):
        if path.is_dir() or path in known:
            continue
        what = "withdraws a record that is not there" if path in withdrawn else "belongs to nothing here; remove it"
        faults.append(Fault(path.relative_to(root).as_posix(), what))
    return faults


def _known(version: Version) -> set[Path]:
    folder = version.folder
    names = [f"{table.name}.{kind}" for table in version.rules.tables for kind in ("md", "csv", "tex")]
    known = {folder / name for name in (RULES, SHAPE, CLOSED, *names)} | set(folder.glob("published/*.json"))
    for path in folder.glob("records/*.json"):
        known |= {path, folder / "withdrawn" / f"{path.stem}.toml"} | set(_beside(version, path))
    return known


def _beside(version: Version, record: Path) -> Iterator[Path]:
    """Yield the files that a record accounts for; none, where it cannot be read."""
    try:
        entry = read_entry(record)
    except MebenchError:
        return  # told by whoever reads the records
    yield version.statistics(entry.statistics_sha256)
    if version.rules.keep_predictions:
        yield version.predictions(entry.predictions_sha256)


def _everything(root: Path) -> list[Path]:
    """Return every file and folder below `root`, in order; links are not followed."""
    found = []
    for folder, folders, files in os.walk(root):
        found += [Path(folder) / name for name in (*folders, *files)]
    return sorted(found)
