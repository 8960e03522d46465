"""Pairs of pictures whose flow is known: a texture moved by a smooth field."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

BORDER = 16
"""Pixels around the picture, so that what moves in from outside is known too."""


@dataclass(frozen=True)
class KnownPair:
    """Two grey pictures and the flow from the first to the second in px."""

    previous: UInt8[np.ndarray, "h w"]
    following: UInt8[np.ndarray, "h w"]
    flow: Float32[np.ndarray, "h w 2"]


def texture(rng: np.random.Generator, size: int) -> Float32[np.ndarray, "size size"]:
    """Return noise of several scales, 20 to 235 grey levels."""
    layers = [
        cv2.GaussianBlur(rng.normal(0, sigma, (size, size)), (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
        for sigma in (1.2, 3.0, 8.0)
    ]
    total = np.sum(layers, axis=0)
    return (20 + 215 * (total - total.min()) / np.ptp(total)).astype(np.float32)


def smooth_field(
    rng: np.random.Generator, size: int, amplitude: float, sigma: float = 14.0
) -> Float32[np.ndarray, "size size 2"]:
    """Return a random smooth field whose longest vector is `amplitude` px; `sigma` px is its smoothness."""
    noise = rng.normal(0, 1, (size, size, 2))
    field = cv2.GaussianBlur(noise, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return (field * (amplitude / np.sqrt(np.square(field).sum(axis=-1)).max())).astype(np.float32)


def known_pair(
    seed: int, size: int, amplitude: float, picture: UInt8[np.ndarray, "s s"] | None = None, noise: float = 0.0
) -> KnownPair:
    """Return a pair with a random smooth motion; same seed, same pair.

    The second picture is the first one sampled at y - field(y) (Lanczos), so the flow at x solves
    flow(x) = field(x + flow(x)); five fixed-point steps leave less than 1e-4 px.

    Args:
        seed: of texture, field and noise.
        size: side in px.
        amplitude: longest vector in px.
        picture: used in place of the texture; at least `size + 32` px square.
        noise: standard deviation of sensor noise in grey levels, on both pictures.
    """
    rng = np.random.default_rng(seed)
    outer = size + 2 * BORDER
    base = texture(rng, outer) if picture is None else picture[:outer, :outer].astype(np.float32)
    field = smooth_field(rng, outer, amplitude)
    moved = _sample(base, -field, cv2.INTER_LANCZOS4)
    flow = field
    for _ in range(5):
        flow = _sample(field, flow, cv2.INTER_LINEAR)
    inner = (slice(BORDER, -BORDER), slice(BORDER, -BORDER))
    pictures = [
        np.clip(np.rint(p[inner] + noise * rng.normal(0, 1, (size, size))), 0, 255).astype(np.uint8)
        for p in (base, moved)
    ]
    return KnownPair(pictures[0], pictures[1], flow[inner].astype(np.float32))


def end_point_error(
    found: Float32[np.ndarray, "n h w 2"], truth: Float32[np.ndarray, "n h w 2"]
) -> Float32[np.ndarray, " n"]:
    """Return the mean distance in px between the found and the true vectors of each pair."""
    return np.sqrt(np.square(found - truth).sum(axis=-1)).mean(axis=(1, 2))


def _sample(
    picture: Float32[np.ndarray, "h w *c"], displacement: Float32[np.ndarray, "h w 2"], method: int
) -> Float32[np.ndarray, "h w *c"]:
    height, width = displacement.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    places = x + displacement[..., 0], y + displacement[..., 1]
    return cv2.remap(picture, *places, method, borderMode=cv2.BORDER_REFLECT).astype(np.float32)
