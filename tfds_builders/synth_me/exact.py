"""Arithmetic that gives the same bits on every processor: sine, blur, sampling.

For exp, pow, sin, Gaussian blur and remap, NumPy and OpenCV take other code on other processors, and its last bits
differ. Here stand integers, and +, -, *, / and sqrt of NumPy in a fixed order alone: IEEE 754 fixes their results.
"""

import math

import numpy as np
from jaxtyping import Float, Float32

_TERMS = 11
_BOXES = 3


def _sine_series() -> tuple[float, ...]:
    """Return the factors of t, t^3, t^5, ... of sin(2 pi t); by products, since a power is one of the C library."""
    square = (2 * math.pi) * (2 * math.pi)
    factors = [2 * math.pi]
    for k in range(1, _TERMS):
        factors.append(-factors[-1] * square / (2 * k * (2 * k + 1)))
    return tuple(factors)


_SINE = _sine_series()


def sine(turns: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Return sin(2 pi turns) within 1e-15: Taylor's series of a quarter turn, in float64."""
    near = np.asarray(turns - np.rint(turns), np.float64)
    near = np.where(np.abs(near) > 0.25, np.copysign(0.5, near) - near, near)
    square, total = near * near, np.full_like(near, _SINE[-1])
    for factor in _SINE[-2::-1]:
        total = total * square + factor
    return np.clip(total * near, -1.0, 1.0)


def cosine(turns: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Return cos(2 pi turns), as `sine`."""
    return sine(turns + 0.25)


def blurred(field: Float32[np.ndarray, "h w *c"], deviation: float) -> Float32[np.ndarray, "h w *c"]:
    """Return the field under the binomial window nearest to a Gaussian of this standard deviation, edges repeated."""
    order = 2 * max(1, round(2 * deviation * deviation))
    weights = [np.float32(math.comb(order, k) / 2**order) for k in range(order + 1)]
    for axis in (0, 1):
        field = np.moveaxis(field, axis, 0)
        padded = np.concatenate([*[field[:1]] * (order // 2), field, *[field[-1:]] * (order // 2)])
        total = padded[: len(field)] * weights[0]
        for k in range(1, order + 1):
            total += padded[k : k + len(field)] * weights[k]
        field = np.moveaxis(total, 0, axis)
    return field


def widely_blurred(field: Float32[np.ndarray, "h w"], deviation: float) -> Float32[np.ndarray, "h w"]:
    """Return the field under three box windows in turn, whose deviation together is about this; edges repeated."""
    half = max(1, round((math.sqrt(12 * deviation * deviation / _BOXES + 1) - 1) / 2))
    wide = field.astype(np.float64)
    for axis in (0, 1):
        wide = wide.swapaxes(0, axis)
        for _ in range(_BOXES):
            padded = np.concatenate([*[wide[:1]] * (half + 1), wide, *[wide[-1:]] * half])
            sums = np.cumsum(padded, axis=0)
            wide = (sums[2 * half + 1 :] - sums[: -2 * half - 1]) / (2 * half + 1)
        wide = wide.swapaxes(0, axis)
    return wide.astype(np.float32)


def sampled(
    planes: Float32[np.ndarray, "c h w"], x: Float32[np.ndarray, "*p"], y: Float32[np.ndarray, "*p"]
) -> tuple[Float32[np.ndarray, "*p"], ...]:
    """Return each plane between its pixels by linear interpolation, its edge repeated beyond it.

    Args:
        planes: at least 2 px high and wide.
        x: columns in px; the centre of the first pixel is (0, 0).
        y: rows likewise.
    """
    height, width = planes.shape[1:]
    x, y = np.clip(x, 0, np.float32(width - 1)), np.clip(y, 0, np.float32(height - 1))
    column, row = np.minimum(x.astype(np.int32), width - 2), np.minimum(y.astype(np.int32), height - 2)
    across, down, place = x - column.astype(np.float32), y - row.astype(np.float32), row * width + column
    found = []
    for plane in planes.reshape(len(planes), -1):
        upper, lower = plane.take(place), plane.take(place + width)
        upper += across * (plane.take(place + 1) - upper)
        lower += across * (plane.take(place + (width + 1)) - lower)
        found.append(upper + down * (lower - upper))
    return tuple(found)
