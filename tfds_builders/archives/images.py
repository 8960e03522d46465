"""Whether the image files of a video can be read: sizes of all, a few decoded, or every one."""

import io
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from mebench.data.audit import Finding, Severity
from tfds_builders.archives.tree import Tree, shortened

MAX_PIXELS = 1 << 26
"""Pixels beyond which a picture is not decoded; the largest frames of a dataset have 2040 x 1088."""

MAX_BYTES = 256 << 20
"""Bytes beyond which a file is no frame."""

AGAIN = "replace the file: unpack it from the archive again"


@dataclass(frozen=True)
class Look:
    """What a look at one file gave: its size in pixels (None: not decoded), and what is wrong with it."""

    size: tuple[int, int] | None
    code: str = ""
    what: str = ""
    severity: Severity = "error"


@dataclass(frozen=True)
class ImageCheck:
    """What a look at a video's files gave: findings, how many were decoded, width and height of the first."""

    findings: tuple[Finding, ...]
    checked: int
    size: tuple[int, int] | None


def check_images(tree: Tree, folder: str, names: Sequence[str], deep: bool, samples: int = 3) -> ImageCheck:
    """Return whether the files of a video can be read; all are asked for their size in bytes.

    Args:
        tree: of the archive.
        folder: of the files, as the tree calls it.
        names: of the files, in order.
        deep: decode every file; otherwise the first, the last and `samples - 2` in between.
        samples: how many are decoded where not `deep`.
    """
    paths = [tree.file(f"{folder}/{name}" if folder else name) for name in names]
    chosen = set(range(len(names))) if deep else {round(i) for i in np.linspace(0, len(names) - 1, samples)}
    with ThreadPoolExecutor() as pool:
        looks = list(pool.map(lambda i: look(paths[i]) if i in chosen else weigh(paths[i]), range(len(paths))))
    sizes = [one.size for one in looks if one.size is not None]
    first = sizes[0] if sizes else None
    findings = []
    for name, one in zip(names, looks, strict=True):
        where = f"{folder}/{name}" if folder else name
        if one.code:
            findings.append(Finding(one.severity, one.code, where, one.what, AGAIN))
        elif one.size is not None and first is not None and one.size != first:
            what = f"{one.size[0]}x{one.size[1]} pixels, not {first[0]}x{first[1]} as the first of its folder"
            findings.append(Finding("error", "image-size-differs", where, what, "all frames of a video need one size"))
    return ImageCheck(tuple(shortened(findings)), len(chosen), first)


def weigh(path: Path) -> Look:
    """Return what the file system says of a file."""
    try:
        size = path.stat().st_size
    except OSError as error:
        return Look(None, "image-unreadable", f"cannot be read ({error.strerror})")
    if size == 0:
        return Look(None, "image-empty", "the file is empty")
    if size > MAX_BYTES:
        return Look(None, "image-too-large", f"{size >> 20} MiB")
    return Look(None)


def look(path: Path) -> Look:
    """Return what decoding a file gives; a picture of too many pixels is not decoded."""
    heavy = weigh(path)
    if heavy.code:
        return heavy
    try:
        data = path.read_bytes()
    except OSError as error:
        return Look(None, "image-unreadable", f"cannot be read ({error.strerror})")
    size = _header(data)
    if size is None:
        return Look(None, "image-unreadable", "no picture, or a damaged one")
    if size[0] * size[1] > MAX_PIXELS:
        return Look(None, "image-too-large", f"{size[0]}x{size[1]} pixels")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        image = None
    if image is None:
        return Look(None, "image-unreadable", "cannot be decoded")
    if data[:2] == b"\xff\xd8" and b"\xff\xd9" not in data[-4096:]:
        return Look((image.shape[1], image.shape[0]), "image-truncated", "the end of the file is missing", "warning")
    return Look((image.shape[1], image.shape[0]))


def _header(data: bytes) -> tuple[int, int] | None:
    """Return width and height as the file's head tells them; None where it is no picture."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data)) as image:
                return image.size
        except Image.DecompressionBombError:
            return MAX_PIXELS, MAX_PIXELS
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
            return None
