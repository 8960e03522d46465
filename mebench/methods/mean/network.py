"""MEAN: three shallow streams over flow and strain, one head that spots and one that recognises.

Liong, See, Chan: "Spot-then-recognize: a micro-expression analysis network for seamless evaluation of long videos",
Signal Processing: Image Communication 110 (2023) 116875; mebench/docs/mean.md, Network. This file is the definition;
training and inference use `mebench.methods.mean.cells`, which computes the same in a form that is several times faster.
"""

import math
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax
from jaxtyping import Array, Bool, Float, PRNGKeyArray

STREAM_CHANNELS = {"u": 3, "v": 3, "strain": 8}
"""Streams in the order of the input's channels and of the concatenation, with the channels that each puts out."""

HEAD_CHANNELS, HEAD_FEATURES = 8, 392
STREAM_DROPOUT, HEAD_DROPOUT = 0.3, 0.2
EPSILON, MOMENTUM = 1e-3, 0.99
"""Of batch norm, as Keras has them."""

Tree = dict[str, Any]
"""Nested dictionaries with arrays at the leaves."""

_GLOROT = nnx.initializers.glorot_uniform()


@dataclass(frozen=True)
class MeanWeights:
    """MEAN's numbers as plain trees of arrays; a head may be missing (`mebench.methods.mean.keras`).

    Attributes:
        params: `{"u": {"conv": {"kernel", "bias"}, "norm": {"scale", "bias"}}, "v", "strain",
            "spotting": {"conv": ..., "dense": ...}, "recognition"}`.
        stats: `{"u": {"norm": {"mean", "var"}}, "v", "strain"}`, the running means of batch norm.
    """

    params: Tree
    stats: Tree


jax.tree_util.register_dataclass(MeanWeights, data_fields=["params", "stats"], meta_fields=[])


