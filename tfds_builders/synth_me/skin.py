"""Reflectance of each point of the face: skin, moles, lips, brows, hair, eyes; painted, not photographed."""

import itertools
import operator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32, UInt8

from tfds_builders.synth_me.draws import spread, uniform
from tfds_builders.synth_me.head import LEFT_EYE, LOWER_TEETH, RIGHT_EYE, SKIN, UPPER_TEETH, Head
from tfds_builders.synth_me.identity import Identity

LATTICE = 32
"""Side of the lattice of random values that the noise is read from, a power of two; it repeats after so many cells."""

AT_ONCE = 1 << 14
"""Points whose noise is computed at once: what fits into a core's cache."""

IRIS, PUPIL = 0.058, 0.024
"""Radii in the mesh's units."""


@dataclass(frozen=True)
class Surface:
    """Material of each seen point of a face.

    Attributes:
        place: where the point lies on the neutral head, whoever's face it is.
        groups: `SKIN` to `LOWER_TEETH`.
        lips, eyelids: 0 to 1.
    """

    place: Float32[np.ndarray, "p 3"]
    groups: UInt8[np.ndarray, " p"]
    lips: Float32[np.ndarray, " p"]
    eyelids: Float32[np.ndarray, " p"]


def albedo(head: Head, identity: Identity, surface: Surface, rng: np.random.Generator) -> Float32[np.ndarray, " p"]:
    """Return the reflectance at each point, 0 to 1."""
    place = surface.place
    coarse = fractal_noise(place, rng, octaves=2, frequency=2.2)
    grain = 0.03 * fractal_noise(place, rng, 3, 18.0, 0.75) + 0.04 * fractal_noise(place, rng, 2, 60.0, 0.8)
    colour = np.float32(identity.skin) * (1 + np.float32(0.04) * coarse + grain)
    colour *= _moles(place, rng)
    wrinkles = fractal_noise(place * np.array([3, 1, 1], np.float32), rng, 2, 20.0)
    colour *= 1 - surface.lips * (np.float32(0.36) - np.float32(0.08) * wrinkles)
    colour *= 1 - np.float32(0.25) * surface.eyelids
    for cover, dark in (_brows(place, rng), _hair(place, coarse, rng)):
        colour = colour * (1 - cover) + np.float32(identity.hair) * dark * cover
    for eye in (LEFT_EYE, RIGHT_EYE):
        seen = surface.groups == eye
        centre = head.vertices[head.eye_vertices(eye)].mean(axis=0)
        colour[seen] = _eye(place[seen] - centre, identity.iris)
    teeth = (surface.groups == UPPER_TEETH) | (surface.groups == LOWER_TEETH)
    colour[teeth] = np.float32(0.08)  # a pixel or two between closed lips, in their shadow
    return np.clip(colour, 0.01, 1)


def fractal_noise(
    points: Float32[np.ndarray, "p d"], rng: np.random.Generator, octaves: int, frequency: float, gain: float = 0.6
) -> Float32[np.ndarray, " p"]:
    """Return value noise summed over octaves (fractional Brownian motion), unit variance at the first one's nodes.

    Args:
        points: in d dimensions.
        rng: draws a lattice of values an octave.
        octaves: each has twice the frequency of the one before, and `gain` times its amplitude.
        frequency: lattice cells a unit of `points` in the first octave.
        gain: see `octaves`.
    """
    lattices = [spread(rng, *(LATTICE,) * points.shape[1]) for _ in range(octaves)]
    gains = itertools.accumulate([1.0, *[gain] * (octaves - 1)], operator.mul)
    wrapped = [np.pad(lattice, (0, 1), "wrap") for lattice in lattices]  # the first cell once more behind the last
    flats = [lattice.ravel() * np.float32(one) for lattice, one in zip(wrapped, gains, strict=True)]
    total = np.zeros(len(points), np.float32)
    for start in range(0, len(points), AT_ONCE):
        axes = np.ascontiguousarray(points[start : start + AT_ONCE].T)
        for octave, flat in enumerate(flats):
            total[start : start + AT_ONCE] += _lattice_value(flat, axes * np.float32(frequency * (1 << octave)))
    return total


def _lattice_value(flat: Float32[np.ndarray, " l"], points: Float32[np.ndarray, "d p"]) -> Float32[np.ndarray, " p"]:
    """Return a lattice, its first cells once more behind its last, at points between its nodes: smooth steps."""
    side = LATTICE + 1
    low = np.floor(points)
    part = points - low
    part *= part * (3 - 2 * part)
    address = np.zeros(points.shape[1], np.int32)
    for cells in low.astype(np.int32) & (LATTICE - 1):
        address *= side
        address += cells
    return _between(flat, address, part, [side**axis for axis in reversed(range(len(points)))])


