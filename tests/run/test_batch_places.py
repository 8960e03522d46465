"""A product's rows have the same bits wherever they stand in it, so that a batch's order and padding decide nothing."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(
    ("rows", "inner", "columns"), [(32, 50, 45), (64, 128, 42), (336, 128, 42), (100, 50, 9), (32, 1000, 3)]
)
def test_equal_rows_give_equal_bits(rows, inner, columns, side):
    rng = np.random.default_rng(0)
    one, matrix = rng.standard_normal(inner, np.float32), rng.standard_normal((inner, columns), np.float32)
    many = jnp.asarray(np.broadcast_to(one, (rows, inner)).copy())
    product = jax.jit(jnp.matmul if side == "left" else lambda a, b: (b.T @ a.T).T)
    found = np.asarray(product(many, jnp.asarray(matrix)))
    np.testing.assert_array_equal(found, np.broadcast_to(found[0], found.shape))
