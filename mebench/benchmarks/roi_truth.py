"""The true motion of a face's regions in drawn scenes, from onset to apex, beside what is measured in their frames."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from mebench.features.face.crop import FaceCrop, crop_frames
from mebench.features.flow.registry import device_flow, flow_function
from mebench.features.roi.anchor import anchor_of
from mebench.features.roi.motion import motion
from mebench.features.roi.regions import HEAD_SHARE, REGIONS, SIDE, Box, boxes_of, geometry_of, parts_of
from tfds_builders.synth_me import clip
from tfds_builders.synth_me.settings import VARIANTS
from tfds_builders.synth_me.synth_me_dataset_builder import face_of, video_info, video_scene


@dataclass(frozen=True)
class Moved:
    """A drawn micro-expression.

    Attributes:
        onset, apex: grey frames.
        face: where its regions are.
        true: motion of each region without the head's, in px of a 320 px crop.
    """

    onset: np.ndarray
    apex: np.ndarray
    face: FaceCrop
    true: Float32[np.ndarray, "18 2"]


def moved(variant: str, size: int, subjects: Iterable[int]) -> Iterator[Moved]:
    """Yield every micro-expression of some subjects, by number, of a variant of synth_me, with its true motion."""
    chosen = VARIANTS[variant]
    for subject in subjects:
        face = face_of(chosen, subject)
        for video in range(chosen.videos):
            drawn = video_scene(chosen, face, subject, video)
            for one in video_info(chosen, subject, video).micro:
                onset, apex = (clip.frame(drawn, number) for number in (one.onset, one.apex))
                square = anchor_of(cv2.cvtColor(onset, cv2.COLOR_GRAY2BGR), size, variant)
                if square is not None:
                    field = clip.flow_between(drawn, one.onset, one.apex)
                    yield Moved(onset, apex, square, true_values(field, square, size))


def true_values(field: Float32[np.ndarray, "h w 2"], square: FaceCrop, size: int) -> Float32[np.ndarray, "18 2"]:
    """Return what the regions of a face show of a known flow: the head is followed as it is in frames."""
    scale = square.size / square.side
    places = (np.arange(square.size, dtype=np.float32) + 0.5) / np.float32(scale) - np.float32(0.5)
    x, y = np.meshgrid(places + np.float32(square.left), places + np.float32(square.top))
    flow = cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) * np.float32(scale)
    boxes = boxes_of(square.landmarks, size)
    *parts, nose = parts_of(boxes, square.landmarks, size)
    head = longest_mean(flow, nose, HEAD_SHARE)
    shift = np.rint(head) if head @ head > 1 else np.zeros(2)
    rest = flow - shift.astype(np.float32)
    means = [longest_mean(rest, part, region.share) for region, part in zip(REGIONS, parts, strict=True)]
    return ((np.array(means) - longest_mean(rest, nose, HEAD_SHARE)) * SIDE / size).astype(np.float32)


def longest_mean(field: Float32[np.ndarray, "h w 2"], box: Box, share: float) -> np.ndarray:
    """Return the mean of the longest vectors of a box."""
    vectors = field[box.top : box.bottom, box.left : box.right].reshape(-1, 2)
    order = np.argsort(np.linalg.norm(vectors, axis=1), kind="stable")
    return vectors[order[-max(1, int(len(vectors) * share + 1e-3)) :]].mean(axis=0)


def measured(one: Moved, flow: str, size: int) -> Float32[np.ndarray, "18 2"]:
    """Return the motion that is found in the two frames."""
    onset, apex = (crop_frames(frame[None], one.face) for frame in (one.onset, one.apex))
    method = device_flow(flow) or flow_function(flow)
    return motion(method, size, onset[0], apex, geometry_of(one.face.landmarks, size))[0]