def _between(
    flat: Float32[np.ndarray, " l"],
    address: Int32[np.ndarray, " p"],
    part: Float32[np.ndarray, "d p"],
    steps: list[int],
) -> Float32[np.ndarray, " p"]:
    """Return the values from `address` on, a step towards `part` along each axis."""
    if not steps:
        return flat.take(address)
    here = _between(flat, address, part[1:], steps[1:])
    there = _between(flat, address + steps[0], part[1:], steps[1:])
    there -= here
    there *= part[0]
    here += there
    return here


def _moles(place: Float32[np.ndarray, "p 3"], rng: np.random.Generator) -> Float32[np.ndarray, " p"]:
    """Return what moles leave of the light, 1 where there is none."""
    left = np.ones(len(place), np.float32)
    front = place[:, 2] > 0.5
    for _ in range(rng.integers(1, 7)):
        x, y, radius = uniform(rng, -0.7, 0.7), uniform(rng, 6.4, 7.9), uniform(rng, 0.013, 0.044)
        across, down = place[:, 0] - np.float32(x), place[:, 1] - np.float32(y)
        dark = np.maximum(1 - (across * across + down * down) / np.float32(radius * radius), 0)
        left *= 1 - np.float32(0.4) * (dark * dark) * front
    return left


def _brows(
    place: Float32[np.ndarray, "p 3"], rng: np.random.Generator
) -> tuple[Float32[np.ndarray, " p"], Float32[np.ndarray, " p"]]:
    """Return how far brows cover each point, and their shade: an arc above each eye, combed outwards."""
    x, y = np.abs(place[:, 0]), place[:, 1]
    along = (x - np.float32(0.315)) / np.float32(0.21)  # -1 at the nose, 1 at the temple
    arc = (
        np.float32(7.475 + uniform(rng, -0.01, 0.02))
        + np.float32(0.03) * (1 - along * along)
        - np.float32(0.015) * along
    )
    half = np.float32(uniform(rng, 0.028, 0.042)) * (1 - np.float32(0.5) * np.clip(along, -1, 1))
    hairs = fractal_noise(np.stack([x * 6 + y * 14, y * 5 - x * 2, place[:, 2]], axis=1), rng, 2, 6.0)
    cover = np.clip(np.float32(1.2) - np.abs(y - arc) / half, 0, 1) * np.clip((1 - np.abs(along)) * 5, 0, 1)
    cover = cover * (place[:, 2] > 0.6) * np.clip(np.float32(0.8) + np.float32(0.3) * hairs, 0, 1)
    return np.float32(0.9) * cover, np.ones_like(cover)


def _hair(
    place: Float32[np.ndarray, "p 3"], coarse: Float32[np.ndarray, " p"], rng: np.random.Generator
) -> tuple[Float32[np.ndarray, " p"], Float32[np.ndarray, " p"]]:
    """Return how far hair covers each point, and its shade: a cap of strands above forehead and temples."""
    x, y, z = np.abs(place[:, 0]), place[:, 1], place[:, 2]
    line = np.float32(uniform(rng, 7.8, 8.0)) - np.float32(0.35) * np.clip(x - np.float32(0.45), 0, 1)
    line = line - np.float32(1.1) * np.clip(np.float32(0.65) - z, 0, 2) + np.float32(0.03) * coarse
    cover = np.clip((y - line) / np.float32(0.06), 0, 1) * ((x < 0.86) | (y > 7.6))
    strands = fractal_noise(place * np.array([9, 1.2, 1.2], np.float32), rng, 3, 6.0)
    return cover, np.clip(1 + np.float32(0.35) * strands, np.float32(0.2), 3)


def _eye(offset: Float32[np.ndarray, "p 3"], iris: float) -> Float32[np.ndarray, " p"]:
    """Return the reflectance of an eyeball: white, iris that brightens outwards, dark rim, pupil."""
    x, y = offset[:, 0], offset[:, 1]
    radius = np.sqrt(x * x + y * y)
    in_iris = np.clip((np.float32(IRIS) - radius) / np.float32(0.006), 0, 1)
    in_pupil = np.clip((np.float32(PUPIL) - radius) / np.float32(0.005), 0, 1)
    colour = np.float32(0.72) * (1 - in_iris) + np.float32(iris) * (np.float32(0.6) + 7 * radius) * in_iris
    return colour * (1 - in_pupil) + np.float32(0.02) * in_pupil


def surface_of(
    place: Float32[np.ndarray, "p 3"], groups: UInt8[np.ndarray, " p"], masks: Float32[np.ndarray, "p 2"]
) -> Surface:
    """Return the surface; `masks` are lips and eyelids, 0 to 255, and count on skin only."""
    on_skin = masks / np.float32(255) * (groups == SKIN)[:, None]
    return Surface(place, groups, on_skin[:, 0], on_skin[:, 1])
