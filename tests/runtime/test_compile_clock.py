"""The seconds that jax spends on compiling."""

import jax
import jax.numpy as jnp
import pytest

from mebench.runtime.compile_clock import compile_clock


def compiled_anew():
    return jax.jit(lambda x: jnp.sin(x) @ jnp.cos(x).T)(jnp.ones((3, 5)))


def test_it_goes_on_while_something_is_compiled():
    with compile_clock() as clock:
        assert clock.seconds == 0
        compiled_anew()
        first = clock.seconds
        compiled_anew()
    assert 0 < first < clock.seconds
    stopped = clock.seconds
    compiled_anew()
    assert clock.seconds == stopped


def test_a_program_that_is_there_costs_nothing():
    double = jax.jit(lambda x: 2 * x)
    three = jnp.ones(3)
    jax.block_until_ready(double(three))
    with compile_clock() as clock:
        jax.block_until_ready(double(three))
    assert clock.seconds == 0


def test_it_stops_when_the_block_fails():
    with pytest.raises(KeyError), compile_clock() as clock:
        raise KeyError
    compiled_anew()
    assert clock.seconds == 0
