"""Motion of 12 points of a face from frame to frame, by their main directions, as AUW-GCN takes it (README.md here)."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float32, Int32, UInt8

from mebench.features.flow.registry import DeviceFlow, FlowFunction
from mebench.features.roi.motion import Flow, cut, host_flow, pixels_in, window
from mebench.features.roi.point_regions import AROUND, POINT_PATCHES, POINTS, PointGeometry
from mebench.features.roi.regions import SIDE, shape_in
from mebench.features.roi.strongest import chosen

HEAD_SHARE, POINT_SHARE = 0.88, 0.6
"""Shares of the vectors of the main direction."""

QUARTERS, TALL = 45.0, 30.0
"""Half widths in degrees of the sectors to the right and left, of the head and of a point; the rest is down and up."""

TINY = 1e-6
"""Added to a length that is divided by."""


@partial(jax.jit, static_argnames=("flow", "size"))
def on_device(
    flow: DeviceFlow,
    size: int,
    frames: UInt8[Array, "t s s"],
    patches: Int32[Array, "4 2"],
    boxes: Int32[Array, "13 4"],
) -> Float32[Array, "_ 12 2"]:
    """Return the points' motion; see `point_motion`."""
    return _point_motion(flow.function, size, frames, patches, boxes)


def point_motion(
    flow: DeviceFlow | FlowFunction, size: int, frames: UInt8[np.ndarray, "t s s"], geometry: PointGeometry
) -> Float32[np.ndarray, "_ 12 2"]:
    """Return how each point moves from each frame to the next, without the head: (x, y) in px of a crop of `SIDE`.

    Args:
        flow: on the device, or on the host.
        size: side of the crop in px.
        frames: grey crops with their margin.
        geometry: of the face.
    """
    if isinstance(flow, DeviceFlow):
        return np.asarray(on_device(flow, size, frames, geometry.patches, geometry.boxes))
    arrays = (jnp.asarray(one) for one in (frames, geometry.patches, geometry.boxes))
    return np.asarray(_point_motion(host_flow(flow), size, *arrays))


def _point_motion(
    flow: Flow, size: int, frames: UInt8[Array, "t s s"], patches: Int32[Array, "4 2"], boxes: Int32[Array, "13 4"]
) -> Float32[Array, "_ 12 2"]:
    still = jnp.zeros((len(frames), 2), jnp.int32)
    fields: dict[int, Array] = {}
    for shape in dict.fromkeys(one.shape for one in POINT_PATCHES):
        own = [number for number, one in enumerate(POINT_PATCHES) if one.shape == shape]
        seen = cut(frames, patches[np.array(own)], still, shape_in(shape, size))
        pairs = (one.reshape(-1, *one.shape[2:]) for one in (seen[:-1], seen[1:]))
        field = flow(*pairs).reshape(len(frames) - 1, *seen.shape[1:], 2)
        fields |= {number: field[:, place] for place, number in enumerate(own)}
    return _means(fields, boxes, size) * (SIDE / size)


def _means(
    fields: dict[int, Float32[Array, "t _ _ 2"]], boxes: Int32[Array, "13 4"], size: int
) -> Float32[Array, "t 12 2"]:
    head = fields[len(POINT_PATCHES) - 1]
    motion = _main_motion(head[:, None], boxes[-1:], HEAD_SHARE, QUARTERS)  # (t, 1, 2)
    parts = [window(fields[patch], boxes[n], shape_in(AROUND, size)) for n, (_, patch) in enumerate(POINTS)]
    field = jnp.stack([part for part, _ in parts], axis=1)
    return _main_motion(field - motion[:, :, None, None], jnp.stack([box for _, box in parts]), POINT_SHARE, TALL)


def _main_motion(
    field: Float32[Array, "t p h w 2"], boxes: Int32[Array, "p 4"], share: float, half: float
) -> Float32[Array, "t p 2"]:
    """Return the direction of the sum of the longest vectors of the main direction, as long as they are on average."""
    vectors = field.reshape(*field.shape[:2], -1, 2)
    inside = jnp.broadcast_to(pixels_in(boxes, field.shape[2:4]), vectors.shape[:-1])
    weights = chosen(vectors, main_direction(vectors, inside, half), jnp.full(vectors.shape[:2], share, jnp.float32))
    total = (vectors * weights[..., None]).sum(axis=-2)
    length = (jnp.sqrt(jnp.square(vectors).sum(axis=-1)) * weights).sum(axis=-1) / weights.sum(axis=-1)
    return total / (jnp.linalg.norm(total, axis=-1, keepdims=True) + TINY) * length[..., None]


def main_direction(vectors: Float32[Array, "*b n 2"], inside: Bool[Array, "*b n"], half: float) -> Bool[Array, "*b n"]:
    """Return which vectors lie in the sector that most lie in: down, left, up or right, the first where several tie.

    Args:
        vectors: (x, y), y pointing down.
        inside: which of them count.
        half: half width in degrees of the sectors to the right and left; what they leave is down and up.
    """
    angle = jnp.arctan2(vectors[..., 1], vectors[..., 0])
    level, beside = jnp.abs(angle), half * np.pi / 180
    right, left = level < beside, level >= np.pi - beside
    sectors = jnp.stack([(angle > 0) & ~left & ~right, left, (angle < 0) & ~left & ~right, right]) & inside
    most = sectors.sum(axis=-1).argmax(axis=0)
    found: Bool[Array, "*b n"] = jnp.take_along_axis(sectors, most[None, ..., None], axis=0)[0]
    return found
