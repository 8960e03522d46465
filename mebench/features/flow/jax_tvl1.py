"""Dual TV-L1 optical flow as OpenCV computes it, in JAX: the flow of MEAN.

Zach, Pock, Bischof, "A duality based approach for realtime TV-L1 optical flow", DAGM 2007; Sanchez, Meinhardt-Llopis,
Facciolo, "TV-L1 optical flow estimation", IPOL 2013. Details that decide the result follow opencv_contrib's
`DualTVL1OpticalFlow` with its defaults: pyramid by bilinear resizing; half differences at the edge; warping by bicubic
interpolation (a = -0.75), 0 outside; a median filter before every 30th iteration; the
dual variable kept over the warps of a scale; each pair stops by its own error. OpenCV 5 is followed; OpenCV 4 rounded
the places of the warp to 1/32 px.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float32, Int32, UInt8

from mebench.features.flow.batches import in_batches
from mebench.features.flow.jax_image import centred_gradient, resize, warp_cubic
from mebench.features.flow.registry import DeviceFlow
from mebench.features.flow.tvl1_iterations import Flow, Linearised, from_line, no_dual, relax, to_line, write
from mebench.runtime.fence import fence

SMALLEST = 16
"""Least side of a pyramid level in px."""

BATCH = {"cpu": 4, "gpu": 128, "tpu": 128}
"""Pairs a call of the compiled program, by kind of device."""


Relaxation = Callable[..., tuple[Flow, Int32[Array, ""]]]
"""`tvl1_iterations.relax`, or what does the same."""


@dataclass(frozen=True)
class Settings:
    """Settings of TV-L1; the defaults are OpenCV's, which MEAN uses.

    Attributes:
        epsilon: root mean square change in px at which a warp ends; 0: never before the last iteration.
        scales: pyramid levels, fewer where a level would be under 16 px.
        scale_step: size of the next level.
        warps: linearisations a level.
        inner: iterations between median filters.
        outer: median filters a warp at most.
        median: whether there is a median filter before every `inner` iterations.
    """

    epsilon: float = 0.01
    scales: int = 5
    scale_step: float = 0.8
    warps: int = 5
    inner: int = 30
    outer: int = 10
    median: bool = True


def flow(previous: UInt8[np.ndarray, "n h w"], following: UInt8[np.ndarray, "n h w"]) -> Float32[np.ndarray, "n h w 2"]:
    """Return (u, v) in px from `previous` to `following`: OpenCV's DualTVL1 with its defaults (gamma 0)."""
    return in_batches(tvl1, previous, following, BATCH[jax.default_backend()])


def on_device() -> DeviceFlow:
    """Return the method for `mebench.features.windows.on_device`."""
    return DeviceFlow(tvl1, BATCH[jax.default_backend()])


@partial(jax.jit, static_argnames="settings")
def tvl1(
    previous: UInt8[Array, "b h w"], following: UInt8[Array, "b h w"], settings: Settings = Settings()
) -> Float32[Array, "b h w 2"]:
    """Return the flow of a batch, coarse to fine; the batch size is part of the compiled program.

    On CPU one pair comes after the other (its fields stay in the cache of a core, and it ends when it is done); other
    devices take all pairs at once, where those that are done wait for the rest.
    """
    return _every_pair(settings, previous, following)[0]


@partial(jax.jit, static_argnames="settings")
def iterations(
    previous: UInt8[Array, "b h w"], following: UInt8[Array, "b h w"], settings: Settings = Settings()
) -> Int32[Array, " b"]:
    """Return how many pixels each pair's iterations went through in all, for counting its cost."""
    return _every_pair(settings, previous, following)[1]


def _every_pair(
    settings: Settings, previous: UInt8[Array, "b h w"], following: UInt8[Array, "b h w"]
) -> tuple[Float32[Array, "b h w 2"], Int32[Array, " b"]]:
    if jax.default_backend() == "cpu":
        return lax.map(lambda frames: _one_pair(settings, relax, *frames), (previous, following))
    return jax.vmap(partial(_one_pair, settings, _relaxation()))(previous, following)


def implementation() -> str:
    """Return what computes the iterations here: `xla`, or on a GPU `pallas` where that kernel works."""
    if jax.default_backend() != "gpu":
        return "xla"
    from mebench.features.flow import tvl1_fused  # Pallas takes a second to import

    return tvl1_fused.implementation()


def _relaxation() -> Relaxation:
    if implementation() == "xla":
        return relax
    from mebench.features.flow.tvl1_fused import relax_in_vmap

    return relax_in_vmap


def _one_pair(
    settings: Settings,
    relaxation: Relaxation,
    previous: UInt8[Array, "h w"],
    following: UInt8[Array, "h w"],
) -> tuple[Float32[Array, "h w 2"], Int32[Array, ""]]:
    firsts, seconds = _pyramid(previous, settings), _pyramid(following, settings)
    u, pixels = jnp.zeros((2, *firsts[-1].shape), jnp.float32), jnp.int32(0)
    for first, second in zip(reversed(firsts), reversed(seconds), strict=True):
        if u.shape[1:] != first.shape:
            u = resize(u, first.shape, None) / settings.scale_step
        u, count = _one_scale(settings, relaxation, first, second, u)
        pixels += count * first.size
    return jnp.moveaxis(u, 0, -1), pixels  # (h, w, 2)


def _pyramid(image: UInt8[Array, "h w"], settings: Settings) -> list[Float32[Array, "_ _"]]:
    levels = [image.astype(jnp.float32)]
    while len(levels) < settings.scales:
        height, width = (round(side * settings.scale_step) for side in levels[-1].shape)
        if min(height, width) < SMALLEST:
            break
        levels.append(resize(levels[-1], (height, width), 1 / settings.scale_step))
    return levels


def _one_scale(
    settings: Settings,
    relaxation: Relaxation,
    first: Float32[Array, "h w"],
    second: Float32[Array, "h w"],
    u: Float32[Array, "2 h w"],
) -> tuple[Float32[Array, "2 h w"], Int32[Array, ""]]:
    height, width = first.shape
    planes = jnp.concatenate([second[None], centred_gradient(second)])  # (3, h, w)

    def warp(
        _: Int32[Array, ""], so_far: tuple[Flow, Linearised, Int32[Array, ""]]
    ) -> tuple[Flow, Linearised, Int32[Array, ""]]:
        flow, term, count = so_far
        term = _linearise(first, planes, from_line(flow.u, width), term)
        epsilon = jnp.float32(settings.epsilon)
        flow, more = relaxation(term, flow, width, epsilon, settings.inner, settings.outer, settings.median)
        return flow, term, count + more

    dual, line = no_dual(height, width), to_line(jnp.zeros_like(first))
    start = Flow(to_line(u), dual, dual), Linearised(line, to_line(jnp.zeros_like(u)), line), jnp.int32(0)
    flow, _, count = lax.fori_loop(0, settings.warps, warp, start)
    return from_line(flow.u, width), count


def _linearise(
    first: Float32[Array, "h w"], planes: Float32[Array, "3 h w"], u: Float32[Array, "2 h w"], old: Linearised
) -> Linearised:
    warped = fence(warp_cubic(planes, u))
    gradient = warped[1:]
    constant = warped[0] - (gradient * u).sum(axis=0) - first
    squared = jnp.square(gradient).sum(axis=0)
    inverse = 1 / jnp.maximum(squared, jnp.finfo(jnp.float32).eps)
    return Linearised(write(old.constant, constant), write(old.gradient, gradient), write(old.inverse, inverse))
