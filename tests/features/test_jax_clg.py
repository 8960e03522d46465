"""Combined local-global flow: its linear equations, its window and grid, and its error beside DIS's."""

import jax.numpy as jnp
import numpy as np
import pytest

from mebench.benchmarks.flow_pairs import face_pairs
from mebench.features.flow import jax_clg
from mebench.features.flow.registry import flow_function
from mebench.features.flow.synthetic import end_point_error, known_pair, texture


def dense_solution(system, right, v):
    """Solve (structure + weight L) x = structure v + right with a dense matrix."""
    height, width = v.shape[1:]
    count = height * width
    laplacian = np.zeros((count, count))
    for y, x in np.ndindex(height, width):
        for j, i in ((y + 1, x), (y, x + 1)):
            if j < height and i < width:
                a, b = y * width + x, j * width + i
                laplacian[[a, b], [a, b]] += 1
                laplacian[[a, b], [b, a]] -= 1
    xx, xy, yy = (np.diag(np.asarray(field, np.float64).ravel()) for field in (system.xx, system.xy, system.yy))
    structure = np.block([[xx, xy], [xy, yy]])
    smooth = float(system.weight) * np.kron(np.eye(2), laplacian)
    side = structure @ np.asarray(v, np.float64).ravel() + np.asarray(right, np.float64).ravel()
    return np.linalg.solve(structure + smooth, side).reshape(v.shape)


@pytest.mark.parametrize("shape", [(8, 8), (5, 9), (2, 3)])
def test_the_equations_are_solved(shape):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 2, *shape)).astype(np.float32)
    fields = (jnp.asarray(field) for field in ((a * a).sum(axis=0), (a * b).sum(axis=0), (b * b).sum(axis=0)))
    system = jax_clg._System(*fields, jnp.float32(0.3))
    right, v = (jnp.asarray(rng.normal(size=(2, *shape)), jnp.float32) for _ in range(2))
    exact = dense_solution(system, right, v)
    found = np.asarray(jax_clg._solve(system, right, v))
    assert np.abs(found - exact).max() < 0.15 * np.abs(exact - np.asarray(v)).max()


def test_no_equation_leaves_the_flow_as_it_is():
    zero = jnp.zeros((4, 4))
    v = jnp.ones((2, 4, 4))
    found = jax_clg._solve(jax_clg._System(zero, zero, zero, jnp.float32(0.5)), jnp.zeros((2, 4, 4)), v)
    np.testing.assert_array_equal(found, v)


@pytest.mark.parametrize("side", [16, 33, 70])
def test_window_and_interpolation_keep_a_constant(side):
    grid = -(-side // jax_clg.CELL)
    np.testing.assert_allclose(jax_clg._window(side).sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(jax_clg._interpolation(grid, side).sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("size", [(70, 97), (33, 40), (16, 16)])
def test_any_size(size):
    pair = known_pair(0, 128, 0.5)
    found = jax_clg.flow(pair.previous[None, : size[0], : size[1]], pair.following[None, : size[0], : size[1]])
    truth = pair.flow[None, : size[0], : size[1]]
    assert found.shape == (1, *size, 2)
    assert end_point_error(found, truth).mean() < 0.7 * np.sqrt(np.square(truth).sum(axis=-1)).mean()


def test_flat_pictures_have_no_flow():
    flat = np.full((1, 64, 64), 100, np.uint8)
    assert not jax_clg.flow(flat, flat).any()


@pytest.mark.parametrize("amplitude", [0.3, 1.0, 3.0])
def test_no_further_from_the_truth_than_dis(amplitude):
    pictures = [texture(np.random.default_rng(seed), 160).astype(np.uint8) for seed in range(3)]
    pairs = face_pairs(pictures, 128, amplitude, 6)
    errors = [
        end_point_error(flow_function(name)(pairs.previous, pairs.following), pairs.flow).mean()
        for name in ("jax_clg", "opencv_dis")
    ]
    assert errors[0] < errors[1]


def test_light_that_changes_slowly_over_the_picture_is_no_motion():
    pictures = [texture(np.random.default_rng(seed), 160).astype(np.uint8) for seed in range(2)]
    pairs = face_pairs(pictures, 128, 0.3, 2)
    light = np.linspace(-3, 3, 128)[:, None] + np.linspace(0, 2, 128)
    lit = np.clip(np.rint(pairs.following + light), 0, 255).astype(np.uint8)
    errors = [end_point_error(jax_clg.flow(pairs.previous, one), pairs.flow).mean() for one in (pairs.following, lit)]
    assert errors[1] < 1.3 * errors[0]
