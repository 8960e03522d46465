"""The frames that the card of a dataset shows: apexes of micro-expressions, or first frames, spread over subjects."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Shaped, UInt8

from mebench.data.labels import UNKNOWN
from mebench.data.source import Dataset, Video
from mebench.report.card.facts import has_labels, number, of_kind

FACES = 24
"""Faces of the contact sheet, at most."""

_PIXELS = 200
"""Longer side of a face, at most."""


@dataclass(frozen=True)
class Face:
    """One frame of the contact sheet.

    Attributes:
        video: that it is of.
        frame: its number, 0-based.
        label: emotion, or the video's name.
        image: RGB, made small; None where the file cannot be decoded.
        size: width and height of the file's own image.
    """

    video: Video
    frame: int
    label: str
    image: UInt8[np.ndarray, "h w 3"] | None
    size: tuple[int, int]


def contact_sheet(dataset: Dataset) -> list[Face]:
    """Return at most `FACES` frames, by subject, as many of each subject as can be.

    They are apexes of micro-expressions (the middle of onset and offset where the apex is unknown), or the first
    frames of the videos where there is no micro-expression.

    Raises:
        MebenchError: a stored shard is damaged.
    """
    wanted: dict[str, list[tuple[Video, int, str]]] = {}
    for video, e in of_kind(dataset, "micro"):
        apex = e.apex if e.apex >= 0 else (e.onset + e.offset) // 2
        wanted.setdefault(video.info.subject, []).append((video, apex, e.emotion or e.coarse or UNKNOWN))
    if not wanted:
        for video in dataset.videos:
            wanted.setdefault(video.info.subject, []).append((video, 0, video.info.video))
    groups = [wanted[subject] for subject in sorted(wanted)]
    chosen = spread([len(group) for group in groups], FACES)
    return [_face(*group[i]) for group, picks in zip(groups, chosen, strict=True) for i in picks]


def sheet_title(dataset: Dataset, faces: Sequence[Face]) -> str:
    """Return what the contact sheet shows, and of how many."""
    micro = of_kind(dataset, "micro")
    if micro:
        guessed = ", middle frames where the apex is unknown" if any(e.apex < 0 for _, e in micro) else ""
        return f"Apex frames of {len(faces)} of {number(len(micro), 'micro-expression')}{guessed}"
    reason = "no micro-expressions" if has_labels(dataset) else "no labels"
    return f"First frames of {len(faces)} of {number(len(dataset.videos), 'video')} ({reason})"


def spread(sizes: Sequence[int], most: int) -> list[list[int]]:
    """Return which items of each group are taken: at most `most` in all, shared out evenly, spread over each group.

    Args:
        sizes: number of items of each group.
        most: number of items that are taken; where there are more groups than that, some of them have none.
    """
    groups = np.linspace(0, len(sizes) - 1, min(len(sizes), most)).round().astype(int).tolist()
    shares = [0] * len(sizes)
    while (left := most - sum(shares)) and (growing := [g for g in groups if shares[g] < sizes[g]]):
        for group in growing[:left]:
            shares[group] += 1
    return [
        np.linspace(0, size - 1, share).round().astype(int).tolist() for size, share in zip(sizes, shares, strict=True)
    ]


def _face(video: Video, frame: int, label: str) -> Face:
    frame = max(0, min(frame, len(video.frames) - 1))
    image = _decoded(video.frames.encoded(frame, frame + 1)[0]) if len(video.frames) else None
    if image is None:
        return Face(video, frame, label, None, (0, 0))
    height, width = image.shape[:2]
    scale = min(1.0, _PIXELS / max(height, width))
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    shown = np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_AREA), np.uint8)
    return Face(video, frame, label, shown, (width, height))


def _decoded(data: bytes) -> UInt8[np.ndarray, "h w 3"] | None:
    """Return an image file as RGB, more than 8 bits stretched for show; None where it cannot be decoded."""
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None  # empty, or larger than OPENCV_IO_MAX_IMAGE_PIXELS
    if image is None:
        return None
    shown = _stretched(image) if image.dtype != np.uint8 else np.asarray(image, np.uint8)
    if shown.ndim == 2 or shown.shape[2] < 3:
        return np.dstack([shown.reshape(*shown.shape[:2], -1)[..., 0]] * 3)  # (h, w, 3)
    return np.ascontiguousarray(shown[..., 2::-1])


def _stretched(image: Shaped[np.ndarray, "..."]) -> UInt8[np.ndarray, "..."]:
    """Return the values between the 2nd and 98th percentile as 0 to 255; zero is what a depth camera did not see."""
    values = np.nan_to_num(image.astype(np.float64))
    seen = values[values > 0]
    low, high = np.percentile(seen, (2, 98)) if seen.size else (0.0, 1.0)
    return (np.clip((values - low) / max(high - low, 1e-9), 0, 1) * 255).round().astype(np.uint8)
