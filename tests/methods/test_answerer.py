"""The embedded answerer: shapes, its convolution against XLA's, the mirror."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mebench.methods.answerer.network import Answerer, mirrored, patches, pooled


@pytest.fixture(scope="module")
def model():
    return Answerer(5, 4, nnx.Rngs(0))


@pytest.mark.smoke
def test_logits_of_every_head(model):
    clips = jnp.ones((2, 32, 32, 3))
    said = model(clips)
    assert [array.shape for array in said] == [(2, 5), (2, 5), (2, 4)]
    np.testing.assert_allclose(said.fine[0], said.fine[1], atol=1e-6)
    count = sum(leaf.size for leaf in jax.tree.leaves(nnx.state(model, nnx.Param)))
    assert count == sum(9 * i * o + o for i, o in ((3, 16), (16, 32), (32, 32))) + (512 + 1) * 96 + 97 * 14


def test_dropout_depends_on_its_key_alone(model):
    clips = jax.random.normal(jax.random.key(0), (1, 32, 32, 3))
    one, again, other = (model(clips, jax.random.key(n)).units for n in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_patches_make_a_convolution():
    x = jax.random.normal(jax.random.key(1), (2, 6, 6, 3))
    kernel = jax.random.normal(jax.random.key(2), (3, 3, 3, 4))
    expected = jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    np.testing.assert_allclose(patches(x) @ kernel.reshape(27, 4), expected, atol=1e-4)
    assert float(pooled(x)[0, 0, 0, 0]) == pytest.approx(float(x[0, :2, :2, 0].mean()), abs=1e-6)


def test_a_mirror_changes_sides_and_the_sign_of_motion_to_the_right():
    clip = jnp.zeros((1, 32, 32, 3)).at[0, 3, 4].set(jnp.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(mirrored(clip)[0, 3, 27], [-1, 2, 3])
    np.testing.assert_array_equal(mirrored(mirrored(clip)), clip)