def keep_mask(key: PRNGKeyArray, rate: float, shape: tuple[int, ...]) -> Bool[Array, "..."]:
    """Return which values dropout keeps: each is dropped with probability `rate`, in steps of 2**-16.

    Two values share one random 32-bit word, since drawing them is a noticeable part of a step; the number of values
    must be even.
    """
    words = jax.random.bits(key, (math.prod(shape) // 2,), "uint32")
    return (lax.bitcast_convert_type(words, jnp.uint16) >= round(rate * (1 << 16))).reshape(shape)


def dropout(x: Float[Array, "b h w c"], rate: float, key: PRNGKeyArray | None) -> Float[Array, "b h w c"]:
    """Return x with a share `rate` of its values set to 0 and the rest divided by 1 - rate; x itself without a key."""
    if key is None:
        return x
    b, h, w, c = x.shape
    keep = keep_mask(key, rate, (c, h, w, b)).transpose(3, 1, 2, 0)
    return jnp.where(keep, x / (1 - rate), 0.0)


def _conv(inputs: int, outputs: int, rngs: nnx.Rngs) -> nnx.Conv:
    return nnx.Conv(inputs, outputs, (5, 5), padding="SAME", kernel_init=_GLOROT, rngs=rngs)


class Stream(nnx.Module):
    """One input channel to a map: conv 5x5, ReLU, batch norm, max pool 3/3; dropout follows in `Mean.features`."""

    def __init__(self, channels: int, rngs: nnx.Rngs) -> None:
        self.conv = _conv(1, channels, rngs)
        self.norm = nnx.BatchNorm(channels, momentum=MOMENTUM, epsilon=EPSILON, use_fast_variance=False, rngs=rngs)

    def __call__(
        self,
        x: Float[Array, "b 42 42 1"],
        valid: Bool[Array, " b"] | None = None,
        train: bool = False,
    ) -> Float[Array, "b 14 14 c"]:
        """Return the map; in training with the statistics of the batch's valid rows, and the running ones are moved.

        Args:
            x: u, v or strain.
            valid: rows that count for the statistics; None: all.
            train: use batch statistics.
        """
        mask = None if valid is None else valid[:, None, None, None]
        x = self.norm(nnx.relu(self.conv(x)), use_running_average=not train, mask=mask)
        return nnx.max_pool(x, (3, 3), strides=(3, 3))


class Head(nnx.Module):
    """The map to numbers: conv 5x5 -> 8, ReLU, max pool 2/2, flatten to 392, dropout .2, dense."""

    def __init__(self, outputs: int, rngs: nnx.Rngs) -> None:
        self.conv = _conv(sum(STREAM_CHANNELS.values()), HEAD_CHANNELS, rngs)
        self.dense = nnx.Linear(HEAD_FEATURES, outputs, kernel_init=_GLOROT, rngs=rngs)

    def __call__(self, x: Float[Array, "b 14 14 14"], key: PRNGKeyArray | None = None) -> Float[Array, "b o"]:
        """Return the numbers, linear; the key is for dropout."""
        x = dropout(nnx.max_pool(nnx.relu(self.conv(x)), (2, 2), strides=(2, 2)), HEAD_DROPOUT, key)  # (b, 7, 7, 8)
        return self.dense(x.reshape(len(x), HEAD_FEATURES))  # (b, 392)


class Mean(nnx.Module):
    """MEAN with both heads.

    Args:
        num_classes: emotions that the recognition head tells apart.
        rngs: stream `params` for the kernels (Glorot-uniform); biases are zero.
    """

    def __init__(self, num_classes: int, rngs: nnx.Rngs) -> None:
        self.u = Stream(STREAM_CHANNELS["u"], rngs)
        self.v = Stream(STREAM_CHANNELS["v"], rngs)
        self.strain = Stream(STREAM_CHANNELS["strain"], rngs)
        self.spotting = Head(1, rngs)
        self.recognition = Head(num_classes, rngs)

    def features(
        self,
        windows: Float[Array, "b 42 42 3"],
        valid: Bool[Array, " b"] | None = None,
        key: PRNGKeyArray | None = None,
        train: bool = False,
    ) -> Float[Array, "b 14 14 14"]:
        """Return the maps of u, v and strain side by side, after dropout .3.

        Args:
            windows: u, v and strain.
            valid: rows that count for the statistics; None: all.
            key: for dropout; None: no dropout.
            train: use batch statistics.
        """
        x = windows.astype(jnp.promote_types(windows.dtype, jnp.float32))
        streams = (self.u, self.v, self.strain)
        maps = [stream(x[..., i : i + 1], valid, train) for i, stream in enumerate(streams)]
        return dropout(jnp.concatenate(maps, axis=-1), STREAM_DROPOUT, key)

    def __call__(self, windows: Float[Array, "b 42 42 3"]) -> tuple[Float[Array, " b"], Float[Array, "b c"]]:
        """Return the spotting score and the class probabilities of each window (inference)."""
        maps = self.features(windows)
        return self.spotting(maps)[:, 0], nnx.softmax(self.recognition(maps))


def weights_of(model: Mean) -> MeanWeights:
    """Return the model's numbers."""
    params, stats = (nnx.to_pure_dict(nnx.state(model, kind)) for kind in (nnx.Param, nnx.BatchStat))
    return MeanWeights(params, stats)


def model_of(weights: MeanWeights) -> Mean:
    """Return a model with these numbers; both heads must be there."""
    num_classes = weights.params["recognition"]["dense"]["bias"].shape[0]
    empty = nnx.eval_shape(lambda: Mean(num_classes, nnx.Rngs(0)))
    graph, *states = nnx.split(empty, nnx.Param, nnx.BatchStat)
    for state, tree in zip(states, (weights.params, weights.stats), strict=True):
        nnx.replace_by_pure_dict(state, tree)
    return nnx.merge(graph, *states)


def new_weights(num_classes: int, key: PRNGKeyArray) -> MeanWeights:
    """Return the weights that training begins with: Glorot-uniform kernels, zero biases."""
    return weights_of(Mean(num_classes, nnx.Rngs(params=key)))
