"""Faces in a picture: BlazeFace short-range (Bazarevsky et al. 2019) by OpenCV's dnn."""

import threading
from dataclasses import dataclass
from importlib import resources

import cv2
import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt8

INPUT = 128
"""Side of the network's square input in px."""

CONFIDENCE, OVERLAP = 0.5, 0.3
"""Least probability of a detection; above this intersection over union two detections are of one face."""

GRIDS = ((16, 2), (8, 6))
"""Anchors: cells a side and anchors a cell (strides 8 and three times 16)."""

_LOADING = threading.Lock()
"""One thread reads a network at a time: once, among several, OpenCV did not know an operator that it knows."""


@dataclass(frozen=True)
class FaceBox:
    """One face, in px of the picture.

    Whole pixels: the last bits of a network are those of a processor, and nothing may depend on them.

    Attributes:
        left, top, width, height: box from brows to chin.
        eyes: (x, y) of the eye that is left in the picture, then of the right one.
        score: probability, 0 to 1.
    """

    left: int
    top: int
    width: int
    height: int
    eyes: tuple[tuple[int, int], tuple[int, int]]
    score: float


def read_network(name: str) -> cv2.dnn.Net:
    """Return a network of `mebench/assets/faces`; it takes 5 ms, and threads must not share one."""
    with resources.as_file(resources.files("mebench.assets") / "faces" / name) as path, _LOADING:
        return cv2.dnn.readNetFromTFLite(str(path), cv2.dnn.ENGINE_CLASSIC)


def detect_faces(frame: UInt8[np.ndarray, "h w 3"]) -> list[FaceBox]:
    """Return the faces of a BGR picture, the largest first; no face: an empty list.

    The picture is fitted into a black square, so any size and shape will do. Detections of one face are averaged,
    weighted by probability, as MediaPipe does.
    """
    square, scale, offset = _letterbox(frame)
    network = read_network("face_detection_short_range.tflite")
    network.setInput(blob(square, scale=1 / 127.5, shift=-1.0))
    regressors, logits = network.forward(["regressors", "classificators"])
    scores = 1 / (1 + np.exp(-np.clip(logits.ravel().astype(np.float64), -100, 100)))
    keep = np.flatnonzero(scores > CONFIDENCE)
    points = regressors[0][keep].astype(np.float64).reshape(-1, 8, 2)  # (n, 8, 2): centre, size, 6 key points
    points[:, [0, 2, 3, 4, 5, 6, 7]] += _anchors()[keep, None] * INPUT
    faces = [_face(merged, score, scale, offset) for merged, score in _merge(points, scores[keep])]
    return sorted(faces, key=lambda face: -face.width * face.height)


def blob(picture: UInt8[np.ndarray, "h w 3"], scale: float, shift: float) -> Float32[np.ndarray, "1 3 h w"]:
    """Return a BGR picture as a network's RGB input: value * scale + shift."""
    rgb = picture[:, :, ::-1].astype(np.float32) * np.float32(scale) + np.float32(shift)
    return np.ascontiguousarray(rgb.transpose(2, 0, 1)[None])


def _letterbox(
    frame: UInt8[np.ndarray, "h w 3"],
) -> tuple[UInt8[np.ndarray, "128 128 3"], float, tuple[int, int]]:
    """Return the picture in a black square, the scale, and the (x, y) offset in the square."""
    height, width = frame.shape[:2]
    scale = INPUT / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (INPUT - size[0]) // 2, (INPUT - size[1]) // 2
    square = np.zeros((INPUT, INPUT, 3), np.uint8)
    square[top : top + size[1], left : left + size[0]] = small
    return square, scale, (left, top)


def _anchors() -> Float64[np.ndarray, "896 2"]:
    """Return the centres (x, y) of all anchors, in parts of the input's side."""
    grids = []
    for cells, each in GRIDS:
        y, x = np.mgrid[:cells, :cells]
        centres = (np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) / cells
        grids.append(np.repeat(centres, each, axis=0))
    return np.concatenate(grids)


def _merge(
    points: Float64[np.ndarray, "n 8 2"], scores: Float64[np.ndarray, " n"]
) -> list[tuple[Float64[np.ndarray, "8 2"], float]]:
    """Return the weighted mean of each group of overlapping detections, and the best score of the group."""
    left: Int64[np.ndarray, " m"] = np.argsort(-scores, kind="stable")
    groups = []
    while left.size:
        same = _overlap(points[left[0]], points[left]) > OVERLAP
        same[0] = True
        group = left[same]
        groups.append((np.average(points[group], axis=0, weights=scores[group]), float(scores[left[0]])))
        left = left[~same]
    return groups


def _overlap(one: Float64[np.ndarray, "8 2"], others: Float64[np.ndarray, "n 8 2"]) -> Float64[np.ndarray, " n"]:
    low = np.maximum(one[0] - one[1] / 2, others[:, 0] - others[:, 1] / 2)
    high = np.minimum(one[0] + one[1] / 2, others[:, 0] + others[:, 1] / 2)
    shared = np.maximum(high - low, 0).prod(axis=1)
    return shared / (one[1].prod() + others[:, 1].prod(axis=1) - shared)


def _face(points: Float64[np.ndarray, "8 2"], score: float, scale: float, offset: tuple[int, int]) -> FaceBox:
    left, top = _whole((points[0] - points[1] / 2 - offset) / scale)
    width, height = _whole(points[1] / scale)
    one, other = (_whole((eye - offset) / scale) for eye in points[2:4])
    return FaceBox(left=left, top=top, width=width, height=height, eyes=(one, other), score=score)


def _whole(pair: Float64[np.ndarray, " 2"]) -> tuple[int, int]:
    first, second = np.rint(pair).astype(np.int64).tolist()
    return first, second
