"""Motion of the regions of one face since a reference frame, all patches and frames of a window in one program.

The head's motion is taken off twice over, as the published way has it: patches follow it in whole pixels, so that flow
has little left to find, and what remains is subtracted. A method of flow without JAX runs on the host between the same
steps.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float32, Int32, UInt8

from mebench.features.flow.registry import DeviceFlow, FlowFunction
from mebench.features.roi.regions import (
    HEAD_SHARE,
    MARGIN,
    NOSE,
    PATCHES,
    REGIONS,
    SIDE,
    Geometry,
    scaled,
    shape_in,
)
from mebench.features.roi.strongest import strongest

FOLLOWED = 3
"""Most times that the patches are moved after the head."""

SHAPES = tuple(dict.fromkeys(one.shape for one in PATCHES))
"""Of the patches."""

AROUND = (28, 32)
"""Height and width that hold every region around a point, rounded to whole px of any crop, in px of one of `SIDE`."""

Flow = Callable[[UInt8[Array, "b h w"], UInt8[Array, "b h w"]], Float32[Array, "b h w 2"]]


class Head(NamedTuple):
    """State of following the head.

    Attributes:
        shift: whole px down and to the right, by which patches are moved.
        rest: px to the right and down that are left.
        moved: whether the last look at the head moved a patch of any frame.
        looks: number of looks.
    """

    shift: Int32[Array, "t 2"]
    rest: Float32[Array, "t 2"]
    moved: Bool[Array, ""]
    looks: Int32[Array, ""]


@partial(jax.jit, static_argnames=("flow", "size"))
def on_device(
    flow: DeviceFlow,
    size: int,
    reference: UInt8[Array, "s s"],
    frames: UInt8[Array, "t s s"],
    patches: Int32[Array, "7 2"],
    regions: Int32[Array, "19 4"],
) -> Float32[Array, "t 18 2"]:
    """Return the regions' motion; see `motion`."""
    return _motion(flow.function, lax.while_loop, size, reference, frames, patches, regions)


def motion(
    flow: DeviceFlow | FlowFunction,
    size: int,
    reference: UInt8[np.ndarray, "s s"],
    frames: UInt8[np.ndarray, "t s s"],
    geometry: Geometry,
) -> Float32[np.ndarray, "t 18 2"]:
    """Return how each region has moved since the reference, without the head: (x, y) in px of a crop of `SIDE`.

    Args:
        flow: on the device, or on the host.
        size: side of the crop in px.
        reference: grey crop with its margin.
        frames: grey crops of the same square.
        geometry: of the face in the reference.
    """
    if isinstance(flow, DeviceFlow):
        return np.asarray(on_device(flow, size, reference, frames, geometry.patches, geometry.regions))
    arrays = (jnp.asarray(one) for one in (reference, frames, geometry.patches, geometry.regions))
    return np.asarray(_motion(host_flow(flow), _repeated, size, *arrays))


def host_flow(flow: FlowFunction) -> Flow:
    """Return a method of flow that takes and gives jax's arrays."""
    return lambda previous, following: jnp.asarray(flow(np.asarray(previous), np.asarray(following)))


def _repeated(goes_on: Callable[[Head], Any], body: Callable[[Head], Head], state: Head) -> Head:
    """Return `lax.while_loop` in Python."""
    while goes_on(state):
        state = body(state)
    return state


def _motion(
    flow: Flow,
    repeat: Callable[..., Head],
    size: int,
    reference: UInt8[Array, "s s"],
    frames: UInt8[Array, "t s s"],
    patches: Int32[Array, "7 2"],
    regions: Int32[Array, "19 4"],
) -> Float32[Array, "t 18 2"]:
    head = _followed(flow, repeat, size, reference, frames, patches[-1], regions[-1])
    still = jnp.zeros((1, 2), jnp.int32)
    fields: dict[int, Array] = {}
    for shape in SHAPES:
        own = [number for number, one in enumerate(PATCHES) if one.shape == shape]
        firsts = cut(reference[None], patches[np.array(own)], still, shape_in(shape, size))
        seconds = cut(frames, patches[np.array(own)], head.shift, shape_in(shape, size))
        firsts = jnp.broadcast_to(firsts, seconds.shape)
        field = flow(*(one.reshape(-1, *one.shape[2:]) for one in (firsts, seconds))).reshape(*seconds.shape, 2)
        fields |= {number: field[:, place] for place, number in enumerate(own)}
    return (_means(fields, regions[:-1], size) - head.rest[:, None]) * (SIDE / size)


