"""Random numbers whose every bit follows from the seed: of a generator's whole numbers, without exp, log or pow."""

import itertools
import math
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float32

from tfds_builders.synth_me.settings import Range

_BITS = 64
_SLOT_SECONDS = 0.01


def uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Return a number between `low` and `high`."""
    return low + (high - low) * float(rng.random())


def normals(rng: np.random.Generator, *shape: int) -> Float32[np.ndarray, "..."]:
    """Return nearly normal numbers: mean 0, variance 1, kurtosis 2.97, none beyond 8.1 (heads of 64 coins, a rest)."""
    coins = np.bitwise_count(rng.integers(0, 1 << _BITS, shape, np.uint64)).astype(np.float32)
    rest = rng.random(shape, np.float32)
    return (coins + rest - np.float32((_BITS + 1) / 2)) * np.float32(1 / math.sqrt(_BITS / 4 + 1 / 12))


def spread(rng: np.random.Generator, *shape: int) -> Float32[np.ndarray, "..."]:
    """Return numbers of mean 0 and variance 1, all between -sqrt(3) and sqrt(3) equally likely."""
    return (rng.random(shape, np.float32) - np.float32(0.5)) * np.float32(math.sqrt(12))


def arrivals(rng: np.random.Generator, rate: float, seconds: float) -> int:
    """Return how many events come in `seconds` at `rate` a second: at most one in each hundredth of a second."""
    slots = round(seconds / _SLOT_SECONDS)
    return int(np.count_nonzero(rng.random(slots) < rate * _SLOT_SECONDS))


def one_of(rng: np.random.Generator, odds: Mapping[str, float]) -> str:
    """Return a name, drawn by its odds (sum 1)."""
    drawn, names = float(rng.random()), list(odds)
    up_to = itertools.accumulate(odds.values())
    return next((name for name, end in zip(names, up_to, strict=True) if drawn < end), names[-1])


def within(rng: np.random.Generator, limits: Range) -> float:
    """Return `uniform` between two limits."""
    return uniform(rng, *limits)
