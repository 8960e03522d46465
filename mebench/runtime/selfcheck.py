"""Start-up check that compiled programs compute what the same operations compute one by one."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float32

from mebench.errors import MebenchError
from mebench.runtime.jax_settings import check_jax

TOLERANCE = 1e-4
"""Largest difference that counts as rounding, as a share of the largest value; the known faults are above 1e-1."""

_LAYOUT = ("NHWC", "HWIO", "NHWC")


def conv_pool(
    x: Float32[Array, "1 64 64 24"], depthwise: Float32[Array, "5 5 1 24"], pointwise: Float32[Array, "1 1 24 28"]
) -> Float32[Array, "1 32 32 28"]:
    """Return maxpool(pad(relu(x)) + conv1x1(depthwise5x5(relu(x)))), as jaxlib 0.10.2 does not (jax issue 39103)."""
    x = jnp.maximum(x, 0.0)
    y = lax.conv_general_dilated(x, depthwise, (1, 1), "SAME", dimension_numbers=_LAYOUT, feature_group_count=24)
    y = lax.conv_general_dilated(y, pointwise, (1, 1), "SAME", dimension_numbers=_LAYOUT)
    y = jnp.pad(x, ((0, 0), (0, 0), (0, 0), (0, 4))) + y
    return lax.reduce_window(y, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def row_energies(matrix: Float32[Array, "a b"], rows: Float32[Array, "n b"]) -> Float32[Array, " n"]:
    """Return sum((M @ r)**2) for every row r, the second known fault of jaxlib 0.10.2."""
    return jax.vmap(lambda row: jnp.sum((matrix @ row) ** 2))(rows)


def deviation(function: Callable[..., Array], arguments: tuple[Array, ...]) -> float:
    """Return the largest difference between jit and no jit, as a share of the largest value."""
    compiled = np.asarray(jax.jit(function)(*arguments))
    with jax.disable_jit():
        plain = np.asarray(function(*arguments))
    return float(np.abs(compiled - plain).max() / np.abs(plain).max())


def deviations() -> dict[str, float]:
    """Return the deviation of each known pattern on seeded random numbers."""
    random = np.random.default_rng(0)

    def normal(*shape: int) -> Array:
        return jnp.asarray(random.standard_normal(shape), jnp.float32)

    return {
        "conv_pool": deviation(conv_pool, (normal(1, 64, 64, 24), normal(5, 5, 1, 24), normal(1, 1, 24, 28))),
        "row_energies": deviation(row_energies, (normal(8, 8), normal(32769, 8))),
    }


def self_check() -> None:
    """Stop with one sentence when this jaxlib computes wrong values on this device.

    Raises:
        MebenchError: JAX has no device or a setting that mebench cannot work with, or a compiled pattern differs from
            the same operations without jit by more than `TOLERANCE`.
    """
    check_jax()
    for name, value in deviations().items():
        if not value <= TOLERANCE:
            raise MebenchError(
                f"jaxlib computes wrong values here: {name} compiled differs from uncompiled by {value:.1e} of its "
                f"size (allowed {TOLERANCE:.0e}); install another version: pip install 'jax>=0.10.1,!=0.10.2'"
            )