def _followed(
    flow: Flow,
    repeat: Callable[..., Head],
    size: int,
    reference: UInt8[Array, "s s"],
    frames: UInt8[Array, "t s s"],
    place: Int32[Array, "2"],
    box: Int32[Array, "4"],
) -> Head:
    """Return the motion of the bridge of the nose: moved after it while more than a pixel is left."""
    first = _nose(reference[None], place, jnp.zeros((1, 2), jnp.int32), size)
    firsts = jnp.broadcast_to(first, (len(frames), *first.shape[1:]))
    limit = scaled(MARGIN, size)

    def follow(head: Head) -> Head:
        field = flow(firsts, _nose(frames, place, head.shift, size))
        rest = _mean(field[:, None], box[None], (HEAD_SHARE,))[:, 0]
        step = jnp.where(jnp.square(rest).sum(axis=-1, keepdims=True) > 1, jnp.round(rest), 0)
        shift = jnp.clip(head.shift + step[:, ::-1].astype(jnp.int32), -limit, limit)
        step = shift - head.shift
        return Head(shift, rest - step[:, ::-1], (step != 0).any(), head.looks + 1)

    still = jnp.zeros((len(frames), 2), jnp.int32)
    start = Head(still, still.astype(jnp.float32), jnp.array(True), jnp.array(0))
    return repeat(lambda head: head.moved & (head.looks < FOLLOWED), follow, start)


@partial(jax.jit, static_argnames="size")
def _nose(
    images: UInt8[Array, "t s s"], place: Int32[Array, "2"], shift: Int32[Array, "t 2"], size: int
) -> UInt8[Array, "t h w"]:
    return _slices(images, place + shift, shape_in(NOSE, size))


@partial(jax.jit, static_argnames="shape")
def cut(
    images: UInt8[Array, "t s s"], places: Int32[Array, "p 2"], shift: Int32[Array, "t 2"], shape: tuple[int, int]
) -> UInt8[Array, "t p h w"]:
    """Return some patches of every image, moved."""
    return jnp.stack([_slices(images, place + shift, shape) for place in places], axis=1)


def _slices(
    images: UInt8[Array, "t s s"], places: Int32[Array, "t 2"], shape: tuple[int, int]
) -> UInt8[Array, "t h w"]:
    return jax.vmap(lambda image, place: lax.dynamic_slice(image, place, shape))(images, places)


@partial(jax.jit, static_argnames="size")
def _means(
    fields: Mapping[int, Float32[Array, "t _ _ 2"]], regions: Int32[Array, "18 4"], size: int
) -> Float32[Array, "t 18 2"]:
    """Return the mean of each region's strongest vectors, for all regions of one shape at once.

    A region around a point is looked at in a window of its patch.
    """
    groups: dict[tuple[int, int], list[int]] = {}
    for number, one in enumerate(REGIONS):
        groups.setdefault(AROUND if one.point is not None else PATCHES[one.patch].shape, []).append(number)
    found = []
    for shape, numbers in groups.items():
        parts = [window(fields[REGIONS[n].patch], regions[n], shape_in(shape, size)) for n in numbers]
        field, boxes = (jnp.stack(side, axis=axis) for side, axis in zip(zip(*parts, strict=True), (1, 0), strict=True))
        found.append(_mean(field, boxes, tuple(REGIONS[n].share for n in numbers)))
    order = np.argsort([n for numbers in groups.values() for n in numbers])
    return jnp.concatenate(found, axis=1)[:, order]


def window(
    field: Float32[Array, "t h w 2"], box: Int32[Array, "4"], shape: tuple[int, int]
) -> tuple[Float32[Array, "t _ _ 2"], Int32[Array, "4"]]:
    """Return a window of a field that holds a box, and the box in it."""
    space = np.array(field.shape[1:3]) - np.array(shape)
    corner = jnp.minimum(box[np.array([0, 2])], space)
    window = lax.dynamic_slice(field, (0, corner[0], corner[1], 0), (len(field), *shape, 2))
    return window, box - jnp.repeat(corner, 2)


@partial(jax.jit, static_argnames="shares")
def _mean(
    field: Float32[Array, "t r h w 2"], boxes: Int32[Array, "r 4"], shares: tuple[float, ...]
) -> Float32[Array, "t r 2"]:
    """Return the mean of the strongest vectors of each box."""
    inside = pixels_in(boxes, field.shape[2:4])
    every = jnp.broadcast_to(inside, (*field.shape[:2], inside.shape[1]))
    each = jnp.broadcast_to(jnp.array(shares, jnp.float32), field.shape[:2])
    return strongest(field.reshape(*field.shape[:2], -1, 2), every, each)


def pixels_in(boxes: Int32[Array, "r 4"], shape: tuple[int, ...]) -> Bool[Array, "r n"]:
    """Return which pixels of a picture lie in each box."""
    rows, columns = jnp.arange(shape[0])[:, None], jnp.arange(shape[1])
    top, bottom, left, right = jnp.moveaxis(boxes, 1, 0)[:, :, None, None]
    inside = (rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)
    return inside.reshape(len(boxes), -1)
