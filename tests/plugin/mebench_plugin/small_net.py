"""A small network of flow and strain in Flax: everything but the network comes from mebench."""

from flax import nnx

from mebench.config.parts import MethodConfig
from mebench.methods.window_spotter import WindowSpotter


class SmallNetConfig(MethodConfig):
    """Settings: channels of the convolution."""

    channels: int = 8


class Net(nnx.Module):
    """One convolution over both strips, and a score."""

    def __init__(self, channels, rngs):
        self.conv = nnx.Conv(3, channels, (7, 7), strides=7, rngs=rngs)
        self.score = nnx.Linear(36 * channels, 1, rngs=rngs)

    def __call__(self, windows):
        """Return a score for each window (b, 42, 42, 3)."""
        return self.score(nnx.relu(self.conv(windows)).reshape(len(windows), -1))[:, 0]


class SmallNet(WindowSpotter):
    """A convolution over windows of flow and strain; the most frequent emotion of the training subjects."""

    Config = SmallNetConfig

    @staticmethod
    def network(settings, rngs):
        """Return the untrained network."""
        return Net(settings.channels, rngs)
