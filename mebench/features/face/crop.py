"""The face of a video: found in one frame, the same square cut from all."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from mebench.errors import MebenchError
from mebench.features.face.detect import FaceBox, detect_faces
from mebench.features.face.landmarks import landmarks_68

MARGIN = 0.1
"""Space around the landmarks on each side, in lengths of their bounding box's longer side."""


@dataclass(frozen=True)
class FaceCrop:
    """Which square of a video is its face.

    Attributes:
        left, top, side: of the square in px of the frame; it may reach over the frame's edge.
        size: side of the cropped picture in px.
        landmarks: iBUG order, (x, y) in px of the cropped picture.
    """

    left: int
    top: int
    side: int
    size: int
    landmarks: Float32[np.ndarray, "68 2"]

    def at(self, size: int) -> "FaceCrop":
        """Return the same square of the frames, cropped to `size` px."""
        landmarks = (self.landmarks + 0.5) * np.float32(size / self.size) - 0.5
        return replace(self, size=size, landmarks=landmarks.astype(np.float32))


def detect_face(frame: UInt8[np.ndarray, "h w 3"], label: str) -> FaceBox:
    """Return the largest face of a BGR frame.

    Raises:
        MebenchError: there is none; `label` says in which video.
    """
    faces = detect_faces(frame)
    if not faces:
        raise _no_face(frame, label, "no face was found")
    return faces[0]


def find_face(frame: UInt8[np.ndarray, "h w 3"], size: int, label: str) -> FaceCrop:
    """Return the square around the 68 landmarks of the largest face, with a tenth of its side to spare all round.

    Raises:
        MebenchError: there is no face, or the landmarks lie on none; `label` says in which video.
    """
    points, score = landmarks_68(frame, detect_face(frame, label))
    if score < 0.5:
        raise _no_face(frame, label, f"the landmarks lie on no face (probability {score:.2f})")
    low, high = points.min(axis=0), points.max(axis=0)
    side = max(2, round(float((high - low).max()) * (1 + 2 * MARGIN)))
    left, top = (round(float(c) - side / 2) for c in (low + high) / 2)
    landmarks = (points - np.array([left, top], np.float32) + 0.5) * np.float32(size / side) - 0.5
    return FaceCrop(left=left, top=top, side=side, size=size, landmarks=landmarks.astype(np.float32))


def crop_frames(frames: UInt8[np.ndarray, "t h w *c"], face: FaceCrop) -> UInt8[np.ndarray, "t size size *c"]:
    """Return the face of each grey or colour frame, `face.size` px square; beyond the frame its edge is repeated."""
    height, width = frames.shape[1:3]
    rows = np.clip(np.arange(face.top, face.top + face.side), 0, height - 1)
    columns = np.clip(np.arange(face.left, face.left + face.side), 0, width - 1)
    method = cv2.INTER_AREA if face.side > face.size else cv2.INTER_LINEAR
    crops = np.empty((len(frames), face.size, face.size, *frames.shape[3:]), np.uint8)
    for index, frame in enumerate(frames):
        square = frame[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        if square.shape[:2] != (face.side, face.side):
            square = frame[rows[:, None], columns]
        cv2.resize(square, (face.size, face.size), dst=crops[index], interpolation=method)
    return crops


def _no_face(frame: UInt8[np.ndarray, "h w 3"], label: str, what: str) -> MebenchError:
    height, width = frame.shape[:2]
    return MebenchError(
        f"{label}: {what} in its first frame ({width}x{height} pixels); look at that frame, and leave the video out "
        "of the dataset if it shows no whole, upright face"
    )
