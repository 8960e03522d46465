"""Whose face it is: a random mix of MakeHuman's targets, and the colours that go with it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

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
    origin = rng.dirichlet([0.7, 0.7, 0.7])
    male, old = rng.uniform(0, 1), rng.uniform(0, 0.6)
    _add_origin(head, vertices, origin, (1 - male, male), (1 - old, old))
    for prefix, count, most in DETAILS:
        _add_details(head, vertices, rng, prefix, count, most)
    side, height = rng.choice([-1, 1]) * rng.uniform(0.15, 0.7), rng.uniform(0.25, 0.7)
    return Identity(
        vertices=vertices,
        skin=float(rng.uniform(0.5, 0.72) * (1 - 0.4 * origin[0])),
        hair=float(rng.uniform(0.03, 0.14)),
        iris=float(rng.uniform(0.08, 0.25)),
        light=(
            float(np.sin(side) * np.cos(height)),
            float(np.sin(height)),
            float(np.cos(side) * np.cos(height)),
        ),
        ambient=float(rng.uniform(0.35, 0.55)),
        backdrop=float(rng.uniform(0.15, 0.45)),
    )


def _add_origin(
    head: Head,
    vertices: Float32[np.ndarray, "n 3"],
    origin: np.ndarray,
    sexes: tuple[float, float],
    ages: tuple[float, float],
) -> None:
    """Add MakeHuman's macro targets, weighted by the products of the shares."""
    for sex, of_sex in zip(SEXES, sexes, strict=True):
        for age, of_age in zip(AGES, ages, strict=True):
            universal = f"macrodetails/universal-{sex}-{age}-averagemuscle-averageweight"
            head.targets[universal].add_to(vertices, of_sex * of_age)
            for name, share in zip(ORIGINS, origin, strict=True):
                head.targets[f"macrodetails/{name}-{sex}-{age}"].add_to(vertices, float(share) * of_sex * of_age)


def _add_details(
    head: Head, vertices: Float32[np.ndarray, "n 3"], rng: np.random.Generator, prefix: str, count: int, most: float
) -> None:
    """Add `count` targets of a part of the face; a left one together with its right twin."""
    names = sorted(name for name in head.targets if name.startswith(prefix))
    for place in rng.choice(len(names), count, replace=False):
        weight = float(rng.uniform(0, most))
        head.targets[names[place]].add_to(vertices, weight)
        if "/l-" in prefix:
            head.targets[names[place].replace("/l-", "/r-")].add_to(vertices, weight)
