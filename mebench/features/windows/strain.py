"""Optical strain: how much the skin is stretched, from the derivatives of the flow."""

import numpy as np
from jaxtyping import Float32


def optical_strain(flow: Float32[np.ndarray, "n h w 2"]) -> Float32[np.ndarray, "n h w"]:
    """Return sqrt(u_x^2 + v_y^2 + (u_y + v_x)^2 / 2) of each field, in px per px.

    Derivatives are backward differences; they are 0 in the first column (x) and the first row (y)
    (mebench/docs/mean.md, Input features, 4; Shreve et al., "Macro- and micro-expression spotting in long videos using
    spatio-temporal strain", FG 2011).

    Args:
        flow: u (columns) and v (rows) in px.
    """
    u, v = flow[..., 0], flow[..., 1]
    shear = _difference(u, 1) + _difference(v, 2)
    return np.sqrt(np.square(_difference(u, 2)) + np.square(_difference(v, 1)) + 0.5 * np.square(shear))


def _difference(field: Float32[np.ndarray, "n h w"], axis: int) -> Float32[np.ndarray, "n h w"]:
    return np.diff(field, axis=axis, prepend=np.take(field, [0], axis=axis))
