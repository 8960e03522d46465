"""Checkpoints of orbax, a folder a step, each with a sealed note of its files beside it: only whole ones are used."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mebench.sealed.document import DamagedFile
from mebench.sealed.folder import check_note, files_below, write_note

Say = Callable[[str], None]
"""Shows a sentence."""


def seal_step(folder: Path, key: Any, step: int) -> None:
    """Write the note of a checkpoint that is on the disk, and drop those of checkpoints that orbax deleted.

    Raises:
        MebenchError: the note cannot be written.
    """
    place = folder / str(step)
    write_note(_note(folder, step), [key, step], place, files_below(place))
    for note in folder.glob("*.files.json"):
        if not (folder / note.name.partition(".")[0]).is_dir():
            note.unlink(missing_ok=True)


def keep_whole_steps(folder: Path, key: Any, say: Say) -> None:
    """Delete the checkpoints that are not what was written under this key, and say so.

    One without a note was being written when its process was killed; it counts as damaged.
    """
    steps = sorted(int(path.name) for path in folder.glob("*") if path.is_dir() and path.name.isdecimal())
    for step in steps:
        try:
            check_note(_note(folder, step), [key, step], folder / str(step))
        except (DamagedFile, FileNotFoundError) as error:
            why = str(error) if isinstance(error, DamagedFile) else f"{folder / str(step)} was not finished"
            say(f"{why}: this checkpoint is dropped, and what came after the one before is trained anew")
            shutil.rmtree(folder / str(step))
            _note(folder, step).unlink(missing_ok=True)


def _note(folder: Path, step: int) -> Path:
    return folder / f"{step}.files.json"
