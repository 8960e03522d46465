"""One iteration on lines against the same iteration written out pixel by pixel."""

import jax.numpy as jnp
import numpy as np
import pytest

from mebench.features.flow.tvl1_iterations import (
    LAMBDA,
    TAU,
    THETA,
    Flow,
    Linearised,
    _sum_of_squares,
    from_line,
    no_dual,
    relax,
    to_line,
)

H, W = 9, 7


def fields(seed, *shape):
    return np.random.default_rng(seed).normal(size=(*shape, H, W)).astype(np.float32)


def slow(constant, gradient, u, p, q, rounds):
    """Zach, Pock and Bischof's iteration as the paper has it, with loops over pixels; p and q by component."""
    u, p, q, squared = u.copy(), p.copy(), q.copy(), np.square(gradient).sum(axis=0)
    for _ in range(rounds):
        new = np.empty_like(u)
        for y, x in np.ndindex(H, W):
            rho = constant[y, x] + gradient[:, y, x] @ u[:, y, x]
            limit = LAMBDA * THETA * squared[y, x]
            step = -LAMBDA * THETA if rho > limit else LAMBDA * THETA if rho < -limit else -rho / squared[y, x]
            for c in range(2):
                before = (p[c, y, x - 1] if x else 0) + (q[c, y - 1, x] if y else 0)
                divergence = p[c, y, x] + q[c, y, x] - before
                new[c, y, x] = u[c, y, x] + step * gradient[c, y, x] + THETA * divergence
        for c, y, x in np.ndindex(2, H, W):
            dx = new[c, y, x + 1] - new[c, y, x] if x + 1 < W else 0
            dy = new[c, y + 1, x] - new[c, y, x] if y + 1 < H else 0
            length = 1 + TAU / THETA * np.hypot(dx, dy)
            p[c, y, x], q[c, y, x] = (
                (p[c, y, x] + TAU / THETA * dx) / length,
                (q[c, y, x] + TAU / THETA * dy) / length,
            )
        u = new
    return u


@pytest.mark.parametrize("rounds", [1, 4])
def test_as_pixel_by_pixel(rounds):
    constant, gradient, u = fields(0), fields(1, 2), fields(2, 2)
    zeros = np.zeros((2, H, W), np.float32)
    term = Linearised(*(to_line(jnp.array(one)) for one in (constant, gradient, 1 / np.square(gradient).sum(axis=0))))
    start = Flow(to_line(jnp.array(u)), no_dual(H, W), no_dual(H, W))
    found, count = relax(term, start, W, jnp.float32(0), inner=rounds, outer=1, smooth=False)
    assert count == rounds
    np.testing.assert_allclose(from_line(found.u, W), slow(constant, gradient, u, zeros, zeros, rounds), atol=1e-5)


def test_it_ends_when_nothing_changes():
    zeros = jnp.zeros((H, W))
    term = Linearised(to_line(zeros), to_line(jnp.zeros((2, H, W))), to_line(zeros))
    start = Flow(to_line(jnp.full((2, H, W), 2.0)), no_dual(H, W), no_dual(H, W))
    end, count = relax(term, start, W, jnp.float32(0.01), inner=30, outer=10, smooth=True)
    assert count == 1
    np.testing.assert_array_equal(from_line(end.u, W), 2.0)


@pytest.mark.parametrize("count", [1, 5, 32, 100, 333])
def test_sum_of_squares(count):
    line = np.random.default_rng(count).normal(size=(2, count)).astype(np.float32)
    assert float(_sum_of_squares(jnp.array(line))) == pytest.approx(
        float(np.square(line.astype(float)).sum()), rel=1e-5
    )
