"""Flow as a colour picture: the hue says where to, the brightness how far; one fixed legend for every clip.

`python -m mebench.features.clips.flow_picture OUT.png` draws the legend.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from mebench.atomic import write_bytes

FULL = 0.01
"""Motion that is shown at full brightness, in sides of the crop; longer vectors are no brighter."""

LEGEND = (
    "The colour shows the direction of motion in the picture (red: right, yellow-green: down, cyan: left, "
    "violet: up), the brightness its length (black: none; full: 1 % of the picture's side or more)."
)
"""The legend in words, for a prompt."""

_NAMES = ("right", "down", "left", "up")


def flow_picture(flow: Float32[np.ndarray, "h w 2"], full: float) -> UInt8[np.ndarray, "h w 3"]:
    """Return the flow in colours, RGB: HSV with hue = atan2(v, u), saturation 1, value = min(1, |(u, v)| / full).

    u points right and v down: right is red (0 degrees), down yellow-green (90), left cyan (180), up violet (270).

    Args:
        flow: u and v in px.
        full: length in px that is shown at full brightness.
    """
    hue = np.arctan2(flow[..., 1], flow[..., 0]) * np.float32(3 / np.pi) % 6  # sixths of the circle
    value = np.minimum(np.linalg.norm(flow, axis=-1) / np.float32(full), 1)
    sector = (np.array([5, 3, 1], np.float32) + hue[..., None]) % 6  # (h, w, 3): red, green, blue
    colour = value[..., None] * (1 - np.clip(np.minimum(sector, 4 - sector), 0, 1))
    return np.rint(255 * colour).astype(np.uint8)


def legend_picture(size: int = 240) -> UInt8[np.ndarray, "h w 3"]:
    """Return the legend, RGB: a disc whose colour at each place means the vector from its centre to there."""
    radius = size * 0.32
    axis = np.arange(size, dtype=np.float32) - (size - 1) / 2
    vectors = np.stack(np.meshgrid(axis, axis), axis=-1).astype(np.float32)
    picture = flow_picture(vectors, radius)
    picture[np.linalg.norm(vectors, axis=-1) > radius] = 255
    margin = (size / 2 - radius) / 2
    places = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]]) * (size / 2 - margin) + size / 2
    for name, (x, y) in zip(_NAMES, places, strict=True):
        _centred(picture, name, float(x), float(y))
    _centred(picture, f"edge: {FULL:.0%} of the side", size / 2, size - 8.0)
    return picture


def _centred(picture: UInt8[np.ndarray, "h w 3"], text: str, x: float, y: float) -> None:
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.42
    (width, height), _ = cv2.getTextSize(text, font, scale, 1)
    place = (round(x - width / 2), round(y + height / 2))
    cv2.putText(picture, text, place, font, scale, (0, 0, 0), 1, cv2.LINE_AA)


def main(path: str) -> None:
    """Write the legend to a PNG file."""
    _, data = cv2.imencode(".png", legend_picture()[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
    write_bytes(Path(path), data.tobytes())


if __name__ == "__main__":
    main(sys.argv[1])
