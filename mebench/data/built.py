"""The folder of a built config: its files are known by size and hash, so a damaged one is found before it is read.

`files.json` holds size and sha256 of every file. Of shards of frames, which may be gigabytes, it holds the size alone:
ArrayRecord keeps a hash of every chunk, which is looked at whenever an element is read, and each element says which
video and which frames it is. A dataset that was built before there was such a note is read without it.
"""

from pathlib import Path

from mebench.data.fingerprint import SIDECAR
from mebench.sealed.document import DamagedFile, write_sealed
from mebench.sealed.folder import check_note, facts_of

NOTE = "files.json"


def seal_built(folder: Path, final: Path) -> None:
    """Write the note of a config that is built, where it has none.

    Args:
        folder: with the files.
        final: what the folder is called in the end: `<data>/<name>/<config>/<version>`.

    Raises:
        MebenchError: the folder cannot be written.
    """
    if (folder / NOTE).is_file():
        return
    small = not final.parent.name.endswith("frames")
    names = sorted(path.name for path in folder.iterdir() if path.is_file() and path.name not in (NOTE, SIDECAR))
    facts = {name: facts_of(folder / name, small or name.endswith(".json")) for name in names}
    write_sealed(folder / NOTE, _key(final), facts)


def damage_of(folder: Path) -> DamagedFile | None:
    """Return what is wrong with the files of a built config; None where nothing is, or where there is no note."""
    try:
        check_note(folder / NOTE, _key(folder), folder)
    except FileNotFoundError:
        return None
    except DamagedFile as error:
        return error
    return None


def _key(folder: Path) -> list[str]:
    """Return name, config and version."""
    return ["dataset", *folder.parts[-3:]]
