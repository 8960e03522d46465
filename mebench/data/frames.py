"""The frames of one video, decoded when they are asked for."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
from jaxtyping import UInt8

from mebench.errors import MebenchError

SEGMENT = 128
"""Frames of one stored element (the builders' `SEGMENT`; checked at every read)."""

HELD_BYTES = 128 << 20
"""Bound on the encoded frames that a dataset keeps in memory, whatever its size (one segment is always kept)."""


@runtime_checkable
class Elements(Protocol):
    """Serialised elements by number, as TFDS's data sources give them."""

    def __len__(self) -> int:
        """Number of elements."""
        ...

    def __getitem__(self, number: int) -> bytes:
        """Return element `number`."""
        ...


@dataclass(frozen=True)
class Segment:
    """One stored element: image files of consecutive frames of a video."""

    video_id: str
    start: int
    files: tuple[bytes, ...]


class SegmentStore:
    """The stored segments of a dataset by number; the last ones read stay in memory. Threads may share it."""

    def __init__(self, folder: Path, open_source: Callable[[], Elements], held_bytes: int = HELD_BYTES) -> None:
        """Remember how to open the source; nothing is opened yet.

        Args:
            folder: of the built config, for errors.
            open_source: gives its serialised elements by number.
            held_bytes: bound on the size of the elements that stay in memory.
        """
        self.folder, self._open, self._bound = folder, open_source, held_bytes
        self._source: Elements | None = None
        self._held: OrderedDict[int, tuple[Segment, int]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def segment(self, number: int) -> Segment | None:
        """Return segment `number` of the dataset; None where there are fewer.

        Raises:
            MebenchError: a shard is damaged or gone.
        """
        with self._lock:
            if self._source is None:
                self._source = self._open()
            if number in self._held:
                self._held.move_to_end(number)
                return self._held[number][0]
        if not 0 <= number < len(self._source):
            return None
        raw = raw_element(self._source, number, self.folder)
        segment = _parsed(raw, self.folder)
        with self._lock:
            if number not in self._held:
                self._held[number] = (segment, len(raw))
                self._size += len(raw)
            while self._size > self._bound and len(self._held) > 1:
                self._size -= self._held.popitem(last=False)[1][1]
        return segment


def raw_element(source: Elements, number: int, folder: Path) -> bytes:
    """Return one serialised element of the built config in `folder`.

    Raises:
        MebenchError: its shard is damaged or gone.
    """
    try:
        raw, reason = source[number], "an element is empty"
    except RuntimeError as error:  # what ArrayRecord raises for anything that is wrong with a file
        raw, reason = b"", str(error)
    if not raw:
        raise MebenchError(f"{folder} is damaged ({reason}); delete that folder and build the dataset again")
    return raw


def _parsed(raw: bytes, folder: Path) -> Segment:
    from google.protobuf.message import DecodeError
    from tensorflow_datasets.proto import tf_example_pb2

    try:
        feature = tf_example_pb2.Example.FromString(raw).features.feature
        video_id = feature["video_id"].bytes_list.value[0].decode()
        return Segment(video_id, feature["start"].int64_list.value[0], tuple(feature["frames"].bytes_list.value))
    except (DecodeError, IndexError, UnicodeDecodeError) as error:
        raise MebenchError(
            f"{folder} is damaged (an element holds no frames); delete that folder and build the dataset again"
        ) from error


class LazyFrames:
    """Frames 0 to n - 1 of a video; memory holds what was asked for and what the store keeps, however long it is."""

    def __init__(self, label: str, video_id: str, num_frames: int, first: int, store: SegmentStore) -> None:
        """Remember where the frames are; nothing is read yet.

        Args:
            label: what errors call the video: dataset and video.
            video_id: id that the stored segments must have.
            num_frames: of the whole video.
            first: number of the video's first segment in the store.
            store: of the dataset.
        """
        self._label, self._video_id, self._num_frames, self._first = label, video_id, num_frames, first
        self._store = store

    def __len__(self) -> int:
        """Number of frames."""
        return self._num_frames

    def read(self, start: int, stop: int) -> UInt8[np.ndarray, "t h w 3"]:
        """Return frames [start, stop), BGR.

        Raises:
            IndexError: the frames are not all in the video, or there is none in the range.
            MebenchError: a frame cannot be decoded, or frames differ in size; it is named.
        """
        return self._decoded(start, stop, cv2.IMREAD_COLOR)

    def read_gray(self, start: int, stop: int) -> UInt8[np.ndarray, "t h w"]:
        """Return frames [start, stop), grey.

        Raises:
            IndexError, MebenchError: as `read`.
        """
        return self._decoded(start, stop, cv2.IMREAD_GRAYSCALE)

    def encoded(self, start: int, stop: int) -> list[bytes]:
        """Return the original files' bytes of frames [start, stop).

        Raises:
            IndexError: the frames are not all in the video, or there is none in the range.
            MebenchError: the built dataset holds something else in their place.
        """
        if not 0 <= start < stop <= self._num_frames:
            raise IndexError(f"{self._label}: frames [{start}, {stop}) of [0, {self._num_frames})")
        parts = ((n * SEGMENT, self._files(n)) for n in range(start // SEGMENT, -(-stop // SEGMENT)))
        return [data for at, files in parts for data in files[max(0, start - at) : stop - at]]

    def _files(self, number: int) -> tuple[bytes, ...]:
        """Return the files of the video's segment `number`, after a look at its label."""
        segment, start = self._store.segment(self._first + number), number * SEGMENT
        length = min(SEGMENT, self._num_frames - start)
        if segment is None or (segment.video_id, segment.start, len(segment.files)) != (self._video_id, start, length):
            found = f"{segment.video_id} frame {segment.start}" if segment is not None else "nothing"
            raise MebenchError(
                f"{self._label}: the built dataset holds {found} where frames {start} to {start + length - 1} of this "
                f"video should be; delete {self._store.folder} and build it again"
            )
        return segment.files

    def _decoded(self, start: int, stop: int, flag: int) -> np.ndarray:
        files = self.encoded(start, stop)
        first = self._image(start, files[0], flag)
        images = np.empty((len(files), *first.shape), np.uint8)  # (t, h, w[, 3])
        images[0] = first
        for offset, data in enumerate(files[1:], 1):
            image = self._image(start + offset, data, flag)
            if image.shape != first.shape:
                raise MebenchError(
                    f"{self._label}: frame {start + offset} is {image.shape[1]}x{image.shape[0]} pixels, frame {start} "
                    f"is {first.shape[1]}x{first.shape[0]}; all frames of a video must have one size"
                )
            images[offset] = image
        return images

    def _image(self, number: int, data: bytes, flag: int) -> np.ndarray:
        """Return one decoded frame; rotation marks of cameras are not followed, as landmarks and labels know none."""
        try:
            image = cv2.imdecode(np.frombuffer(data, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
        except cv2.error:
            image = None  # empty, or larger than OPENCV_IO_MAX_IMAGE_PIXELS (mebench.runtime.environment)
        if image is None:
            raise MebenchError(
                f"{self._label}: frame {number} ({len(data)} bytes) cannot be decoded; replace the file in "
                f"the archive, delete {self._store.folder} and build it again"
            )
        return image
