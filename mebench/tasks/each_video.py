"""Work on many videos at a time, in which one faulty video does not cost what the others give."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from jaxtyping import UInt8

from mebench.data.frames import LazyFrames
from mebench.data.interval import VideoInfo
from mebench.data.source import Video
from mebench.errors import MebenchError
from mebench.tasks.datasets import without_dataset

Result = TypeVar("Result")

NAMED = 10
"""Faulty videos that an error names."""


class ColourFrames:
    """The frames of a video for face and flow, which are made for pictures of 8 bits: others are refused."""

    def __init__(self, frames: LazyFrames, label: str) -> None:
        """Take the frames; nothing is read yet."""
        self._frames, self._label = frames, label

    def __len__(self) -> int:
        """Number of frames."""
        return len(self._frames)

    def read(self, start: int, stop: int) -> UInt8[np.ndarray, "t h w 3"]:
        """Return frames [start, stop), BGR.

        Raises:
            MebenchError: they are no pictures of 8 bits, or as `LazyFrames.read`.
        """
        self._refuse_depth(start)
        return self._frames.read(start, stop)

    def read_gray(self, start: int, stop: int) -> UInt8[np.ndarray, "t h w"]:
        """Return frames [start, stop), grey.

        Raises:
            MebenchError: as `read`.
        """
        self._refuse_depth(start)
        return self._frames.read_gray(start, stop)

    def _refuse_depth(self, number: int) -> None:
        (data,) = self._frames.encoded(number, number + 1)
        if data.startswith(b"\x89PNG") and data[24:25] == b"\x10":  # bit depth in the header (PNG, 11.2.2 IHDR)
            raise MebenchError(
                f"{self._label}: frame {number} is a picture of 16 bits, as depth is; face and optical flow need "
                "pictures of 8 bits: choose the dataset's variant with colour or grey frames"
            )


def label_of_video(info: VideoInfo) -> str:
    """Return how errors call a video: dataset and id."""
    return f"{info.dataset} {without_dataset(info).video_id}"


def for_each_video(work: Callable[[Video], Result], videos: Sequence[Video], threads: int) -> list[Result]:
    """Return what `work` gives for each video, in their order.

    Several are worked on at a time. A faulty video is told of at the end, so what was computed of the others is in the
    cache by then; a fault that is not the video's own (a full disk) ends everything at once.

    Raises:
        MebenchError: videos are faulty; it names them, says what is wrong with the first and how to leave them out.
    """
    found, faults = [], []
    with ThreadPoolExecutor(threads) as pool:
        jobs = [pool.submit(work, video) for video in videos]
        try:
            for video, job in zip(videos, jobs, strict=True):
                try:
                    found.append(job.result())
                except MebenchError as error:
                    if isinstance(error.__cause__, OSError):
                        raise
                    faults.append((video.info, error))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if faults:
        raise _error(faults, len(videos)) from faults[0][1]
    return found


def _error(faults: Sequence[tuple[VideoInfo, MebenchError]], total: int) -> MebenchError:
    """Return one sentence for all faulty videos."""
    info, first = faults[0]
    label, text = label_of_video(info), str(first)
    text = text if text.startswith(label) else f"{label}: {text}"
    names = ", ".join(f'"{without_dataset(info).video_id}"' for info, _ in faults[:NAMED])
    more = f" and {len(faults) - NAMED} more" if len(faults) > NAMED else ""
    return MebenchError(
        f"{text} ({len(faults)} of {total} videos cannot be used; the features of the others are kept; leave_out = "
        f"[{names}]{more} under the dataset in the experiment does without)"
    )
