"""JAX image operations against OpenCV's."""

import cv2
import jax.numpy as jnp
import numpy as np
import pytest

from mebench.features.flow.jax_image import centred_gradient, resize, warp_cubic, warp_linear
from mebench.features.flow.jax_median import median_5x5, median_network


def _image(seed, shape=(40, 52)):
    return np.random.default_rng(seed).uniform(0, 255, shape).astype(np.float32)


def _places(seed, shape=(40, 52)):
    u = np.random.default_rng(seed).normal(0, 4, (2, *shape)).astype(np.float32)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    return u, x + u[0], y + u[1]


def test_resize():
    image = _image(0)
    smaller = cv2.resize(image, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(resize(jnp.array(image[None]), smaller.shape, 1 / 0.8)[0], smaller, atol=1e-3)
    larger = cv2.resize(image, (65, 51), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(resize(jnp.array(image[None]), (51, 65), None)[0], larger, atol=1e-3)


def test_warp_cubic_with_zeros_outside():
    first, second = _image(1), _image(2)
    u, x, y = _places(3)
    warped = warp_cubic(jnp.stack([first, second]), jnp.array(u))
    for image, result in zip((first, second), warped, strict=True):
        np.testing.assert_allclose(result, cv2.remap(image, x, y, cv2.INTER_CUBIC), atol=2e-3)


def test_warp_linear_with_the_edge_repeated():
    image = _image(1)
    u, x, y = _places(3)
    expected = cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(warp_linear(jnp.array(image[None]), jnp.array(u[None]))[0], expected, atol=2e-2)


def test_centred_gradient_by_hand():
    dx, dy = centred_gradient(jnp.array([[[0, 2, 6], [10, 10, 30]]], jnp.float32))[0]
    assert dx.tolist() == [[1, 3, 2], [0, 10, 10]]
    assert dy.tolist() == [[5, 4, 12], [5, 4, 12]]


@pytest.mark.smoke
def test_median():
    image = _image(4)
    np.testing.assert_array_equal(median_5x5(jnp.array(image[None]))[0], cv2.medianBlur(image, 5))


@pytest.mark.parametrize("count", [3, 5, 9, 25])
def test_median_network_on_every_order_of_zeros_and_ones(count):
    """A compare-exchange network is right for all numbers if it is for zeros and ones (the 0-1 principle)."""
    rng = np.random.default_rng(count)
    ones = np.repeat(np.arange(count + 1), 400)
    lines = rng.permuted(np.arange(count)[:, None] < ones, axis=0)
    expected = lines.sum(axis=0) > count // 2
    for low, high in median_network(count):
        lines[low], lines[high] = lines[low] & lines[high], lines[low] | lines[high]
    np.testing.assert_array_equal(lines[count // 2], expected)
