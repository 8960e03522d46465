"""Three convolutions and a layer (mebench/docs/recognition.md, Flow pictures)."""

from itertools import pairwise

from flax import nnx
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from mebench.methods.picture_layers import dropout, neighbourhoods, torch_uniform

WIDTHS = (3, 16, 32, 32)
"""Channels before and after each convolution."""

DROPOUT = 0.3


class Network(nnx.Module):
    """Three times: convolution 3x3 with a border of 1, ReLU, max pool 2; dropout, the classes. Values from 0 to 1."""

    def __init__(self, settings: object, classes: int, rngs: nnx.Rngs) -> None:
        """Draw the weights as PyTorch does."""
        self.convs = nnx.List([_linear(9 * inputs, outputs, rngs) for inputs, outputs in pairwise(WIDTHS)])
        self.dense = _linear(3 * 3 * WIDTHS[-1], classes, rngs)

    def __call__(
        self,
        pictures: Float[Array, "b 28 28 3"],
        valid: Bool[Array, " b"] | None = None,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "b c"]:
        """Return the logits; with a key as in training, with dropout."""
        x = pictures / 255
        for conv in self.convs:
            x = nnx.relu(conv(neighbourhoods(x, 3, 1)))
            b, h, w, c = x.shape
            x = x[:, : h // 2 * 2, : w // 2 * 2].reshape(b, h // 2, 2, w // 2, 2, c).max((2, 4))  # 14, 7, 3
        return self.dense(dropout(x.reshape(len(x), -1), DROPOUT, key))


def _linear(inputs: int, outputs: int, rngs: nnx.Rngs) -> nnx.Linear:
    init = torch_uniform(inputs)
    return nnx.Linear(inputs, outputs, kernel_init=init, bias_init=init, rngs=rngs)
