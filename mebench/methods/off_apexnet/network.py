"""The network of Off-ApexNet (Gan et al. 2019; mebench/docs/recognition.md, Flow pictures)."""

from itertools import pairwise

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from mebench.methods.picture_layers import neighbourhoods, torch_uniform

WIDTHS = (1, 6, 16)
"""Channels of a stream, before and after each convolution."""

HIDDEN = 1024


class Stream(nnx.Module):
    """Twice: convolution 5x5 with a border of 2, ReLU, max pool 2."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        """Draw the weights."""
        pairs = list(pairwise(WIDTHS))
        self.convs = nnx.List([_linear(25 * inputs, outputs, rngs) for inputs, outputs in pairs])

    def __call__(self, x: Float[Array, "b 28 28 1"]) -> Float[Array, "b 784"]:
        """Return the pooled maps, flat."""
        for conv in self.convs:
            x = nnx.relu(conv(neighbourhoods(x, 5, 2)))
            b, h, w, c = x.shape
            x = x.reshape(b, h // 2, 2, w // 2, 2, c).max((2, 4))
        return x.reshape(len(x), -1)


class Network(nnx.Module):
    """A stream of u and one of v, side by side, two layers with ReLU, the classes; strain is not looked at.

    Values of the picture are taken from 0 to 1 (the paper does not say).
    """

    def __init__(self, settings: object, classes: int, rngs: nnx.Rngs) -> None:
        """Draw the weights as PyTorch does."""
        self.streams = nnx.List([Stream(rngs), Stream(rngs)])
        sizes = (2 * 7 * 7 * WIDTHS[-1], HIDDEN, HIDDEN, classes)
        self.layers = nnx.List([_linear(i, o, rngs) for i, o in pairwise(sizes)])

    def __call__(
        self,
        pictures: Float[Array, "b 28 28 3"],
        valid: Bool[Array, " b"] | None = None,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "b c"]:
        """Return the logits; training and inference are the same."""
        x = pictures / 255
        x = jnp.concatenate([stream(x[..., i : i + 1]) for i, stream in enumerate(self.streams)], axis=-1)
        for layer in self.layers[:-1]:
            x = nnx.relu(layer(x))
        return self.layers[-1](x)


def _linear(inputs: int, outputs: int, rngs: nnx.Rngs) -> nnx.Linear:
    init = torch_uniform(inputs)
    return nnx.Linear(inputs, outputs, kernel_init=init, bias_init=init, rngs=rngs)
