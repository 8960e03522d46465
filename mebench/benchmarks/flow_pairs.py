"""Pairs with known flow on faces that no method's numbers were chosen on: identities of the embedded clips."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from mebench.data.builders import build_dataset
from mebench.data.source import open_dataset
from mebench.features.flow.synthetic import BORDER, known_pair
from mebench.progress import Silent

HELD_OUT = ("synth_me", "clips_tiny")
"""Dataset and variant whose subjects no flow method was looked at on."""

NOISE = 1.0
"""Standard deviation of the sensor noise on both pictures in grey levels."""


@dataclass(frozen=True)
class FacePairs:
    """Pairs of grey pictures, and the flow in px from the first to the second of each."""

    previous: UInt8[np.ndarray, "n s s"]
    following: UInt8[np.ndarray, "n s s"]
    flow: Float32[np.ndarray, "n s s 2"]


def held_out_faces() -> list[np.ndarray]:
    """Return one grey frame of every subject, drawn anew."""
    with tempfile.TemporaryDirectory() as name:
        build_dataset(*HELD_OUT, Path(name), Silent())
        dataset = open_dataset(*HELD_OUT, Path(name), Silent())
        first = {video.info.subject: video for video in reversed(dataset.videos)}
        return [first[subject].frames.read_gray(0, 1)[0] for subject in sorted(first)]


def face_pairs(faces: list[np.ndarray], size: int, amplitude: float, count: int) -> FacePairs:
    """Return pairs of faces that are `size` px square, moved by smooth fields of up to `amplitude` px."""
    side = size + 2 * BORDER
    method = cv2.INTER_AREA if side < faces[0].shape[0] else cv2.INTER_CUBIC
    pictures = [cv2.resize(face, (side, side), interpolation=method) for face in faces]
    pairs = [known_pair(seed, size, amplitude, pictures[seed % len(pictures)], NOISE) for seed in range(count)]
    return FacePairs(*(np.stack([getattr(one, name) for one in pairs]) for name in ("previous", "following", "flow")))
