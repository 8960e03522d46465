"""Check of the image files of a video: sizes of all, a few decoded, or every one."""

import io
import threading
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from mebench.data.audit import Finding, Severity
from mebench.runtime import environment as runtime
from tfds_builders.archives.tree import Tree, joined, shortened

MAX_PIXELS = 1 << 26
"""Pixels beyond which a picture is not decoded; the largest frames of a dataset have 2040 x 1088."""

MAX_BYTES = 256 << 20
"""Bytes beyond which a file is no frame."""

FORMATS = ("JPEG", "PNG", "BMP", "DIB", "TIFF", "WEBP", "GIF", "PPM")
"""Formats whose heads are read, whatever the file is called."""

AGAIN = "unpack it from the archive again, or delete it: its frame then counts as missing"
"""What the user should do. An empty file or a JPEG file without its end cannot be built; any other damage can, and a
run stops where it reads it."""

CUT = "the end of the file is missing"
"""What is said of a JPEG file without its end mark."""

_HEADS = threading.Lock()
"""Held while warnings are off, because that is a setting of the whole process."""


@dataclass(frozen=True)
class Look:
    """Size of one file in pixels (None: not decoded), and what is wrong with it."""

    size: tuple[int, int] | None
    code: str = ""
    what: str = ""
    severity: Severity = "warning"


@dataclass(frozen=True)
class ImageCheck:
    """Findings about a video's files, how many were decoded, width and height of the first."""

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
    paths = [tree.file(joined(folder, name)) for name in names]
    chosen = range(len(names)) if deep else sampled(len(names), samples)
    looks = [weigh(path) for path in paths]
    with ThreadPoolExecutor(runtime.cores()) as pool:
        for i, one in zip(chosen, pool.map(lambda i: look(paths[i]), chosen), strict=True):
            looks[i] = one
    sizes = [one.size for one in looks if one.size is not None]
    first = sizes[0] if sizes else None
    findings = []
    for name, one in zip(names, looks, strict=True):
        where = joined(folder, name)
        if one.code:
            findings.append(Finding(one.severity, one.code, where, one.what, AGAIN))
        elif one.size is not None and first is not None and one.size != first:
            what = f"{one.size[0]}x{one.size[1]} pixels, not {first[0]}x{first[1]} as the first of its folder"
            action = f"a run that reads it stops there: {AGAIN}"
            findings.append(Finding("warning", "image-size-differs", where, what, action))
    return ImageCheck(tuple(shortened(findings)), len(chosen), first)


def sampled(count: int, samples: int) -> tuple[int, ...]:
    """Return up to `samples` of the numbers below `count`: the first, the last and evenly spaced ones in between."""
    return tuple(sorted({round(i) for i in np.linspace(0, count - 1, min(count, samples))}))


def weigh(path: Path) -> Look:
    """Return what the file system says of a file."""
    try:
        size = path.stat().st_size
    except OSError as error:
        return Look(None, "image-unreadable", f"cannot be read ({error.strerror})", "fatal")
    if size == 0:
        return Look(None, "image-empty", "the file is empty", "fatal")
    if size > MAX_BYTES:
        return Look(None, "image-too-large", f"{size >> 20} MiB")
    return Look(None)


def look(path: Path) -> Look:
    """Return what decoding a file gives; a picture of too many pixels is not decoded.

    A JPEG file without its end mark has no size where OpenCV refuses it, and one where it makes up the rest (a file
    that was filled up with zeros): a build refuses both. One that was given its mark too early passes, its rest grey.
    """
    heavy = weigh(path)
    if heavy.code:
        return heavy
    try:
        data = path.read_bytes()
    except OSError as error:
        return Look(None, "image-unreadable", f"cannot be read ({error.strerror})", "fatal")
    cut = Look(None, "image-truncated", CUT, "fatal")
    try:
        width, height = _header(data)
    except Image.DecompressionBombError:
        return Look(None, "image-too-large", f"more than {MAX_PIXELS} pixels")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, OverflowError):
        return cut if is_cut(data) else Look(None, "image-unreadable", "no picture, or a damaged one")
    if width * height > MAX_PIXELS:
        return Look(None, "image-too-large", f"{width}x{height} pixels, more than {MAX_PIXELS}")
    if _overlong(data):
        return Look(None, "image-unreadable", "a part of it would reach beyond its end")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        image = None
    size = None if image is None else (image.shape[1], image.shape[0])
    if is_cut(data):
        return replace(cut, size=size)
    return Look(size) if size else Look(None, "image-unreadable", "cannot be decoded")


def is_cut(data: bytes) -> bool:
    """Return whether a file is a JPEG file without its end mark."""
    return data.startswith(b"\xff\xd8") and b"\xff\xd9" not in data


def _header(data: bytes) -> tuple[int, int]:
    """Return width and height as the file's head tells them; raises what Pillow raises."""
    with _HEADS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return image.size


def _overlong(data: bytes) -> bool:
    """Return whether a chunk of a PNG file says it is longer than the file: OpenCV would reserve gigabytes for it."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return False
    at = 8
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if at + 8 + length > len(data):
            return True
        if data[at + 4 : at + 8] == b"IEND":
            return False
        at += 12 + length
    return False
