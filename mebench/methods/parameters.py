"""Trainable parameters of a network in Flax, counted without drawing one of them."""

import math
from collections.abc import Callable

import jax
from flax import nnx


def trainable(make: Callable[[], nnx.Module]) -> int:
    """Return how many numbers are trained in the network that a function makes."""
    params = nnx.state(nnx.eval_shape(make), nnx.Param)
    return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(params))
