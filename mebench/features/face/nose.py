"""Motion of the head in the picture, followed on the nose: pyramidal Lucas-Kanade (Bouguet 2001), shift and roll."""

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from mebench.features.flow.registry import FlowFunction

NOSE = slice(27, 36)
"""Bridge and base of the nose among the 68 landmarks: what moves least when a face does."""

ROWS, COLUMNS = 8, 6
"""Grid of points that are followed, over the box of the nose's landmarks and a margin."""

MARGIN, WINDOW, REFERENCE = 8, 21, 128
"""Margin around the nose and side of Lucas-Kanade's window in px of a crop of 128; other crops scale them."""

LEVELS, STEPS, EPSILON = 3, 30, 1e-3
"""Pyramid levels above the picture itself; steps, and the change in px that ends them, on each level."""

LEAST, OUTLIER, ROUNDS = 8, 2.5, 2
"""Least number of points that must be found; residuals above so many medians are left out; how often that is done."""


def nose_motion(
    first: UInt8[np.ndarray, "h w"], following: UInt8[np.ndarray, "n h w"], landmarks: Float32[np.ndarray, "68 2"]
) -> Float32[np.ndarray, "n 2 3"]:
    """Return where the nose goes from the first frame to each following one: (x, y, 1) to (x, y), in px.

    Shift and roll are fitted to a grid of points over the nose, without those that do not follow it. (No zoom: a nose
    that is wrinkled, AU9, would give one, and it would be wrong by the more the farther from the nose.) Where fewer
    than 8 points are found again (a black frame, a hand before the face) the motion is NaN.

    Args:
        first: grey crop.
        following: grey crops.
        landmarks: iBUG order, (x, y) in px of the first crop.
    """
    points = _grid(landmarks, first.shape[0])
    found = [_follow(first, frame, points) for frame in following]
    places = np.array([places for places, _ in found], np.float32).reshape(-1, len(points), 2)
    valid = np.array([valid for _, valid in found], bool).reshape(-1, len(points))
    return _rigid(points, places, valid)


def motion_field(motion: Float32[np.ndarray, "n 2 3"], height: int, width: int) -> Float32[np.ndarray, "n h w 2"]:
    """Return the displacement (u, v) in px that a rigid motion gives every pixel of a picture."""
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    change = (motion - np.eye(2, 3, dtype=np.float32))[:, :, :, None, None]  # (n, 2, 3, 1, 1)
    field = change[:, :, 0] * x + change[:, :, 1] * y + change[:, :, 2]  # (n, 2, h, w)
    return np.ascontiguousarray(np.moveaxis(field, 1, -1))


def facial_flow(
    first: UInt8[np.ndarray, "h w"],
    following: UInt8[np.ndarray, "n h w"],
    landmarks: Float32[np.ndarray, "68 2"],
    flow: FlowFunction,
) -> Float32[np.ndarray, "n h w 2"]:
    """Return the flow (u, v) in px from the first frame to each following one without the motion of the nose.

    NaN all over where the nose is not found again.
    """
    height, width = first.shape
    motion = nose_motion(first, following, landmarks)
    raw = flow(np.broadcast_to(first, following.shape).copy(), following)
    return raw - motion_field(motion, height, width)


def _grid(landmarks: Float32[np.ndarray, "68 2"], size: int) -> Float32[np.ndarray, "p 2"]:
    margin = MARGIN * size / REFERENCE
    low, high = landmarks[NOSE].min(axis=0) - margin, landmarks[NOSE].max(axis=0) + margin
    x, y = np.linspace(low[0], high[0], COLUMNS), np.linspace(low[1], high[1], ROWS)
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32)


def _follow(
    first: UInt8[np.ndarray, "h w"], frame: UInt8[np.ndarray, "h w"], points: Float32[np.ndarray, "p 2"]
) -> tuple[Float32[np.ndarray, "p 2"], Bool[np.ndarray, " p"]]:
    side = max(5, round(WINDOW * first.shape[0] / REFERENCE))
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, STEPS, EPSILON)
    places, status, _ = cv2.calcOpticalFlowPyrLK(
        first, frame, points[:, None], np.empty(0, np.float32), winSize=(side, side), maxLevel=LEVELS, criteria=criteria
    )
    return places[:, 0].astype(np.float32), status.ravel() == 1


def _rigid(
    points: Float32[np.ndarray, "p 2"], places: Float32[np.ndarray, "n p 2"], valid: Bool[np.ndarray, "n p"]
) -> Float32[np.ndarray, "n 2 3"]:
    """Return shift and roll of each frame by least squares, fitted again without the outliers (Arun et al. 1987)."""
    motion = _fit(points, places, valid)
    for _ in range(ROUNDS):
        there = points @ motion[:, :, :2].swapaxes(1, 2) + motion[:, None, :, 2]  # (n, p, 2)
        residual = np.where(valid, np.linalg.norm(places - there, axis=-1), np.inf)
        half = np.sort(residual, axis=1)[np.arange(len(valid)), valid.sum(axis=1) // 2]
        motion = _fit(points, places, valid & (residual <= OUTLIER * half[:, None] + EPSILON))
    motion[valid.sum(axis=1) < LEAST] = np.nan
    return motion


def _fit(
    points: Float32[np.ndarray, "p 2"], places: Float32[np.ndarray, "n p 2"], kept: Bool[np.ndarray, "n p"]
) -> Float32[np.ndarray, "n 2 3"]:
    weight = kept[:, :, None] / np.maximum(kept.sum(axis=1), 1)[:, None, None]  # (n, p, 1)
    here, there = (weight * points).sum(axis=1), (weight * places).sum(axis=1)  # (n, 2)
    p, q = points - here[:, None], places - there[:, None]
    cosine = (weight * p * q).sum(axis=(1, 2))
    sine = (weight[..., 0] * (p[..., 0] * q[..., 1] - p[..., 1] * q[..., 0])).sum(axis=1)
    angle = np.arctan2(sine, cosine)
    c, s = np.cos(angle), np.sin(angle)
    turn = np.stack([np.stack([c, -s], axis=-1), np.stack([s, c], axis=-1)], axis=1)  # (n, 2, 2)
    shift = there - (turn @ here[:, :, None])[..., 0]
    return np.concatenate([turn, shift[:, :, None]], axis=2).astype(np.float32)
