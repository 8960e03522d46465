"""MEAN's input as published: flow and strain of two strips, 42x42x3 (mebench/docs/mean.md, Input features, 4 to 6)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float16, Float32, Float64

from mebench.errors import MebenchError
from mebench.features.windows.interpolation import linear_taps
from mebench.features.windows.strain import optical_strain

WIDTH, HEIGHT = 42, 21
"""Each strip is resized to this; two stand on top of each other."""

MARGIN, REFERENCE = 12, 128
"""Pixels around the landmarks of a strip, in a crop of 128; other crops scale it."""


@dataclass(frozen=True)
class Strip:
    """Rows `top` to `bottom` and columns `left` to `right` of the crop; the ends are not included."""

    top: int
    bottom: int
    left: int
    right: int


def strips(landmarks: Float32[np.ndarray, "68 2"], height: int, width: int) -> tuple[Strip, Strip]:
    """Return the strips of brows and eyes, and of the mouth, within the crop (mebench/docs/mean.md, Input features, 6).

    Args:
        landmarks: iBUG order, 0-based, (x, y) in px of the crop.
        height: of the crop in px.
        width: of the crop in px.

    Raises:
        MebenchError: the landmarks lie so far off that a strip is empty.
    """
    x, y = np.rint(landmarks).astype(np.int64).T.tolist()
    eyes = _strip(min(y[19], y[24]), max(y[41], y[46]), x[17], x[26], height, width)
    mouth = _strip(y[50], y[57], x[60], x[64], height, width)
    return eyes, mouth


def _strip(top: int, bottom: int, left: int, right: int, height: int, width: int) -> Strip:
    return region(Strip(top, bottom, left, right), MARGIN, height, width)


def region(box: Strip, margin: int, height: int, width: int) -> Strip:
    """Return the box with a margin in px of a crop of 128, clipped to the crop.

    Raises:
        MebenchError: nothing of it lies in the crop.
    """
    rows, columns = round(margin * height / REFERENCE), round(margin * width / REFERENCE)
    strip = Strip(
        top=max(0, box.top - rows),
        bottom=min(height, box.bottom + rows),
        left=max(0, box.left - columns),
        right=min(width, box.right + columns),
    )
    if strip.bottom <= strip.top or strip.right <= strip.left:
        raise MebenchError(
            f"the landmarks leave an empty strip {strip} in a crop of {width}x{height} pixels; "
            "look at the first frame of the video: the face must be whole and upright"
        )
    return strip


def resize_strip(field: Float32[np.ndarray, "n h w"], strip: Strip) -> Float32[np.ndarray, "n 21 42"]:
    """Return the strip of each field, 42 wide and 21 high, as `cv2.resize(..., INTER_LINEAR)` within 1e-5.

    Elementwise all through, so a sample's result depends on neither the batch nor the number of threads.
    """
    rows = linear_taps(strip.bottom - strip.top, HEIGHT)
    columns = linear_taps(strip.right - strip.left, WIDTH)
    part = field[:, strip.top : strip.bottom, strip.left : strip.right]
    low, high = part[:, rows.low], part[:, rows.high]
    lines = low + rows.weight[:, None] * (high - low)  # (n, 21, w)
    low, high = lines[:, :, columns.low], lines[:, :, columns.high]
    return low + columns.weight * (high - low)  # (n, 21, 42)


def mean_input(
    flow: Float32[np.ndarray, "n h w 2"], landmarks: Float32[np.ndarray, "68 2"]
) -> Float16[np.ndarray, "n 42 42 3"]:
    """Return u, v and strain, each min-max normalised to [0, 1] over the whole field, of the two strips.

    The published order is kept: normalised before it is cropped, so that magnitude and the zero level are lost. A
    field that is constant becomes 0. (Normalising is affine and interpolation weights add to 1: here the strips are
    cut first and only they are normalised, with the limits of the whole field.)

    Args:
        flow: u and v in px.
        landmarks: iBUG order, (x, y) in px of the same crop.
    """
    planes = []
    for channel in (flow[..., 0], flow[..., 1], optical_strain(flow)):
        low = channel.min(axis=(1, 2), keepdims=True)
        span = channel.max(axis=(1, 2), keepdims=True) - low
        scale = np.divide(1, span, out=np.zeros_like(span), where=span > 0)
        planes.append(np.clip((stacked_strips(channel, landmarks) - low) * scale, 0, 1))
    return np.stack(planes, axis=-1).astype(np.float16)


def stacked_strips(
    field: Float32[np.ndarray, "n h w"], landmarks: Float32[np.ndarray, "68 2"]
) -> Float32[np.ndarray, "n 42 42"]:
    """Return brows and eyes above the mouth, each 42 wide and 21 high."""
    pair = strips(landmarks, field.shape[1], field.shape[2])
    return np.concatenate([resize_strip(field, strip) for strip in pair], axis=1)


def region_magnitude(
    flow: Float32[np.ndarray, "n h w 2"], landmarks: Float32[np.ndarray, "68 2"]
) -> Float32[np.ndarray, " n"]:
    """Return the mean length of the flow in px over the pixels of the two strips, before any normalisation.

    A pixel in both strips counts twice. What a spotter by threshold sees.
    """
    total: Float64[np.ndarray, " n"] = np.zeros(len(flow))
    pixels = 0
    for strip in strips(landmarks, flow.shape[1], flow.shape[2]):
        part = flow[:, strip.top : strip.bottom, strip.left : strip.right].astype(np.float64)
        length = np.sqrt(np.square(part[..., 0]) + np.square(part[..., 1])).reshape(len(flow), -1)  # (n, h * w)
        total += length.sum(axis=1)
        pixels += length.shape[1]
    return (total / pixels).astype(np.float32)
