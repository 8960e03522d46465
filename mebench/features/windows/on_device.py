"""MEAN's windows on the device: frames go up once as bytes, float16 windows come back, and nothing in between leaves.

A window (i, i + lag) is a gather from the frames that lie there. `mean_input.py`, `fixed_input.py` and `strain.py` are
the same steps in numpy; the two agree within the rounding of float16.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float16, Float32, Int32, UInt8

from mebench.config.experiment import Scale
from mebench.features.flow.registry import DeviceFlow
from mebench.features.windows.fixed_input import STRAIN_LIMIT, flow_limit, nose_box
from mebench.features.windows.interpolation import linear_taps
from mebench.features.windows.mean_input import HEIGHT, WIDTH, Strip, strips
from mebench.runtime.environment import cores

Pieces = Iterator[tuple[Float16[np.ndarray, "n 42 42 3"], Float32[np.ndarray, " n"]]]

HELD_STEP = 16
"""Frames before a piece are held in multiples of this, so that few frame rates share one compiled program."""


@dataclass(frozen=True)
class StripMaps:
    """Both strips as matrices, which any strip has in the same shape.

    Attributes:
        rows: interpolation of the 21 rows of each strip.
        columns: of its 42 columns.
        pixels: in how many strips a pixel is.
        nose: share of each pixel in the nose's mean.
    """

    rows: Float32[Array, "2 21 h"]
    columns: Float32[Array, "2 42 w"]
    pixels: Float32[Array, "h w"]
    nose: Float32[Array, "h w"]


jax.tree_util.register_dataclass(StripMaps)


def strip_maps(landmarks: Float32[np.ndarray, "68 2"], height: int, width: int) -> StripMaps:
    """Return the strips of a face in a crop; see `mean_input.strips`."""
    rows, columns = np.zeros((2, HEIGHT, height), np.float32), np.zeros((2, WIDTH, width), np.float32)
    pixels, nose = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for number, strip in enumerate(strips(landmarks, height, width)):
        rows[number] = _interpolation(strip.top, strip.bottom, HEIGHT, height)
        columns[number] = _interpolation(strip.left, strip.right, WIDTH, width)
        pixels[_inside(strip)] += 1
    nose[_inside(nose_box(landmarks, height, width))] = 1
    return StripMaps(*(jnp.asarray(one) for one in (rows, columns, pixels, nose / nose.sum())))


def _inside(strip: Strip) -> tuple[slice, slice]:
    return slice(strip.top, strip.bottom), slice(strip.left, strip.right)


def _interpolation(start: int, stop: int, size: int, length: int) -> Float32[np.ndarray, "size length"]:
    """Return the matrix that resizes samples start to stop of an axis to `size` samples."""
    taps, matrix = linear_taps(stop - start, size), np.zeros((size, length), np.float32)
    np.add.at(matrix, (np.arange(size), start + taps.low), 1 - taps.weight)
    np.add.at(matrix, (np.arange(size), start + taps.high), taps.weight)
    return matrix


@partial(jax.jit, static_argnames=("flow", "count", "scale"))
def windows(
    flow: DeviceFlow,
    frames: UInt8[Array, "t h w"],
    first: Int32[Array, ""],
    lag: Int32[Array, ""],
    maps: StripMaps,
    count: int,
    scale: Scale,
) -> tuple[Float16[Array, "n 42 42 3"], Float32[Array, " n"]]:
    """Return windows and mean motion of the pairs (i, i + lag) for `count` frames i from `first` on.

    Pairs beyond the last frame repeat it.
    """
    places = first + jnp.arange(count)
    last = frames.shape[0] - 1
    field = flow.function(frames[jnp.minimum(places, last)], frames[jnp.minimum(places + lag, last)])
    made = fixed_input(field, maps) if scale == "fixed" else mean_input(field, maps)
    return made, region_magnitude(field, maps)


def mean_input(flow: Float32[Array, "n h w 2"], maps: StripMaps) -> Float16[Array, "n 42 42 3"]:
    """Return u, v and strain of the two strips as `mean_input.mean_input` does."""
    planes = jnp.concatenate([jnp.moveaxis(flow, -1, 1), _strain(flow)[:, None]], axis=1)  # (n, 3, h, w)
    low = planes.min(axis=(2, 3), keepdims=True)
    span = planes.max(axis=(2, 3), keepdims=True) - low
    scale = jnp.where(span > 0, 1 / jnp.where(span > 0, span, 1), 0)
    limits = low.reshape(-1, 1, 1, 3), scale.reshape(-1, 1, 1, 3)
    return jnp.clip((_stacked_strips(planes, maps) - limits[0]) * limits[1], 0, 1).astype(jnp.float16)


def fixed_input(flow: Float32[Array, "n h w 2"], maps: StripMaps) -> Float16[Array, "n 42 42 3"]:
    """Return u and v without the nose's motion, and strain, over their limits, as `fixed_input.fixed_input` does."""
    shift = (flow * maps.nose[:, :, None]).sum(axis=(1, 2))  # (n, 2)
    moved = jnp.moveaxis(flow - shift[:, None, None], -1, 1)
    stacked = _stacked_strips(jnp.concatenate([moved, _strain(flow)[:, None]], axis=1), maps)
    limit = flow_limit(flow.shape[1])
    return jnp.clip(stacked / jnp.array([limit, limit, STRAIN_LIMIT], jnp.float32), -1, 1).astype(jnp.float16)


