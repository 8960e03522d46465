"""Where a copy of the composite keeps its pictures: all in one folder, and once more for each left-out subject."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8

from tfds_builders.archives.tree import Folder, Tree, ancestors, joined, stem
from tfds_builders.megc2019_flow.names import ClipName, clip_name

SIDE = 28
"""Width and height of a picture."""

_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIB", SIDE, SIDE, 8)
_MOST_BYTES = 1 << 16
_SIDES = {"u_train": False, "u_test": True}


@dataclass(frozen=True)
class Picture:
    """A picture's file: its folder and name in the archive."""

    folder: str
    name: str

    @property
    def path(self) -> str:
        """Path in the archive."""
        return joined(self.folder, self.name)


@dataclass(frozen=True)
class Fold:
    """The pictures of one left-out subject: the class number that their folder has, by clip."""

    train: dict[ClipName, tuple[int, Picture]] = field(default_factory=dict)
    test: dict[ClipName, tuple[int, Picture]] = field(default_factory=dict)


def whole_folders(tree: Tree) -> list[tuple[str, dict[ClipName, Picture]]]:
    """Return the folders that hold pictures of clips beside each other, the fullest first, then by path."""
    found = [
        (folder.path, dict(_pictures(folder)))
        for folder in tree.image_folders()
        if _fold_of(folder) is None and any(True for _ in _pictures(folder))
    ]
    return sorted(found, key=lambda one: (-len(one[1]), one[0]))


def fold_folders(tree: Tree) -> list[tuple[str, dict[str, Fold]]]:
    """Return the folders that hold folds and in each its folds by subject, that with the most first, then by path.

    `<subject>/u_train/<class>/` and `<subject>/u_test/<class>/`.
    """
    found: dict[str, dict[str, Fold]] = {}
    for folder in tree.image_folders():
        place = _fold_of(folder)
        if place is None:
            continue
        above, subject, is_test, number = place
        fold = found.setdefault(above, {}).setdefault(subject, Fold())
        side = fold.test if is_test else fold.train
        side.update((clip, (number, picture)) for clip, picture in _pictures(folder))
    return sorted(found.items(), key=lambda one: (-len(one[1]), one[0]))


def pixels(path: Path) -> UInt8[np.ndarray, "28 28 3"] | None:
    """Return a picture as OpenCV gives it; None where it is no PNG of 28x28 pixels of 3 channels of 8 bits."""
    try:
        with path.open("rb") as file:
            return decoded(file.read(_MOST_BYTES))
    except OSError:
        return None


def decoded(data: bytes) -> UInt8[np.ndarray, "28 28 3"] | None:
    """Return the pixels of a PNG file's bytes; None as for `pixels`."""
    if not data.startswith(_HEAD):
        return None
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    return image if image is not None and image.shape == (SIDE, SIDE, 3) else None


def _pictures(folder: Folder) -> Iterable[tuple[ClipName, Picture]]:
    """Yield the pictures of a folder: PNG files alone, for pictures of faces lie beside them as JPEG files."""
    for name in folder.images:
        clip = clip_name(stem(name)) if name.lower().endswith(".png") else None
        if clip is not None:
            yield clip, Picture(folder.path, name)


def _fold_of(folder: Folder) -> tuple[str, str, bool, int] | None:
    """Return the folder of the folds, subject, whether of the test side, and class number; None: of no fold."""
    names = ancestors(folder.path)
    if len(names) < 3 or names[0] not in ("0", "1", "2") or names[1] not in _SIDES:
        return None
    return "/".join(reversed(names[3:])), names[2], _SIDES[names[1]], int(names[0])
