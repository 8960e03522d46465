"""The motion of a face's regions as a script computes it: OpenCV and NumPy, one window, frame and patch at a time.

The boxes, Farneback's settings and the way the head is followed are the published ones
(mebench/features/roi/README.md).
"""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from mebench.features.face.crop import crop_frames
from mebench.features.roi.motion import FOLLOWED
from mebench.features.roi.regions import HEAD_SHARE, REGIONS, Box, boxes_of, parts_of
from mebench.features.roi.windows import Window

PYRAMID_SCALE, LEVELS, WINDOW, ITERATIONS, NEIGHBOURS, SIGMA = 0.5, 3, 15, 5, 7, 1.5
"""Of `cv2.calcOpticalFlowFarneback`."""


def script_values(window: Window, size: int) -> Float32[np.ndarray, "k 18 2"]:
    """Return the motion of each region since the window's reference, in px of the crop."""
    if window.face is None:
        return np.zeros((len(window.frames), len(REGIONS), 2), np.float32)
    boxes = boxes_of(window.face.landmarks, size)
    parts = parts_of(boxes, window.face.landmarks, size)
    reference = crop_frames(window.frames[window.reference : window.reference + 1], window.face)[0]
    values = np.zeros((len(window.frames), len(REGIONS), 2), np.float32)
    for number in range(window.reference + 1, len(window.frames)):
        frame = crop_frames(window.frames[number : number + 1], window.face)[0]
        values[number] = _one_frame(reference, frame, boxes, parts)
    return values


def _one_frame(
    first: UInt8[np.ndarray, "s s"], second: UInt8[np.ndarray, "s s"], boxes: list[Box], parts: list[Box]
) -> Float32[np.ndarray, "18 2"]:
    across = down = 0
    for _ in range(FOLLOWED):
        head = _mean(_flow(first, second, boxes[-1], across, down), boxes[-1], parts[-1], HEAD_SHARE)
        if head @ head <= 1:
            break
        across, down = across + round(float(head[0])), down + round(float(head[1]))
        head = head - np.rint(head)
    fields = [_flow(first, second, box, across, down) for box in boxes[:-1]]
    means = [
        _mean(fields[region.patch], boxes[region.patch], part, region.share)
        for region, part in zip(REGIONS, parts[:-1], strict=True)
    ]
    return np.array(means, np.float32) - head


def _flow(
    first: UInt8[np.ndarray, "s s"], second: UInt8[np.ndarray, "s s"], box: Box, across: int, down: int
) -> Float32[np.ndarray, "h w 2"]:
    previous = first[box.top : box.bottom, box.left : box.right]
    following = second[box.top + down : box.bottom + down, box.left + across : box.right + across]
    field = np.zeros((*previous.shape, 2), np.float32)
    settings = (PYRAMID_SCALE, LEVELS, WINDOW, ITERATIONS, NEIGHBOURS, SIGMA)
    return cv2.calcOpticalFlowFarneback(previous, following, field, *settings, 0)


def _mean(field: Float32[np.ndarray, "h w 2"], box: Box, part: Box, share: float) -> Float32[np.ndarray, " 2"]:
    inside = part.within(box)
    rows, columns = (
        slice(inside.top - box.top, inside.bottom - box.top),
        slice(inside.left - box.left, inside.right - box.left),
    )
    vectors = field[rows, columns].reshape(-1, 2)
    order = np.argsort(np.linalg.norm(vectors, axis=1))
    mean: Float32[np.ndarray, " 2"] = vectors[order[-max(1, int(len(vectors) * share)) :]].mean(axis=0)
    return mean
