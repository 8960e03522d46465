"""The embedded answerer: a small encoder of one clip (flow and onset frame) with heads for what questions ask."""

from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Float32, PRNGKeyArray

from mebench.features.kinds.clip_grid import CHANNELS, GRID

WIDTHS = (CHANNELS, 16, 32, 32)
"""Channels before and after each convolution."""

_DROPOUT = 0.3


class Outputs(NamedTuple):
    """Logits of the heads for each clip.

    Attributes:
        units: that an action unit is there.
        sides: that it is the left side (above 0) or the right one (below), where it is one-sided.
        fine: of each fine class; coarse follows from it, so the two cannot disagree.
    """

    units: Float[Array, "b u"]
    sides: Float[Array, "b u"]
    fine: Float[Array, "b f"]


class Answerer(nnx.Module):
    """Three convolutions with mean pooling, one hidden layer, three heads: about 66,000 parameters."""

    def __init__(self, units: int, fines: int, rngs: nnx.Rngs) -> None:
        """Draw the weights; `units` action units and `fines` fine classes can be answered."""
        self.units = units
        self.convs = nnx.List([nnx.Linear(9 * i, o, rngs=rngs) for i, o in pairwise(WIDTHS)])
        self.hidden = nnx.Linear((GRID // 8) ** 2 * WIDTHS[-1], 96, rngs=rngs)
        self.heads = nnx.Linear(96, 2 * units + fines, rngs=rngs)

    def __call__(self, clips: Float32[Array, "b 32 32 3"], key: PRNGKeyArray | None = None) -> Outputs:
        """Return the logits; `key` draws the dropout of a training step."""
        x = clips
        for conv in self.convs:
            x = pooled(nnx.relu(conv(patches(x))))
        x = x.reshape(len(x), -1)  # (b, 4 * 4 * 32)
        if key is not None:
            kept = jax.random.bernoulli(key, 1 - _DROPOUT, x.shape)
            x = jnp.where(kept, x / (1 - _DROPOUT), 0)
        x = self.heads(nnx.relu(self.hidden(x)))
        return Outputs(x[:, : self.units], x[:, self.units : 2 * self.units], x[:, 2 * self.units :])


def patches(x: Float[Array, "b h w c"]) -> Float[Array, "b h w 9*c"]:
    """Return the 3 x 3 neighbourhood of each pixel, zeros beyond the edge: a convolution is then one product.

    On CPU a gradient of XLA's convolution within a loop is more than ten times slower.
    """
    height, width = x.shape[1:3]
    around = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    shifted = [around[:, dy : dy + height, dx : dx + width] for dy in range(3) for dx in range(3)]
    return jnp.concatenate(shifted, axis=-1)


def pooled(x: Float[Array, "b h w c"]) -> Float[Array, "b h/2 w/2 c"]:
    """Return the means over squares of 2 x 2 pixels."""
    b, h, w, c = x.shape
    return x.reshape(b, h // 2, 2, w // 2, 2, c).mean((2, 4))  # (b, h / 2, w / 2, c)


def mirrored(clips: Float32[Array, "b 32 32 3"]) -> Float32[Array, "b 32 32 3"]:
    """Return the clips as a mirror shows them: left and right, and the flow to the right, change sign."""
    return clips[:, :, ::-1] * jnp.array([-1.0, 1.0, 1.0])
