"""Whose face it is: a random mix of MakeHuman's targets, and the colours that go with it."""

import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from tfds_builders.synth_me.draws import uniform
from tfds_builders.synth_me.exact import cosine, sine
from tfds_builders.synth_me.head import Head

ORIGINS, SEXES, AGES = ("african", "asian", "caucasian"), ("female", "male"), ("young", "old")

DETAILS = (
    ("head/", 3, 0.5),
    ("nose/", 6, 0.5),
    ("chin/", 3, 0.5),
    ("mouth/", 5, 0.35),
    ("cheek/l-", 2, 0.5),
    ("eyes/l-", 4, 0.4),
    ("eyebrows/", 2, 0.4),
)
"""Beginning of a target's name, how many such are drawn, and their greatest weight."""


@dataclass(frozen=True)
class Identity:
    """One invented person.

    Attributes:
        vertices: the person's neutral head.
        skin, hair, iris: reflectance, 0 to 1.
        light: direction to the lamp, unit length; it stands to one side.
        ambient: share of the light that comes from everywhere.
        backdrop: mean reflectance of the wall behind.
    """

    vertices: Float32[np.ndarray, "n 3"]
    skin: float
    hair: float
    iris: float
    light: tuple[float, float, float]
    ambient: float
    backdrop: float


def draw_identity(head: Head, rng: np.random.Generator) -> Identity:
    """Return a person drawn by `rng`."""
    vertices = head.vertices.copy()
    origin = _shares(rng, len(ORIGINS))
    male, old = uniform(rng, 0.0, 1.0), uniform(rng, 0.0, 0.6)
    _add_origin(head, vertices, origin, (1 - male, male), (1 - old, old))
    for prefix, count, most in DETAILS:
        _add_details(head, vertices, rng, prefix, count, most)
    turns = np.array([(-1, 1)[rng.integers(2)] * uniform(rng, 0.024, 0.111), uniform(rng, 0.04, 0.111)])
    (sin_side, sin_height), (cos_side, cos_height) = sine(turns).tolist(), cosine(turns).tolist()
    return Identity(
        vertices=vertices,
        skin=uniform(rng, 0.5, 0.72) * (1 - 0.4 * origin[0]),
        hair=uniform(rng, 0.03, 0.14),
        iris=uniform(rng, 0.08, 0.25),
        light=(sin_side * cos_height, sin_height, cos_side * cos_height),
        ambient=uniform(rng, 0.35, 0.55),
        backdrop=uniform(rng, 0.15, 0.45),
    )


def _shares(rng: np.random.Generator, count: int) -> tuple[float, ...]:
    """Return shares that add up to 1, one of them often much larger than the rest."""
    drawn = rng.random(count)
    heavy = drawn * drawn
    total = list(itertools.accumulate(heavy.tolist()))[-1]  # sum() of floats is another one since Python 3.12
    return tuple((heavy / total).tolist())


def _add_origin(
    head: Head,
    vertices: Float32[np.ndarray, "n 3"],
    origin: tuple[float, ...],
    sexes: tuple[float, float],
    ages: tuple[float, float],
) -> None:
    """Add MakeHuman's macro targets, weighted by the products of the shares."""
    for sex, of_sex in zip(SEXES, sexes, strict=True):
        for age, of_age in zip(AGES, ages, strict=True):
            universal = f"macrodetails/universal-{sex}-{age}-averagemuscle-averageweight"
            head.targets[universal].add_to(vertices, of_sex * of_age)
            for name, share in zip(ORIGINS, origin, strict=True):
                head.targets[f"macrodetails/{name}-{sex}-{age}"].add_to(vertices, share * of_sex * of_age)


def _add_details(
    head: Head, vertices: Float32[np.ndarray, "n 3"], rng: np.random.Generator, prefix: str, count: int, most: float
) -> None:
    """Add `count` targets of a part of the face; a left one together with its right twin."""
    names = sorted(name for name in head.targets if name.startswith(prefix))
    for place in rng.choice(len(names), count, replace=False):
        weight = uniform(rng, 0.0, most)
        head.targets[names[place]].add_to(vertices, weight)
        if "/l-" in prefix:
            head.targets[names[place].replace("/l-", "/r-")].add_to(vertices, weight)
