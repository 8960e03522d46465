"""The GPU kernel of TV-L1's iterations, interpreted on CPU: against XLA's passes, and as code for a GPU."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mebench.features.flow import jax_tvl1, tvl1_fused
from mebench.features.flow.jax_tvl1 import Settings, tvl1
from mebench.features.flow.synthetic import known_pair
from mebench.features.flow.tvl1_iterations import Flow, Linearised


def fields(pairs, height, width):
    rng = np.random.default_rng(0)

    def line(*shape):
        return jnp.asarray(rng.normal(size=(pairs, *shape, height * width)), jnp.float32)

    return Linearised(line(), line(2), jnp.abs(line())), Flow(line(2), jnp.zeros_like(line(2)), jnp.zeros_like(line(2)))


def test_the_kernel_is_xlas_passes():
    assert 0 < tvl1_fused.difference_from_xla(interpret=True) < 1e-5


def test_one_pixel_by_hand():
    """Rho = 1 + 2 * 0 = 1, bounded to 0.045; u moves by -0.045 * 2, and no neighbour pulls."""
    one = jnp.ones((1, 1))
    term = Linearised(one, jnp.array([[[2.0], [0.0]]]), one / 4)
    zero = jnp.zeros((1, 2, 1))
    found, change = tvl1_fused.iterate(term, Flow(zero, zero, zero), jnp.array([True]), 1, interpret=True)
    np.testing.assert_allclose(found.u[0, :, 0], [-0.09, 0], atol=1e-7)
    np.testing.assert_allclose(change, 0.0081, rtol=1e-6)
    assert not found.p.any()
    assert not found.q.any()


def test_a_pair_that_has_ended_stays_as_it_is():
    term, flow = fields(2, 6, 7)
    found, change = tvl1_fused.iterate(term, flow, jnp.array([False, True]), 7, interpret=True)
    np.testing.assert_array_equal(found.u[0], flow.u[0])
    np.testing.assert_array_equal(found.p[0], flow.p[0])
    assert change[1] > 0
    assert not np.array_equal(found.u[1], flow.u[1])


@pytest.mark.slow
@pytest.mark.parametrize("epsilon", [0.0, 0.02])
def test_the_whole_flow_with_the_kernel_is_the_flow_without(epsilon):
    """Pairs that end at different iterations included; both are far from the other's rounding."""
    made = [known_pair(seed, 64, 1.0, noise=1.0) for seed in range(3)]
    previous, following = (
        np.stack([getattr(one, name)[:40, :36] for one in made]) for name in ("previous", "following")
    )
    settings = Settings(epsilon=epsilon, scales=2, warps=2, inner=4, outer=2)
    relaxation = partial(tvl1_fused.relax_in_vmap, interpret=True)
    pair = partial(jax_tvl1._one_pair, settings, relaxation)
    found, pixels = jax.jit(jax.vmap(pair))(previous, following)
    np.testing.assert_allclose(found, tvl1(previous, following, settings), atol=1e-3)
    np.testing.assert_array_equal(pixels, jax_tvl1.iterations(previous, following, settings))


def test_it_becomes_code_for_a_gpu():
    """Pallas lowers it to Triton without a GPU at hand, at the size and batch that one would see."""
    term, flow = fields(2, 128, 128)
    traced = jax.jit(partial(tvl1_fused.iterate, width=128)).trace(term, flow, jnp.array([True, True]))
    assert "tvl1_iteration" in traced.lower(lowering_platforms=("cuda",)).as_text()


def test_it_is_tried_even_while_something_is_traced(monkeypatch):
    """The first flow asks inside `jax.jit`, where a trial would be traced and fail."""
    difference = tvl1_fused.difference_from_xla
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(tvl1_fused, "difference_from_xla", lambda: difference(interpret=True))
    tvl1_fused.implementation.cache_clear()
    found = []
    try:
        jax.jit(lambda x: (found.append(tvl1_fused.implementation()), x)[1])(1.0)
    finally:
        tvl1_fused.implementation.cache_clear()
    assert found == ["pallas"]


@pytest.mark.skipif(jax.default_backend() == "gpu", reason="compiles there")
def test_a_kernel_that_does_not_compile_is_left_alone(monkeypatch):
    """This machine is no GPU, and the kernel is not interpreted."""
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    tvl1_fused.implementation.cache_clear()
    try:
        assert tvl1_fused.implementation() == "xla"
    finally:
        tvl1_fused.implementation.cache_clear()


def test_no_gpu_no_kernel():
    expected = "xla" if jax.default_backend() != "gpu" else tvl1_fused.implementation()
    assert jax_tvl1.implementation() == expected
