"""Courses of time: band-limited noise and the profile of an expression, as functions of seconds."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from tfds_builders.synth_me.draws import normals
from tfds_builders.synth_me.exact import cosine, sine

_WAVES = 24


@dataclass(frozen=True)
class BandNoise:
    """Smooth noise as a sum of sines: defined at every time, so that each frame rate samples the same course.

    Attributes:
        hz: frequencies.
        phase: in turns.
        amplitude: of each sine; the standard deviation of the sum is amplitude * sqrt(waves / 2).
    """

    hz: Float64[np.ndarray, " waves"]
    phase: Float64[np.ndarray, " waves"]
    amplitude: float

    def __call__(self, seconds: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
        """Return the noise at these times."""
        total = np.zeros(len(seconds))
        for hz, phase in zip(self.hz.tolist(), self.phase.tolist(), strict=True):
            total += sine(seconds * hz + phase)
        return self.amplitude * total


def band_noise(rng: np.random.Generator, hz: float, deviation: float) -> BandNoise:
    """Draw noise of this standard deviation whose frequencies spread as |N(0, hz)|: little power beyond 2 hz."""
    frequencies = np.abs(normals(rng, _WAVES).astype(np.float64) * hz)
    return BandNoise(frequencies, rng.random(_WAVES), deviation * math.sqrt(2 / _WAVES))


def profile(seconds: Float64[np.ndarray, " n"], onset: float, apex: float, offset: float) -> Float64[np.ndarray, " n"]:
    """Return the intensity of an expression: 0 until the onset, 1 at the apex, 0 from the offset on.

    Rises and falls by half a cosine each, at its own speed (asymmetric unless the apex lies in the middle).
    """
    rise = (seconds - onset) / (apex - onset)
    fall = (offset - seconds) / (offset - apex)
    return 0.5 - 0.5 * cosine(np.clip(np.minimum(rise, fall), 0.0, 1.0) / 2)
