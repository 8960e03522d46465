"""The 68 iBUG landmarks of a face: FaceMesh (Kartynnik et al. 2019) by OpenCV's dnn, 68 of its 468 points."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from mebench.features.face.detect import FaceBox, blob, read_network

INPUT = 192
"""Side of the network's square input in px."""

ENLARGE = 1.5
"""Side of the region that the network sees, in sides of the face (MediaPipe's own setting)."""

POINTS, CONFIDENCE = "conv2d_21", "conv2d_31"
"""Names of the network's outputs: 468 points (x, y, z) in px of its input, and the logit that it saw a face."""

IBUG_68 = (
    *(127, 234, 93, 58, 172, 136, 150, 176, 152, 400, 379, 365, 397, 288, 323, 454, 356),  # 0-16 jaw
    *(70, 63, 105, 66, 107),  # 17-21 brow, left in the picture
    *(336, 296, 334, 293, 300),  # 22-26 brow, right in the picture
    *(168, 197, 5, 4),  # 27-30 bridge of the nose
    *(98, 97, 2, 326, 327),  # 31-35 base of the nose
    *(33, 160, 158, 133, 153, 144),  # 36-41 eye, left in the picture
    *(362, 385, 387, 263, 373, 380),  # 42-47 eye, right in the picture
    *(61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91),  # 48-59 outer lip
    *(78, 81, 13, 311, 308, 402, 14, 178),  # 60-67 inner lip
)
"""Mesh point of each iBUG landmark, in iBUG order.

The mesh's topology is MediaPipe's canonical face model; which of its points stand where the iBUG 68 do is common
knowledge among its users, and published tables (for one github.com/PeizhiYan/Mediapipe_2_Dlib_Landmarks) agree on
brows, eyes and lips up to a neighbour. Here each landmark is one point, and left and right are mirror images. On the
jaw, 12 points of the mesh's outline stand for 9 a side, so a jaw landmark may lie a few pixels along the outline.
"""

EYES = (33, 263)
"""Outer corners of the eyes in the mesh: they give the tilt of the head."""


@dataclass(frozen=True)
class Region:
    """A tilted square of the picture: centre (x, y) and side in px, tilt in radians (positive: clockwise)."""

    x: float
    y: float
    side: float
    tilt: float


def landmarks_68(frame: UInt8[np.ndarray, "h w 3"], face: FaceBox) -> tuple[Float32[np.ndarray, "68 2"], float]:
    """Return the iBUG landmarks (x, y) in whole px of the picture, and the probability that they lie on a face.

    The mesh is run twice: on the region of the detected box, then on the region of the first mesh.
    """
    network = read_network("face_landmark.tflite")
    mesh, _ = _mesh(network, frame, _region_of_box(face))
    mesh, score = _mesh(network, frame, _region_of_mesh(mesh))
    return mesh[list(IBUG_68)].astype(np.float32), score


def _mesh(
    network: cv2.dnn.Net, frame: UInt8[np.ndarray, "h w 3"], region: Region
) -> tuple[Float64[np.ndarray, "468 2"], float]:
    to_frame = _input_to_frame(region)
    view = cv2.warpAffine(frame, to_frame, (INPUT, INPUT), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    network.setInput(blob(view, scale=1 / 255, shift=0.0))
    points, logit = network.forward([POINTS, CONFIDENCE])
    xy = points.reshape(-1, 3)[:, :2].astype(np.float64)
    score = 1 / (1 + np.exp(-float(logit.ravel()[0])))
    return np.rint(xy @ to_frame[:, :2].T + to_frame[:, 2]), float(score)


def _input_to_frame(region: Region) -> Float64[np.ndarray, "2 3"]:
    rotation = _rotation(region.tilt) * (region.side / INPUT)
    centre = np.array([region.x, region.y])
    return np.column_stack([rotation, centre - rotation @ np.full(2, INPUT / 2)])


def _rotation(angle: float) -> Float64[np.ndarray, "2 2"]:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _region_of_box(face: FaceBox) -> Region:
    (left_x, left_y), (right_x, right_y) = face.eyes
    return Region(
        x=face.left + face.width / 2,
        y=face.top + face.height / 2,
        side=max(face.width, face.height) * ENLARGE,
        tilt=float(np.arctan2(right_y - left_y, right_x - left_x)),
    )


def _region_of_mesh(mesh: Float64[np.ndarray, "468 2"]) -> Region:
    dx, dy = mesh[EYES[1]] - mesh[EYES[0]]
    tilt = float(np.arctan2(dy, dx))
    upright = mesh @ _rotation(tilt)
    low, high = upright.min(axis=0), upright.max(axis=0)
    x, y = _rotation(tilt) @ ((low + high) / 2)
    return Region(x=float(x), y=float(y), side=float((high - low).max()) * ENLARGE, tilt=tilt)
