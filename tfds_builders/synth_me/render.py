"""A still face: one identity rendered once, and where each of its pixels goes when its face moves."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float32

from mebench.errors import unknown_name
from tfds_builders.synth_me.camera import Camera, Raster, face_camera, rasterise
from tfds_builders.synth_me.head import LEFT_EYE, RIGHT_EYE, Head
from tfds_builders.synth_me.identity import Identity, draw_identity
from tfds_builders.synth_me.skin import albedo, fractal_noise, surface_of

SAMPLES = 2
"""Rendered pixels for each pixel of the picture, along a side."""

GAMMA = 1.6
"""The picture's values are light to the power of 1 / GAMMA."""

GAZE = "eyeLook"
"""Face units whose names begin so turn the eyeballs."""

FILL_STEPS = 60
"""Steps that carry the lids' movement over the open eye, which is some 10 px high at 256."""


@dataclass(frozen=True)
class Face:
    """One identity, rendered once.

    Attributes:
        image: grey, 0 to 255, a person in front of a textured wall.
        head, vertices, camera: what was rendered.
        raster: what each pixel of `image` sees.
    """

    image: Float32[np.ndarray, "size size"]
    head: Head
    vertices: Float32[np.ndarray, "n 3"]
    camera: Camera
    raster: Raster

    def displacement(self, units: Mapping[str, float]) -> Float32[np.ndarray, "size size 2"]:
        """Return how far each pixel of `image` moves, (x, y) in px, when face units act; zero off the face.

        Lids carry the opened eye with them, so that a blink closes it when the picture is warped; the eyeball itself
        moves by gaze alone. Edges are smoothed by a Gaussian of 1/200 of the picture's side.

        Args:
            units: weights of face units by their ARKit names, 1 for the whole movement.

        Raises:
            MebenchError: there is no such face unit.
        """
        field = np.zeros((*self.image.shape, 2), np.float32)
        for gaze in (False, True):
            chosen = {name: weight for name, weight in units.items() if name.startswith(GAZE) == gaze}
            if chosen:
                field += self._field(chosen, through_eyes=not gaze)
        return cv2.GaussianBlur(field, (0, 0), len(field) / 200).astype(np.float32)

    def _field(self, units: Mapping[str, float], through_eyes: bool) -> Float32[np.ndarray, "size size 2"]:
        moved = self.vertices.copy()
        for name, weight in units.items():
            if name not in self.head.face_units:
                raise unknown_name("face unit", name, self.head.face_units)
            self.head.face_units[name].add_to(moved, weight)
        shift = self.camera.project(moved) - self.camera.project(self.vertices)
        field = np.zeros((*self.image.shape, 2), np.float32)
        field[self.raster.rows, self.raster.columns] = self.raster.interpolate(shift, self.head.faces)
        return _fill(field, _eyes(self.head, self.raster, len(field))) if through_eyes else field


def render_face(head: Head, seed: int, size: int = 256) -> Face:
    """Return the face of the person that `seed` stands for, `size` pixels square; same seed, same bytes."""
    people, paint, wall = (np.random.default_rng([seed, stream]) for stream in range(3))
    identity = draw_identity(head, people)
    camera = face_camera(head, identity.vertices, size)
    xy, depth = camera.project(identity.vertices), np.ascontiguousarray(identity.vertices[:, 2])
    fine = rasterise(xy, depth, head.faces, size, SAMPLES)
    light = _wall(identity.backdrop, size * SAMPLES, wall)
    light[fine.rows, fine.columns] = _shade(head, identity, fine, paint)
    light *= 1 - _occlusion(fine, depth, head, size * SAMPLES)
    light *= 1 - _lashes(_eyes(head, fine, size * SAMPLES))
    soft = cv2.GaussianBlur(light, (0, 0), 0.55 * SAMPLES)
    image = np.clip(cv2.resize(soft, (size, size), interpolation=cv2.INTER_AREA), 0, 1) ** np.float32(1 / GAMMA) * 255
    return Face(
        image=image.astype(np.float32),
        head=head,
        vertices=identity.vertices,
        camera=camera,
        raster=rasterise(xy, depth, head.faces, size),
    )


