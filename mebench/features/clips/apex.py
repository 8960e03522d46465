"""The apex of a clip where nobody annotated it: the frame that has moved most since the onset."""

import cv2
import numpy as np
from jaxtyping import Bool, Float32

from mebench.errors import MebenchError
from mebench.features.face.crop import FaceCrop, crop_frames
from mebench.features.face.nose import facial_flow
from mebench.features.flow.registry import FlowFunction
from mebench.features.windows.mean_input import strips
from mebench.features.windows.pipeline import FrameReader

SIZE = 128
"""Side in px of the crops whose flow is computed."""

PERCENTILE = 98
"""Of the lengths of the flow. A micro-expression moves a small part of the face: a mean mostly tells head motion."""

LIDS = 3
"""Px around the eyes' landmarks that are left out too: blinks move more than any micro-expression."""

_EYES = (slice(36, 42), slice(42, 48))
_READ = 32


def estimate_apex(magnitude: Float32[np.ndarray, " n"], onset: int, label: str) -> int:
    """Return the frame of the largest magnitude, the first of several.

    Args:
        magnitude: of the frames after the onset, from `onset_magnitude`.
        onset: number of the first frame.
        label: what errors call the clip.

    Raises:
        MebenchError: no frame has a magnitude.
    """
    if not np.isfinite(magnitude).any():
        raise MebenchError(
            f"{label}: the nose of frame {onset} is found in no later frame, so the apex cannot be estimated; "
            "look at the frames, or give the apex"
        )
    return onset + 1 + int(np.nanargmax(magnitude))


def onset_magnitude(
    frames: FrameReader, face: FaceCrop, onset: int, offset: int, flow: FlowFunction
) -> Float32[np.ndarray, " n"]:
    """Return how far the face has moved since the onset, for frames onset + 1 to offset, in px of a crop of 128.

    The 98th percentile of the length of the flow from the onset, without the motion of the nose, over brows, eyes'
    surroundings and mouth (the strips of MEAN's input without the lids). NaN where the nose is not found again.

    Args:
        frames: of the video; at most 32 are in memory at once.
        face: of the onset.
        onset: first frame.
        offset: last frame.
        flow: method of `mebench.features.flow`.
    """
    small = face.at(SIZE)
    region = _region(small)
    first = crop_frames(frames.read_gray(onset, onset + 1), small)[0]
    parts = []
    for start in range(onset + 1, offset + 1, _READ):
        crops = crop_frames(frames.read_gray(start, min(start + _READ, offset + 1)), small)
        field = facial_flow(first, crops, small.landmarks, flow)[:, region]  # (n, pixels, 2)
        parts.append(np.percentile(np.linalg.norm(field, axis=-1), PERCENTILE, axis=1))
    return np.concatenate(parts).astype(np.float32)


def _region(face: FaceCrop) -> Bool[np.ndarray, "size size"]:
    """Return the pixels of the strips of MEAN's input, without the eyes and their lids."""
    region = np.zeros((face.size, face.size), np.uint8)
    for strip in strips(face.landmarks, face.size, face.size):
        region[strip.top : strip.bottom, strip.left : strip.right] = 1
    lids = np.zeros_like(region)
    for eye in _EYES:
        cv2.fillConvexPoly(lids, cv2.convexHull(np.rint(face.landmarks[eye]).astype(np.int32)), 1)
    reach = np.ones((2 * LIDS + 1, 2 * LIDS + 1), np.uint8)
    return (region == 1) & (cv2.dilate(lids, reach) == 0)
