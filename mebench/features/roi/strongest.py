"""The strongest vectors of a region: what its motion is taken to be."""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float32, Int32

BITS = 31
"""Of a number that is not negative; its bits order such numbers as whole numbers."""

ROUNDING = 1e-3
"""Added to a number of vectors before it is rounded down: 0.7 of 10 are 7, which float32 would make 6."""


def strongest(
    vectors: Float32[Array, "*b n 2"], inside: Bool[Array, "*b n"], share: Float32[Array, "*b"]
) -> Float32[Array, "*b 2"]:
    """Return the mean of the longest vectors; arguments as for `chosen`."""
    weights = chosen(vectors, inside, share)
    return (vectors * weights[..., None]).sum(axis=-2) / weights.sum(axis=-1, keepdims=True)


def chosen(
    vectors: Float32[Array, "*b n 2"], inside: Bool[Array, "*b n"], share: Float32[Array, "*b"]
) -> Float32[Array, "*b n"]:
    """Return weights of the longest vectors: 1, and equal parts for those that tie for the last places.

    Nothing is sorted: the least length of the chosen is found by halving, bit by bit, in a fixed number of steps.

    Args:
        vectors: of the pixels of a rectangle.
        inside: which of them count; one at least.
        share: of those; rounded down, and one vector at least.
    """
    lengths = lax.bitcast_convert_type(jnp.square(vectors).sum(axis=-1), jnp.int32)
    lengths = jnp.where(inside, lengths, -1)
    number = inside.sum(axis=-1, dtype=jnp.int32)
    wanted = jnp.maximum(jnp.floor(number * share + ROUNDING).astype(jnp.int32), 1)

    def halve(step: Int32[Array, ""], least: Int32[Array, "*b"]) -> Int32[Array, "*b"]:
        higher = least | (1 << (BITS - 1 - step))
        enough = (lengths >= higher[..., None]).sum(axis=-1, dtype=jnp.int32) >= wanted
        return jnp.where(enough, higher, least)

    least = lax.fori_loop(0, BITS, halve, jnp.zeros(wanted.shape, jnp.int32))[..., None]
    above, equal = lengths > least, lengths == least
    rest = (wanted - above.sum(axis=-1)) / jnp.maximum(equal.sum(axis=-1), 1)
    return above + equal * rest[..., None].astype(jnp.float32)
