"""A user's own clip: a folder of pictures or a video file."""

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8

from mebench.errors import MebenchError

PICTURES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
"""Endings of the files of a folder that are its frames; others are left alone."""

MOST_BYTES = 1 << 31
"""A clip is held in memory as a whole; a longer one is refused."""

SHORTFALL = 0.9
"""Least share of the frames a video file declares (some containers estimate them) that it must give."""


@dataclass(frozen=True)
class HeldFrames:
    """A clip in memory, read as the frames of a video are (`mebench.features.windows.pipeline.FrameReader`)."""

    frames: UInt8[np.ndarray, "t h w 3"]

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.frames)

    def read(self, start: int, stop: int) -> UInt8[np.ndarray, "t h w 3"]:
        """Return frames [start, stop), BGR."""
        return self.frames[start:stop]

    def read_gray(self, start: int, stop: int) -> UInt8[np.ndarray, "t h w"]:
        """Return frames [start, stop), grey."""
        return np.stack([cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in self.frames[start:stop]])

    @property
    def content_key(self) -> str:
        """sha256 of size and pixels: what is made of the clip is kept under it."""
        shape = ",".join(map(str, self.frames.shape))
        return hashlib.sha256(shape.encode() + b":" + np.ascontiguousarray(self.frames).data).hexdigest()


def read_clip(path: Path) -> tuple[UInt8[np.ndarray, "t h w 3"], float | None]:
    """Return the frames of a clip, BGR, and its frames per second.

    Args:
        path: a folder of pictures, which are taken in the order of their names (numbers in them count as numbers, so
            2.png comes before 10.png) and have no known frame rate (None), or a video file that FFmpeg reads.

    Raises:
        MebenchError: there is nothing at the path, it holds fewer than 2 frames or more than 2 GiB of them, a picture
            cannot be decoded, sizes differ, or the file is no video or a damaged one.
    """
    if path.is_dir():
        return _gathered(path, _pictures(path)), None
    if not path.is_file():
        raise MebenchError(f"{path}: there is no such file or folder; give a folder of pictures or a video file")
    if path.suffix.lower() in PICTURES:
        raise MebenchError(f"{path}: one picture is no clip; give the folder of all its frames, or a video file")
    return _video(path)


def _pictures(folder: Path) -> Iterator[tuple[str, UInt8[np.ndarray, "h w 3"]]]:
    """Yield name and pixels of each picture of a folder; marks of rotation are followed."""
    files = (file for file in folder.iterdir() if file.suffix.lower() in PICTURES and not file.name.startswith("."))
    for file in sorted((file for file in files if file.is_file()), key=_natural):
        try:
            image = cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR)
        except cv2.error:  # empty, or larger than OPENCV_IO_MAX_IMAGE_PIXELS (mebench.runtime.environment)
            image = None
        except OSError as error:
            raise MebenchError(f"{file}: cannot be read: {error.strerror or error}") from error
        if image is None:
            raise MebenchError(f"{file}: the picture cannot be decoded; replace it, or take it out of the folder")
        yield file.name, image.astype(np.uint8, copy=False)


def _natural(file: Path) -> tuple[list[tuple[int, int | str]], str]:
    """Return a key that sorts by name with numbers as numbers; names that are equal so, by the letter."""
    parts = re.findall(r"[0-9]+|[^0-9]+", file.stem.lower())
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts], file.name


def _video(path: Path) -> tuple[UInt8[np.ndarray, "t h w 3"], float | None]:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            raise MebenchError(f"{path}: no video that FFmpeg can read; give a folder of pictures or a video file")
        fps, declared = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
        frames = _gathered(path, _decoded(capture.read))
    finally:
        capture.release()
    if len(frames) < SHORTFALL * declared:
        raise MebenchError(
            f"{path}: only {len(frames)} of {declared:.0f} frames can be decoded; copy the file again, or give the "
            "clip as a folder of pictures"
        )
    return frames, fps if math.isfinite(fps) and fps > 0 else None


def _decoded(read: Callable[[], tuple[bool, np.ndarray]]) -> Iterator[tuple[str, UInt8[np.ndarray, "h w 3"]]]:
    number = 0
    while True:
        whole, image = read()
        if not whole:
            return
        yield f"frame {number}", image
        number += 1


def _gathered(path: Path, images: Iterable[tuple[str, UInt8[np.ndarray, "h w 3"]]]) -> UInt8[np.ndarray, "t h w 3"]:
    """Return the images as one array; they must be several, of one size, and not too many."""
    held: list[np.ndarray] = []
    for name, image in images:
        if held and image.shape != held[0].shape:
            (height, width), (first_height, first_width) = image.shape[:2], held[0].shape[:2]
            raise MebenchError(
                f"{path}: {name} is {width}x{height} pixels, the frames before it {first_width}x{first_height}; all "
                "frames of a clip must have one size"
            )
        held.append(image)
        if len(held) * image.nbytes > MOST_BYTES:
            raise MebenchError(
                f"{path}: more than {MOST_BYTES >> 30} GiB of frames; cut out the part with the expression, or make "
                "the frames smaller"
            )
    if len(held) < 2:
        raise MebenchError(
            f"{path}: {len(held)} frames were found; a clip needs 2 or more, as a video file or as pictures that end "
            f"in {', '.join(PICTURES)}"
        )
    return np.stack(held)
