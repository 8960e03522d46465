"""Running something at once while jax traces."""

import jax
import jax.numpy as jnp
import pytest

from mebench.runtime.untraced import untraced


def test_inside_jit_it_has_a_value():
    found = []

    def traced(x):
        found.append(untraced(lambda: float(jax.jit(jnp.sum)(jnp.arange(4.0)))))
        return x

    jax.jit(jax.vmap(traced))(jnp.ones(2))
    assert found == [6.0]


def test_errors_come_through():
    with pytest.raises(ZeroDivisionError):
        untraced(lambda: 1 // 0)