def _shade(head: Head, identity: Identity, raster: Raster, rng: np.random.Generator) -> Float32[np.ndarray, " p"]:
    """Return the light from each seen point: wrapped diffuse (Lambert), ambient from above, a soft highlight."""
    masks = np.stack([head.lips, head.eyelids], axis=1).astype(np.float32)
    groups = head.groups[raster.triangles]
    surface = surface_of(raster.interpolate(head.vertices, head.faces), groups, raster.interpolate(masks, head.faces))
    normal = _unit(raster.interpolate(_normals(identity.vertices, head.faces), head.faces))
    diffuse = np.clip((_dot(normal, identity.light) + np.float32(0.35)) / np.float32(1.35), 0, 1)
    x, y, z = identity.light
    half = np.array([x, y, z + 1]) / np.sqrt(x**2 + y**2 + (z + 1) ** 2)
    mirror = np.clip(_dot(normal, half), 0, 1)
    wet = (groups == LEFT_EYE) | (groups == RIGHT_EYE)
    highlight = np.where(wet, np.float32(0.8) * mirror**160, np.float32(0.07) * mirror**24)
    ambient = np.float32(identity.ambient) * (np.float32(0.7) + np.float32(0.3) * normal[:, 1])
    lit = ambient + np.float32(1 - 0.3 * identity.ambient) * diffuse
    return (albedo(head, identity, surface, rng) * lit + highlight).astype(np.float32)


def _normals(vertices: Float32[np.ndarray, "n 3"], faces: np.ndarray) -> Float32[np.ndarray, "n 3"]:
    """Return the unit normal at each vertex, the mean of its triangles' weighted by area."""
    corners = vertices[faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(total, faces[:, corner], normal)
    return _unit(total)


def _unit(vectors: Float32[np.ndarray, "p 3"]) -> Float32[np.ndarray, "p 3"]:
    length = np.sqrt((vectors**2).sum(axis=1, keepdims=True))
    return vectors / np.maximum(length, np.float32(1e-9))


def _dot(vectors: Float32[np.ndarray, "p 3"], direction: tuple[float, float, float] | np.ndarray) -> np.ndarray:
    x, y, z = (np.float32(part) for part in direction)
    return vectors[:, 0] * x + vectors[:, 1] * y + vectors[:, 2] * z


def _occlusion(
    raster: Raster, depth: Float32[np.ndarray, " n"], head: Head, side: int
) -> Float32[np.ndarray, "side side"]:
    """Return the share of light lost in creases, 0 to 0.45: how far a point lies behind its neighbours' mean."""
    own = np.full((side, side), depth.min(), np.float32)
    own[raster.rows, raster.columns] = raster.interpolate(depth[:, None], head.faces)[:, 0]
    lost = np.clip((cv2.GaussianBlur(own, (0, 0), 0.035 * side) - own) * np.float32(3.2), 0, np.float32(0.45))
    seen = np.zeros((side, side), np.float32)
    seen[raster.rows, raster.columns] = 1
    return lost * seen


def _eyes(head: Head, raster: Raster, side: int) -> Bool[np.ndarray, "side side"]:
    """Return which pixels see an eyeball."""
    groups = head.groups[raster.triangles]
    eyes = np.zeros((side, side), bool)
    eyes[raster.rows, raster.columns] = (groups == LEFT_EYE) | (groups == RIGHT_EYE)
    return eyes


def _lashes(eyes: Bool[np.ndarray, "side side"]) -> Float32[np.ndarray, "side side"]:
    """Return the share of light lost in the upper lashes, a soft line along the lid's edge."""
    step = max(1, len(eyes) // 170)
    above = np.zeros(eyes.shape, np.float32)
    above[:-step] = eyes[step:] & ~eyes[:-step]
    return np.float32(0.7) * cv2.GaussianBlur(above, (0, 0), step / 3).astype(np.float32)


def _wall(mean: float, side: int, rng: np.random.Generator) -> Float32[np.ndarray, "side side"]:
    """Return the light from a plastered wall: broad stains and fine grain."""
    y, x = np.mgrid[:side, :side].astype(np.float32) / np.float32(side)
    points = np.stack([x, y], axis=-1).reshape(-1, 2)  # (side * side, 2)
    broad, grain = fractal_noise(points, rng, 3, 3.0), fractal_noise(points, rng, 3, 31.0, 0.8)
    return (np.float32(mean) * (1 + np.float32(0.1) * broad + np.float32(0.05) * grain)).reshape(side, side)


def _fill(
    field: Float32[np.ndarray, "size size 2"], holes: Bool[np.ndarray, "size size"]
) -> Float32[np.ndarray, "size size 2"]:
    """Return the field with its holes filled from their edges, by relaxation of Laplace's equation."""
    for _ in range(FILL_STEPS):
        field[holes] = cv2.blur(field, (3, 3))[holes]
    return field
