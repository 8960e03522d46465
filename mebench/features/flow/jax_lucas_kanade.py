"""Dense pyramidal Lucas-Kanade flow, batched in JAX: cheap, few operations, fit for any device.

Lucas and Kanade, IJCAI 1981; pyramid and iterations as Bouguet 2001, with a Gaussian window and the structure tensor of
the first picture, so it is inverted once a level. Few steps and a smooth result: more steps follow the noise, since the
motions are small. The numbers were chosen on textures with known flow, none of them a face.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float32, Int32, UInt8

from mebench.features.flow.batches import in_batches
from mebench.features.flow.jax_image import centred_gradient, resize, warp_linear
from mebench.features.flow.registry import DeviceFlow

LEVELS, SMALLEST = 2, 16
"""Pyramid levels, each half of the one before; least side of a level in px."""

COARSE, FINE = 1, 2
"""Steps on the smaller levels and on the full size."""

WINDOW, SMOOTHING, PRESMOOTHING = 4.0, 2.5, 0.6
"""Standard deviations in px: of the window, of the flow that leaves a level, of the pictures of each level."""

DAMPING = 10.0
"""Added to the diagonal of the structure tensor, in squared grey levels a px: flat regions keep the coarser flow."""

BATCH = 16
"""Pairs a call of the compiled program."""


def flow(previous: UInt8[np.ndarray, "n h w"], following: UInt8[np.ndarray, "n h w"]) -> Float32[np.ndarray, "n h w 2"]:
    """Return (u, v) in px from `previous` to `following`."""
    return in_batches(lucas_kanade, previous, following, BATCH)


def on_device() -> DeviceFlow:
    """Return the method for `mebench.features.windows.on_device`."""
    return DeviceFlow(lucas_kanade, BATCH)


@jax.jit
def lucas_kanade(previous: UInt8[Array, "b h w"], following: UInt8[Array, "b h w"]) -> Float32[Array, "b h w 2"]:
    """Return the flow of a batch, coarse to fine; the batch size is part of the compiled program."""
    firsts, seconds = (pyramid(image, LEVELS, PRESMOOTHING) for image in (previous, following))
    u = jnp.zeros((len(previous), 2, *firsts[-1].shape[1:]), jnp.float32)  # (b, 2, h, w)
    for first, second in zip(reversed(firsts), reversed(seconds), strict=True):
        if u.shape[2:] != first.shape[1:]:
            height, width = first.shape[1:]
            ratio = jnp.array([width / u.shape[3], height / u.shape[2]], jnp.float32)
            u = resize(u, (height, width), None) * ratio[:, None, None]
        steps = FINE if first is firsts[0] else COARSE
        u = blur(_one_level(first, second, u, steps), SMOOTHING)
    return jnp.moveaxis(u, 1, -1)  # (b, h, w, 2)


def blur(image: Float32[Array, "*b h w"], sigma: float) -> Float32[Array, "*b h w"]:
    """Return the image blurred by a Gaussian of 3 sigma radius, the edge repeated: a product with banded matrices."""
    rows, columns = (blur_matrix(length, sigma) for length in image.shape[-2:])
    lines = jnp.matmul(image, columns.T, precision=lax.Precision.HIGHEST)
    return jnp.matmul(rows, lines, precision=lax.Precision.HIGHEST)


def blur_matrix(length: int, sigma: float) -> Float32[np.ndarray, "n n"]:
    """Return the matrix whose row i holds the weights of the samples around i."""
    radius = max(1, int(3 * sigma + 0.5))
    offsets = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * np.square(offsets / sigma))
    matrix = np.zeros((length, length))
    places = np.clip(np.arange(length)[:, None] + offsets, 0, length - 1)
    np.add.at(matrix, (np.arange(length)[:, None], places), kernel / kernel.sum())
    return matrix.astype(np.float32)


def pyramid(image: UInt8[Array, "b h w"], levels: int, sigma: float) -> list[Float32[Array, "b _ _"]]:
    """Return the image and up to `levels` - 1 half as large each, 16 px or more; `sigma` px is the blur before each."""
    images = [blur(image.astype(jnp.float32), sigma)]
    while len(images) < levels and min(images[-1].shape[1:]) >= 2 * SMALLEST:
        height, width = images[-1].shape[1:]
        images.append(resize(blur(images[-1], sigma), (height // 2, width // 2), None))
    return images


def _one_level(
    first: Float32[Array, "b h w"], second: Float32[Array, "b h w"], u: Float32[Array, "b 2 h w"], steps: int
) -> Float32[Array, "b 2 h w"]:
    """Return the flow after some steps du = T^-1 window(gradient * (first - second(x + u)))."""
    gradient = centred_gradient(first)
    dx, dy = gradient[:, 0], gradient[:, 1]
    xx, yy, xy = blur(dx * dx, WINDOW) + DAMPING, blur(dy * dy, WINDOW) + DAMPING, blur(dx * dy, WINDOW)
    determinant = xx * yy - xy * xy

    def step(_: Int32[Array, ""], u: Float32[Array, "b 2 h w"]) -> Float32[Array, "b 2 h w"]:
        difference = first - warp_linear(second, u)
        right = blur(gradient * difference[:, None], WINDOW)
        along_x = yy * right[:, 0] - xy * right[:, 1]
        along_y = xx * right[:, 1] - xy * right[:, 0]
        return u + jnp.stack([along_x, along_y], axis=1) / determinant[:, None]

    return lax.fori_loop(0, steps, step, u)
