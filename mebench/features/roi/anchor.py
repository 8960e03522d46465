"""The square of a frame that regions are looked for in: placed by the inner corners of the eyes."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float32, UInt8

from mebench.errors import MebenchError
from mebench.features.face.crop import FaceCrop, find_face
from mebench.features.roi.regions import MARGIN, scaled

INNER_CORNERS = (39, 42)
"""Landmarks (iBUG) of the inner corners of the eyes: half of what lies between them is the unit."""

WIDTH, ABOVE = 9, 3.5
"""Side of the square, and how much of it lies above the corners, in units."""

FINE = 1024
"""Side of the crop that landmarks are told in before they are moved, in px."""


def anchor_of(frame: UInt8[np.ndarray, "h w 3"], size: int, label: str) -> FaceCrop | None:
    """Return the square with its margin, and the landmarks in it; None where the frame shows no face.

    Args:
        frame: BGR.
        size: side of the crop in px, without the margin.
        label: of the video.
    """
    try:
        face = find_face(frame, FINE, label)
    except MebenchError:  # the frame shows none: another one is tried
        return None
    landmarks = (face.landmarks + 0.5) * (face.side / face.size) - 0.5 + np.array([face.left, face.top])
    return placed(landmarks.astype(np.float32), size)


def placed(landmarks: Float32[np.ndarray, "68 2"], size: int) -> FaceCrop | None:
    """Return the square for landmarks in px of the frame; None where the corners lie on one another."""
    one, other = landmarks[list(INNER_CORNERS)]
    unit = int((other[0] - one[0]) / 2)
    if unit < 1:
        return None
    margin, side = scaled(MARGIN, size), WIDTH * unit
    x, y = (float(value) for value in (one + other) / 2)
    spare = side * margin / size
    left, top = round(x - side / 2 - spare), round(y - ABOVE * unit - spare)
    square = FaceCrop(left=left, top=top, side=round(side + 2 * spare), size=size + 2 * margin, landmarks=landmarks)
    moved = (landmarks - np.array([left, top]) + 0.5) * (square.size / square.side) - 0.5
    return replace(square, landmarks=moved.astype(np.float32))
