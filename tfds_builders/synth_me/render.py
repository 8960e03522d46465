"""A still face: one identity rendered once, and where each of its pixels goes when its face moves."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt8

from mebench.errors import unknown_name
from tfds_builders.synth_me.camera import Camera, Raster, face_camera, rasterise
from tfds_builders.synth_me.exact import blurred, widely_blurred
from tfds_builders.synth_me.head import LEFT_EYE, RIGHT_EYE, Head
from tfds_builders.synth_me.identity import Identity, draw_identity
from tfds_builders.synth_me.skin import albedo, fractal_noise, surface_of

SAMPLES = 2
"""Rendered pixels for each pixel of the picture, along a side."""

SOFTNESS = 0.5
"""Standard deviation of the lens's blur in px of the picture."""

GAZE = "eyeLook"
"""Face units whose names begin so turn the eyeballs."""

FILL_STEPS = 60
"""Steps that carry the lids' movement over the open eye, which is some 10 px high at 256."""


@dataclass(frozen=True)
class Face:
    """One identity, rendered once.

    Attributes:
        fine: grey values, a person in front of a textured wall, `SAMPLES` to each pixel of `image` along a side.
        head, vertices, camera: what was rendered.
        raster: what each pixel of `image` sees.
    """

    fine: UInt8[np.ndarray, "fine fine"]
    head: Head
    vertices: Float32[np.ndarray, "n 3"]
    camera: Camera
    raster: Raster

    @property
    def image(self) -> UInt8[np.ndarray, "size size"]:
        """The picture: means of the fine pixels, rounded."""
        side = len(self.fine) // SAMPLES
        blocks = self.fine.astype(np.uint16).reshape(side, SAMPLES, side, SAMPLES).sum(axis=(1, 3), dtype=np.uint16)
        return ((blocks + SAMPLES * SAMPLES // 2) // (SAMPLES * SAMPLES)).astype(np.uint8)

    def displacement(self, units: Mapping[str, float]) -> Float32[np.ndarray, "size size 2"]:
        """Return how far each pixel of `image` moves, (x, y) in px, when face units act; zero off the face.

        Lids carry the opened eye with them, so that a blink closes it when the picture is warped; the eyeball itself
        moves by gaze alone. Edges are smoothed over 1/200 of the picture's side.

        Args:
            units: weights of face units by their ARKit names, 1 for the whole movement.

        Raises:
            MebenchError: there is no such face unit.
        """
        field = np.zeros((self.camera.size, self.camera.size, 2), np.float32)
        for gaze in (False, True):
            chosen = {name: weight for name, weight in units.items() if name.startswith(GAZE) == gaze}
            if chosen:
                field += self._field(chosen, through_eyes=not gaze)
        return blurred(field, len(field) / 200)

    def _field(self, units: Mapping[str, float], through_eyes: bool) -> Float32[np.ndarray, "size size 2"]:
        moved = self.vertices.copy()
        for name, weight in units.items():
            if name not in self.head.face_units:
                raise unknown_name("face unit", name, self.head.face_units)
            self.head.face_units[name].add_to(moved, weight)
        shift = self.camera.project(moved) - self.camera.project(self.vertices)
        field = np.zeros((self.camera.size, self.camera.size, 2), np.float32)
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
    return Face(
        fine=_grey(blurred(light, SOFTNESS * SAMPLES)),
        head=head,
        vertices=identity.vertices,
        camera=camera,
        raster=rasterise(xy, depth, head.faces, size),
    )


def _grey(light: Float32[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w"]:
    """Return grey values, 255 * light^(5/8) (a display's gamma of 1.6), by roots, which are exact."""
    half = np.sqrt(np.clip(light, 0, 1))
    return (half * np.sqrt(np.sqrt(half)) * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def _shade(head: Head, identity: Identity, raster: Raster, rng: np.random.Generator) -> Float32[np.ndarray, " p"]:
    """Return the light from each seen point: wrapped diffuse (Lambert), ambient from above, a soft highlight."""
    masks = np.stack([head.lips, head.eyelids], axis=1).astype(np.float32)
    groups = head.groups[raster.triangles]
    surface = surface_of(raster.interpolate(head.vertices, head.faces), groups, raster.interpolate(masks, head.faces))
    normal = _unit(raster.interpolate(_normals(identity.vertices, head.faces), head.faces))
    diffuse = np.clip((_dot(normal, identity.light) + np.float32(0.35)) / np.float32(1.35), 0, 1)
    x, y, z = identity.light
    half = np.array([x, y, z + 1]) / math.sqrt(x * x + y * y + (z + 1) * (z + 1))
    mirror = np.clip(_dot(normal, half), 0, 1)
    wet = (groups == LEFT_EYE) | (groups == RIGHT_EYE)
    highlight = np.where(wet, np.float32(0.8) * _to_the_160th(mirror), np.float32(0.07) * _to_the_24th(mirror))
    ambient = np.float32(identity.ambient) * (np.float32(0.7) + np.float32(0.3) * normal[:, 1])
    lit = ambient + np.float32(1 - 0.3 * identity.ambient) * diffuse
    return (albedo(head, identity, surface, rng) * lit + highlight).astype(np.float32)


def _to_the_24th(mirror: Float32[np.ndarray, " p"]) -> Float32[np.ndarray, " p"]:
    square = mirror * mirror
    eighth = (square * square) * (square * square)
    return eighth * eighth * eighth


def _to_the_160th(mirror: Float32[np.ndarray, " p"]) -> Float32[np.ndarray, " p"]:
    square = mirror * mirror
    eighth = (square * square) * (square * square)
    to_the_32nd = (eighth * eighth) * (eighth * eighth)
    double = to_the_32nd * to_the_32nd
    return double * double * to_the_32nd


def _normals(vertices: Float32[np.ndarray, "n 3"], faces: np.ndarray) -> Float32[np.ndarray, "n 3"]:
    """Return the unit normal at each vertex, the mean of its triangles' weighted by area."""
    corners = vertices[faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(total, faces[:, corner], normal)
    return _unit(total)


def _unit(vectors: Float32[np.ndarray, "p 3"]) -> Float32[np.ndarray, "p 3"]:
    x, y, z = vectors.T
    length = np.sqrt(x * x + y * y + z * z)[:, None]
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
    lost = np.clip((widely_blurred(own, 0.035 * side) - own) * np.float32(3.2), 0, np.float32(0.45))
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
    return np.float32(0.7) * blurred(above, step / 3)


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
    rows, columns = (np.flatnonzero(holes.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return field
    around = np.s_[rows[0] - 1 : rows[-1] + 2, columns[0] - 1 : columns[-1] + 2]
    part, inside = field[around].copy(), holes[around][1:-1, 1:-1, None]
    for _ in range(FILL_STEPS):
        lines = part[:-2] + part[1:-1] + part[2:]
        means = (lines[:, :-2] + lines[:, 1:-1] + lines[:, 2:]) * np.float32(1 / 9)
        part[1:-1, 1:-1] = np.where(inside, means, part[1:-1, 1:-1])
    field[around] = part
    return field
