"""The frames of one video, decoded when they are asked for."""

import threading
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from jaxtyping import UInt8

from mebench.errors import MebenchError

SEGMENT = 128
"""Frames of one stored element (the builders' `SEGMENT`; checked at every read)."""


class LazyFrames:
    """Frames 0 to n - 1 of a video; memory holds one encoded segment and what was asked for, however long it is."""

    def __init__(self, label: str, video_id: str, num_frames: int, first: int, open_shard: Callable[[], Any]) -> None:
        """Remember where the frames are; nothing is opened yet.

        Args:
            label: what errors call the video.
            video_id: id that the stored elements must have.
            num_frames: of the whole video.
            first: number of the video's first element in its shard.
            open_shard: gives the shard's elements as serialised bytes, by number.
        """
        self._label, self._video_id, self._num_frames, self._first = label, video_id, num_frames, first
        self._open = open_shard
        self._shard: Any = None
        self._held: tuple[int, list[bytes]] = (-1, [])
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Number of frames."""
        return self._num_frames

    def read(self, start: int, stop: int) -> UInt8[np.ndarray, "t h w 3"]:
        """Return frames [start, stop), BGR.

        Raises:
            MebenchError: a frame cannot be decoded, or frames differ in size; it is named.
        """
        return self._decoded(start, stop, cv2.IMREAD_COLOR)

    def read_gray(self, start: int, stop: int) -> UInt8[np.ndarray, "t h w"]:
        """Return frames [start, stop), grey.

        Raises:
            MebenchError: as `read`.
        """
        return self._decoded(start, stop, cv2.IMREAD_GRAYSCALE)

    def encoded(self, start: int, stop: int) -> list[bytes]:
        """Return the original files' bytes of frames [start, stop).

        Raises:
            IndexError: the frames are not all in the video.
        """
        if not 0 <= start <= stop <= self._num_frames:
            raise IndexError(f"{self._label}: frames {start} to {stop} of {self._num_frames}")
        numbers = range(start // SEGMENT, -(-stop // SEGMENT)) if stop > start else range(0)
        parts = [(number, self._segment(number)) for number in numbers]
        return [f for n, part in parts for f in part[max(0, start - n * SEGMENT) : stop - n * SEGMENT]]

    def _segment(self, number: int) -> list[bytes]:
        with self._lock:
            if self._held[0] != number:
                self._shard = self._shard if self._shard is not None else self._open()
                self._held = (number, self._stored(number))
            return self._held[1]

    def _stored(self, number: int) -> list[bytes]:
        """Return the images of one stored element, after a look at its label."""
        from tensorflow_datasets.proto import tf_example_pb2

        example = tf_example_pb2.Example.FromString(self._shard[self._first + number])
        feature = example.features.feature
        found = (feature["video_id"].bytes_list.value[0].decode(), feature["start"].int64_list.value[0])
        if found != (self._video_id, number * SEGMENT):
            raise MebenchError(
                f"{self._label}: the built dataset holds {found[0]} frame {found[1]} where frame {number * SEGMENT} of "
                "this video should be; delete the built dataset and build it again"
            )
        return list(feature["frames"].bytes_list.value)

    def _decoded(self, start: int, stop: int, flag: int) -> np.ndarray:
        images = []
        for offset, data in enumerate(self.encoded(start, stop)):
            try:
                image = cv2.imdecode(np.frombuffer(data, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
            except cv2.error:
                image = None
            if image is None:
                raise MebenchError(
                    f"{self._label}: frame {start + offset} cannot be read ({len(data)} bytes); "
                    "replace the file in the archive and build the dataset again"
                )
            if images and image.shape != images[0].shape:
                raise MebenchError(
                    f"{self._label}: frame {start + offset} is {image.shape[1]}x{image.shape[0]} pixels, frame {start} "
                    f"is {images[0].shape[1]}x{images[0].shape[0]}; all frames of a video must have one size"
                )
            images.append(image)
        return np.stack(images) if images else np.empty((0, 0, 0) if flag == 0 else (0, 0, 0, 3), np.uint8)
