"""Counting the floating-point operations of a call."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jax import lax

from mebench.benchmarks.counted_flops import counted_flops
from mebench.features.flow.jax_clg import combined_local_global
from mebench.features.flow.jax_tvl1 import tvl1

X = jnp.ones((3, 4))


def test_by_hand():
    assert counted_flops(lambda x: x @ x.T + 1, X) == 2 * 3 * 3 * 4 + 9
    assert counted_flops(lambda x: jnp.sqrt(x).sum(), X) == 12 + 12
    assert counted_flops(lambda x: lax.fori_loop(0, 5, lambda _, y: y * 2, x), X) == 60
    assert counted_flops(jax.jit(lambda x: lax.map(lambda row: row - 1, x)), X) == 12
    assert counted_flops(lambda x: lax.cond(x[0, 0] > 0, lambda y: y + 1, lambda y: (y + 1) * y, x), X) == 24


def test_nothing_is_nothing():
    assert counted_flops(lambda x: x, X) == 0
    assert counted_flops(lambda x: x + 1, jnp.ones(3, jnp.int32)) == 0


def test_a_loop_that_ends_by_its_values_is_not_counted():
    assert counted_flops(lambda x: lax.while_loop(lambda y: y.sum() < 100, lambda y: 2 * y, x), X) is None
    frames = np.zeros((1, 32, 32), np.uint8)
    assert counted_flops(tvl1, frames, frames) is None


@given(st.integers(1, 4))
def test_twice_the_pairs_are_twice_the_flops(pairs):
    one, some = (np.zeros((count, 32, 32), np.uint8) for count in (1, pairs))
    assert counted_flops(combined_local_global, some, some) == pairs * counted_flops(combined_local_global, one, one)


@pytest.mark.parametrize("rows", [1, 7])
def test_xla_counts_a_product_alike(rows):
    product, x = jax.jit(lambda x, y: x @ y), (jnp.ones((rows, 5)), jnp.ones((5, 3)))
    assert counted_flops(product, *x) == product.lower(*x).compile().cost_analysis()["flops"]
