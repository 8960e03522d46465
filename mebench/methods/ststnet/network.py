"""The network of STSTNet (Liong et al., FG 2019; mebench/docs/recognition.md, Flow pictures).

Convolution and max pool are one product: for each cell of 3x3 that is pooled, the 5x5 pixels under it times a matrix
with the kernel at nine places. On CPU a training step takes two thirds of the time of the layers one by one.
"""

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from mebench.methods.picture_layers import dropout, neighbourhoods, torch_uniform
from mebench.runtime.fence import fence

FILTERS = (3, 5, 8)
"""Of the three streams; side by side they are one convolution."""

DROPOUT, EPSILON, MOMENTUM = 0.5, 1e-5, 0.9
"""Share that is dropped; of batch norm, as PyTorch has them."""

CELLS = 10
"""Pooled cells a side. The first begins one pixel outside the 30x30 map, so its last row and column are in none."""

_WIDTH = sum(FILTERS)


class Network(nnx.Module):
    """Convolution 3x3 with a border of 2, ReLU, batch norm, max pool 3 with a border of 1, dropout; mean pool 2; dense.

    The picture's channels go in backwards (strain, v, u), from 0 to 255, as OpenCV gave them to the authors.
    """

    def __init__(self, settings: object, classes: int, rngs: nnx.Rngs) -> None:
        """Draw the weights as PyTorch does: uniform within 1 / sqrt(inputs)."""
        self.conv = nnx.Linear(27, _WIDTH, kernel_init=torch_uniform(27), bias_init=torch_uniform(27), rngs=rngs)
        self.norm = nnx.BatchNorm(_WIDTH, momentum=MOMENTUM, epsilon=EPSILON, use_fast_variance=False, rngs=rngs)
        self.dense = nnx.Linear(400, classes, kernel_init=torch_uniform(400), bias_init=torch_uniform(400), rngs=rngs)

    def __call__(
        self,
        pictures: Float[Array, "b 28 28 3"],
        valid: Bool[Array, " b"] | None = None,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "b c"]:
        """Return the logits; with a key as in training: batch statistics of the rows that count, and dropout."""
        maps = self._maps(pictures[..., ::-1])  # (9, 16, b, 100)
        inside = _inside()[:, None, None]
        largest = jnp.where(inside, maps, -jnp.inf).max(0)  # (16, b, 100)
        smallest = jnp.where(inside, maps, jnp.inf).min(0)
        mean, var = self.norm.mean[...], self.norm.var[...]
        if key is not None:
            rows = jnp.ones(len(pictures), bool) if valid is None else valid
            mean, var = self._statistics(maps, pictures[..., ::-1], rows)
            for kept, new in ((self.norm.mean, mean), (self.norm.var, var)):
                kept.set_value(MOMENTUM * kept[...] + (1 - MOMENTUM) * new)
        scale = _numbers(self.norm.scale) * jax.lax.rsqrt(var + EPSILON)
        shift = _numbers(self.norm.bias) - mean * scale
        pooled = jnp.where(scale[:, None, None] >= 0, largest, smallest)  # batch norm keeps or turns the order
        x = dropout(pooled * scale[:, None, None] + shift[:, None, None], DROPOUT, key)
        x = x.reshape(_WIDTH, len(pictures), 5, 2, 5, 2).mean((3, 5))  # (16, b, 5, 5)
        return self.dense(x.transpose(1, 2, 3, 0).reshape(len(pictures), -1))

    def _maps(self, pictures: Float[Array, "b 28 28 3"]) -> Float[Array, "9 16 b 100"]:
        """Return convolution and ReLU at the nine places of each cell."""
        kernel = self.conv.kernel[...].reshape(3, 3, 3, _WIDTH).transpose(3, 0, 1, 2)
        matrix = jnp.zeros((3, _WIDTH, 3, 5, 3))  # column of the place, filter, row, column, channel
        for column in range(3):
            matrix = matrix.at[column, :, :, column : column + 3].set(kernel)
        under = _pixels_under(pictures)  # (75, b * 100)
        rows = [matrix.reshape(3 * _WIDTH, 45) @ under[15 * row : 15 * row + 45] for row in range(3)]
        found = jnp.stack(rows).reshape(9, _WIDTH, len(pictures), CELLS**2)
        maps = found + _numbers(self.conv.bias)[:, None, None]
        return fence(nnx.relu(maps))

    def _statistics(
        self, maps: Float[Array, "9 16 b 100"], pictures: Float[Array, "b 28 28 3"], rows: Bool[Array, " b"]
    ) -> tuple[Float[Array, " 16"], Float[Array, " 16"]]:
        """Return mean and variance of the whole 30x30 maps of the rows that count."""
        edge = nnx.relu(self.conv(_last_places(pictures)))  # (b, 59, 16)
        counted, rest = _inside()[:, None, None] & rows[:, None], rows[:, None, None]
        count = rows.sum() * 30 * 30
        kept, last = jnp.where(counted, maps, 0), jnp.where(rest, edge, 0)
        mean = (fence(kept.sum((0, 2, 3))) + fence(last.sum((0, 1)))) / count
        squares = fence(jnp.square(kept).sum((0, 2, 3))) + fence(jnp.square(last).sum((0, 1)))
        return mean, jnp.maximum(squares / count - jnp.square(mean), 0)


def _numbers(param: nnx.Param | None) -> Array:
    """Return the numbers of a parameter that a layer may lack and these do not."""
    if param is None:
        raise TypeError("the layer has no such parameter")
    return param[...]


def _inside() -> Bool[Array, "9 100"]:
    """Return which of a cell's nine places lie in the map: not the first row and column of the first cells."""
    first = jnp.arange(CELLS)[None, :] * 3 + jnp.arange(3)[:, None] >= 1  # (3, 10)
    return (first[:, None, :, None] & first[None, :, None, :]).reshape(9, CELLS**2)


def _pixels_under(pictures: Float[Array, "b 28 28 3"]) -> Float[Array, "75 b*100"]:
    """Return the 5x5 pixels under each cell, zeros outside the picture: row, column, channel; picture, cell."""
    padded = jnp.pad(pictures, ((0, 0), (3, 1), (3, 1), (0, 0)))  # (b, 32, 32, 3)
    steps = 3 * CELLS - 2
    parts = [padded[:, row : row + steps : 3, column : column + steps : 3] for row in range(5) for column in range(5)]
    stacked = jnp.stack(parts)  # (25, b, 10, 10, 3)
    return stacked.transpose(0, 4, 1, 2, 3).reshape(75, -1)


def _last_places(pictures: Float[Array, "b 28 28 3"]) -> Float[Array, "b 59 27"]:
    """Return the neighbourhoods of the last row and column of the map, which no cell holds."""
    padded = jnp.pad(pictures, ((0, 0), (2, 2), (2, 2), (0, 0)))  # (b, 32, 32, 3)
    row, column = neighbourhoods(padded[:, 29:], 3, 0), neighbourhoods(padded[:, :31, 29:], 3, 0)
    return jnp.concatenate([row.reshape(len(pictures), -1, 27), column.reshape(len(pictures), -1, 27)], axis=1)
