"""The strongest vectors of a region: as a sort finds them."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebench.features.roi.strongest import chosen, strongest


def by_sorting(vectors, inside, share):
    found = vectors[inside]
    order = np.argsort(-np.square(found).sum(axis=1), kind="stable")
    return found[order[: max(1, int(len(found) * share + 1e-3))]].mean(axis=0)


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.sampled_from([0.2, 0.3, 0.6, 0.7, 0.88, 1.0]))
def test_as_a_sort_finds_them(seed, number, share):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(2, 60, 2)).astype(np.float32)
    inside = np.zeros((2, 60), bool)
    inside[:, rng.permutation(60)[:number]] = True
    found = strongest(jnp.asarray(vectors), jnp.asarray(inside), jnp.full(2, share, jnp.float32))
    for one, kept, expected in zip(vectors, inside, found, strict=True):
        np.testing.assert_allclose(by_sorting(one, kept, share), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("share", [0.5, 0.75, 0.01])
def test_what_ties_counts_in_equal_parts(share):
    lengths = np.array([3, 1, 1, 0.5], np.float32)
    vectors = jnp.asarray(np.stack([lengths, np.zeros(4, np.float32)], axis=1))
    weights = chosen(vectors, jnp.ones(4, bool), jnp.float32(share))
    np.testing.assert_allclose(np.asarray(weights).sum(), max(1, int(4 * share)))
    np.testing.assert_allclose(weights[1], weights[2])
    assert weights[0] == 1
    assert weights[3] == 0


def test_stillness_is_zero():
    still = strongest(jnp.zeros((5, 9, 2)), jnp.ones((5, 9), bool), jnp.full(5, 0.3))
    np.testing.assert_array_equal(still, 0)