def _stacked_strips(planes: Float32[Array, "n 3 h w"], maps: StripMaps) -> Float32[Array, "n 42 42 3"]:
    highest = lax.Precision.HIGHEST
    lines = jnp.einsum("sih,nchw->nsicw", maps.rows, planes, precision=highest)
    parts = jnp.einsum("sjw,nsicw->nsijc", maps.columns, lines, precision=highest)  # (n, 2, 21, 42, 3)
    return parts.reshape(len(planes), 2 * HEIGHT, WIDTH, 3)


def region_magnitude(flow: Float32[Array, "n h w 2"], maps: StripMaps) -> Float32[Array, " n"]:
    """Return the mean length of the flow over the strips as `mean_input.region_magnitude` does."""
    length = jnp.sqrt(jnp.square(flow).sum(axis=-1))
    return (length * maps.pixels).sum(axis=(1, 2)) / maps.pixels.sum()


def _strain(flow: Float32[Array, "n h w 2"]) -> Float32[Array, "n h w"]:
    u, v = flow[..., 0], flow[..., 1]
    shear = _difference(u, 1) + _difference(v, 2)
    return jnp.sqrt(jnp.square(_difference(u, 2)) + jnp.square(_difference(v, 1)) + 0.5 * jnp.square(shear))


def _difference(field: Float32[Array, "n h w"], axis: int) -> Float32[Array, "n h w"]:
    return jnp.diff(field, axis=axis, prepend=lax.slice_in_dim(field, 0, 1, axis=axis))


def device_pieces(
    flow: DeviceFlow,
    crops: Iterator[UInt8[np.ndarray, "_ h w"]],
    lag: int,
    landmarks: Float32[np.ndarray, "68 2"],
    piece: int,
    scale: Scale,
) -> Pieces:
    """Yield windows and magnitudes piece by piece; while one is computed, the next is read.

    Args:
        flow: method.
        crops: the first `lag` frames, then `piece` frames at a time; the last part may be shorter.
        lag: frames between the two of a pair.
        landmarks: of the face in the crops.
        piece: frames.
        scale: of the windows.
    """
    held = next(crops)
    room = -(-lag // HELD_STEP) * HELD_STEP
    frames = jnp.asarray(np.concatenate([np.repeat(held[:1], room - lag, axis=0), held]))
    maps = strip_maps(landmarks, *held.shape[1:])
    waiting: list[Future[tuple[np.ndarray, np.ndarray]]] = []
    with ThreadPoolExecutor(cores()) as pool:
        for new in crops:
            full = np.concatenate([new, np.repeat(new[-1:], piece - len(new), axis=0)])
            together = jnp.concatenate([frames, jnp.asarray(full)])
            compute = partial(_fetched, flow, together, lag, maps, room - lag, len(new), scale)
            jobs = [pool.submit(compute, first) for first in range(0, len(new), flow.batch)]
            yield from (job.result() for job in waiting)
            waiting, frames = jobs, together[piece:]
        yield from (job.result() for job in waiting)


def _fetched(
    flow: DeviceFlow,
    frames: UInt8[Array, "t h w"],
    lag: int,
    maps: StripMaps,
    before: int,
    count: int,
    scale: Scale,
    first: int,
) -> tuple[Float16[np.ndarray, "n 42 42 3"], Float32[np.ndarray, " n"]]:
    """Return the windows of one batch of a piece on the host."""
    found = windows(flow, frames, jnp.int32(before + first), jnp.int32(lag), maps, flow.batch, scale)
    values, magnitude = jax.device_get(found)
    return values[: count - first], magnitude[: count - first]
