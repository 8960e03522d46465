"""The network of STSTNet (Liong et al., FG 2019; mebench/docs/recognition.md, Flow pictures)."""

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from mebench.methods.picture_layers import dropout, neighbourhoods, torch_uniform

FILTERS = (3, 5, 8)
"""Of the three streams; side by side they are one convolution."""

DROPOUT = 0.5


class Network(nnx.Module):
    """Convolution 3x3 with a border of 2, ReLU, batch norm, max pool 3 with a border of 1, dropout; mean pool 2; dense.

    The picture's channels go in backwards (strain, v, u), from 0 to 255, as OpenCV gave them to the authors.
    """

    def __init__(self, settings: object, classes: int, rngs: nnx.Rngs) -> None:
        """Draw the weights as PyTorch does: uniform within 1 / sqrt(inputs)."""
        width = sum(FILTERS)
        self.conv = nnx.Linear(27, width, kernel_init=torch_uniform(27), bias_init=torch_uniform(27), rngs=rngs)
        self.norm = nnx.BatchNorm(width, momentum=0.9, epsilon=1e-5, use_fast_variance=False, rngs=rngs)
        self.dense = nnx.Linear(400, classes, kernel_init=torch_uniform(400), bias_init=torch_uniform(400), rngs=rngs)

    def __call__(
        self,
        pictures: Float[Array, "b 28 28 3"],
        valid: Bool[Array, " b"] | None = None,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "b c"]:
        """Return the logits; with a key as in training: batch statistics of the rows that count, and dropout."""
        mask = None if valid is None else valid[:, None, None, None]
        x = nnx.relu(self.conv(neighbourhoods(pictures[..., ::-1], 3, 2)))  # (b, 30, 30, 16)
        x = self.norm(x, use_running_average=key is None, mask=mask)
        x = dropout(_pooled(x), DROPOUT, key)  # (b, 10, 10, 16)
        x = x.reshape(len(x), 5, 2, 5, 2, -1).mean((2, 4))  # (b, 5, 5, 16)
        return self.dense(x.reshape(len(x), -1))


def _pooled(x: Float[Array, "b 30 30 c"]) -> Float[Array, "b 10 10 c"]:
    """Return the largest of each 3x3; the first begins one pixel outside, so the last row and column are in none."""
    bordered = jnp.pad(x[:, :29, :29], ((0, 0), (1, 0), (1, 0), (0, 0)), constant_values=-jnp.inf)
    return bordered.reshape(len(x), 10, 3, 10, 3, -1).max((2, 4))
