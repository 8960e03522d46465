"""MEAN: three shallow streams over flow and strain, one head that spots and one that recognises.

Liong, See, Chan: "Spot-then-recognize: a micro-expression analysis network for seamless evaluation of long videos",
Signal Processing: Image Communication 110 (2023) 116875; spec/mean.md, Network. This file is the definition; training
and inference use `mebench.models.mean_cells`, which computes the same in a form that is several times faster.
"""

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, Float32, PRNGKeyArray

STREAM_CHANNELS = {"u": 3, "v": 3, "strain": 8}
"""Streams in the order of the input's channels and of the concatenation, with the channels that each puts out."""

HEAD_CHANNELS, HEAD_FEATURES = 8, 392
STREAM_DROPOUT, HEAD_DROPOUT = 0.3, 0.2
EPSILON, MOMENTUM = 1e-3, 0.99
"""Of batch norm, as Keras has them."""

_GLOROT = nnx.initializers.glorot_uniform()


def dropout(x: Float32[Array, "*s"], rate: float, key: PRNGKeyArray | None) -> Float32[Array, "*s"]:
    """Return x with a share `rate` of its values set to 0 and the rest scaled up by 1 / (1 - rate); x without a key.

    The share is rate in steps of 2**-16.
    """
    if key is None:
        return x
    keep = jax.random.bits(key, x.shape, "uint16") >= round(rate * (1 << 16))
    return jnp.where(keep, x / (1 - rate), 0.0)


def _conv(inputs: int, outputs: int, rngs: nnx.Rngs) -> nnx.Conv:
    return nnx.Conv(inputs, outputs, (5, 5), padding="SAME", kernel_init=_GLOROT, rngs=rngs)


class Stream(nnx.Module):
    """One input channel to a map: conv 5x5, ReLU, batch norm, max pool 3/3, dropout .3."""

    def __init__(self, channels: int, rngs: nnx.Rngs) -> None:
        self.conv = _conv(1, channels, rngs)
        self.norm = nnx.BatchNorm(channels, momentum=MOMENTUM, epsilon=EPSILON, use_fast_variance=False, rngs=rngs)

    def __call__(
        self,
        x: Float32[Array, "b 42 42 1"],
        valid: Bool[Array, " b"] | None = None,
        key: PRNGKeyArray | None = None,
        train: bool = False,
    ) -> Float32[Array, "b 14 14 c"]:
        """Return the map; in training the batch's own statistics over the valid rows are used, and the running ones move.

        Args:
            x: u, v or strain.
            valid: rows that count for the statistics; None: all.
            key: for dropout; None: no dropout.
            train: use batch statistics.
        """
        mask = None if valid is None else valid[:, None, None, None]
        x = self.norm(nnx.relu(self.conv(x)), use_running_average=not train, mask=mask)
        return dropout(nnx.max_pool(x, (3, 3), strides=(3, 3)), STREAM_DROPOUT, key)


class Head(nnx.Module):
    """The map to numbers: conv 5x5 -> 8, ReLU, max pool 2/2, flatten to 392, dropout .2, dense."""

    def __init__(self, outputs: int, rngs: nnx.Rngs) -> None:
        self.conv = _conv(sum(STREAM_CHANNELS.values()), HEAD_CHANNELS, rngs)
        self.dense = nnx.Linear(HEAD_FEATURES, outputs, kernel_init=_GLOROT, rngs=rngs)

    def __call__(self, x: Float32[Array, "b 14 14 14"], key: PRNGKeyArray | None = None) -> Float32[Array, "b o"]:
        """Return the numbers, linear; the key is for dropout."""
        x = nnx.max_pool(nnx.relu(self.conv(x)), (2, 2), strides=(2, 2))
        return self.dense(dropout(x.reshape(len(x), HEAD_FEATURES), HEAD_DROPOUT, key))  # (b, 7, 7, 8) -> (b, 392)


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
        keys: PRNGKeyArray | None = None,
        train: bool = False,
    ) -> Float32[Array, "b 14 14 14"]:
        """Return the maps of u, v and strain side by side; arguments as `Stream`, with a key for each stream."""
        x = windows.astype(jnp.float32)
        maps = [
            stream(x[..., i : i + 1], valid, None if keys is None else keys[i], train)
            for i, stream in enumerate((self.u, self.v, self.strain))
        ]
        return jnp.concatenate(maps, axis=-1)

    def __call__(
        self, windows: Float[Array, "b 42 42 3"]
    ) -> tuple[Float32[Array, " b"], Float32[Array, "b c"]]:
        """Return the spotting score and the class probabilities of each window (inference)."""
        maps = self.features(windows)
        return self.spotting(maps)[:, 0], nnx.softmax(self.recognition(maps))
