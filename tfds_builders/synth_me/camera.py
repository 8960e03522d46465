"""A camera in front of the face: projection, and which triangle each pixel sees."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Int32, Int64

from tfds_builders.synth_me.head import LEFT_EYE, RIGHT_EYE, Head

EYES_APART = 0.27
"""Distance of the eyes' centres, in sides of the picture."""

DISTANCE = 12.0
"""Distance of the camera from the face, in distances of the eyes (about 0.75 m)."""

BELOW_EYES = 0.4
"""How far below the eyes the camera looks, in distances of the eyes."""


@dataclass(frozen=True)
class Camera:
    """A perspective camera that looks along -z.

    Attributes:
        centre: point of the head that is seen in the middle of the picture.
        scale: px a unit of the mesh at the depth of `centre`.
        distance: of the camera from `centre`, in units of the mesh.
        size: side of the picture in px.
    """

    centre: Float32[np.ndarray, " 3"]
    scale: float
    distance: float
    size: int

    def project(self, vertices: Float32[np.ndarray, "n 3"]) -> Float32[np.ndarray, "n 2"]:
        """Return (x, y) in px; the centre of the first pixel is (0, 0)."""
        moved = vertices - self.centre
        scale = np.float32(self.scale * self.distance) / (np.float32(self.distance) - moved[:, 2])
        xy = moved[:, :2] * np.array([1, -1], np.float32) * scale[:, None]
        return xy + np.float32((self.size - 1) / 2)


@dataclass(frozen=True)
class Raster:
    """The pixels that see a triangle, and where in it.

    Attributes:
        rows, columns: of each such pixel.
        triangles: which triangle it sees.
        weights: barycentric coordinates there, 0 to 1, sum 1.
    """

    rows: Int64[np.ndarray, " p"]
    columns: Int64[np.ndarray, " p"]
    triangles: Int32[np.ndarray, " p"]
    weights: Float32[np.ndarray, "p 3"]

    def interpolate(
        self, values: Float32[np.ndarray, "n c"], faces: Int32[np.ndarray, "f 3"]
    ) -> Float32[np.ndarray, "p c"]:
        """Return values given at the vertices, at each pixel."""
        corners = faces[self.triangles]
        first, second, third = (values[corners[:, k]] * self.weights[:, k, None] for k in range(3))
        return first + second + third


def face_camera(head: Head, vertices: Float32[np.ndarray, "n 3"], size: int) -> Camera:
    """Return the camera that sees the whole face upright, its eyes at the same distance in every picture."""
    left, right = (vertices[head.eye_vertices(eye)].mean(axis=0) for eye in (LEFT_EYE, RIGHT_EYE))
    x, y, z = ((left - right).astype(np.float64)).tolist()
    apart = math.sqrt(x * x + y * y + z * z)
    centre = (left + right) / 2 - np.array([0, BELOW_EYES * apart, 0], np.float32)
    return Camera(centre=centre, scale=EYES_APART * size / apart, distance=DISTANCE * apart, size=size)


def rasterise(
    xy: Float32[np.ndarray, "n 2"],
    depth: Float32[np.ndarray, " n"],
    faces: Int32[np.ndarray, "f 3"],
    size: int,
    samples: int = 1,
) -> Raster:
    """Return what a grid of `size * samples` pixels a side sees of the triangles that face the camera.

    Triangles are painted from the farthest (least mean `depth`) to the nearest.

    Args:
        xy: vertices in px of a picture of side `size`.
        depth: of each vertex, greater nearer the camera.
        faces: corners of the triangles.
        size: see `samples`.
        samples: pixels of the grid for each pixel of that picture, along a side.
    """
    corners = xy[faces]
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    visible = np.flatnonzero(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0] < 0)
    order = visible[np.argsort(depth[faces[visible]].mean(axis=1), kind="stable")]
    fixed = np.rint(((corners + 0.5) * samples - 0.5) * 16).astype(np.int32)  # 4 bits behind the point
    seen = np.full((size * samples, size * samples), -1, np.int32)
    for triangle in order.tolist():
        cv2.fillConvexPoly(seen, fixed[triangle], triangle, cv2.LINE_8, 4)
    rows, columns = np.nonzero(seen >= 0)
    triangles = seen[rows, columns]
    points = ((np.stack([columns, rows], axis=1) + 0.5) / samples - 0.5).astype(np.float32)
    return Raster(rows, columns, triangles, _barycentric(corners[triangles], points))


def _barycentric(
    corners: Float32[np.ndarray, "p 3 2"], points: Float32[np.ndarray, "p 2"]
) -> Float32[np.ndarray, "p 3"]:
    """Return the coordinates of points that lie in their triangles or, by rounding, just outside."""
    one, two, to = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0], points - corners[:, 0]
    area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    second = (to[:, 0] * two[:, 1] - to[:, 1] * two[:, 0]) / area
    third = (one[:, 0] * to[:, 1] - one[:, 1] * to[:, 0]) / area
    weights = np.clip(np.stack([1 - second - third, second, third], axis=1), 0, 1)
    return weights / weights.sum(axis=1, keepdims=True)
