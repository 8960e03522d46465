"""A plain network of three convolutions over a flow picture, as a baseline that is trained like the others."""

from mebench.config.parts import MethodConfig
from mebench.methods.picture_recogniser import PictureRecogniser


class PlainCNNConfig(MethodConfig):
    """Settings of the plain network: none beside those of `[train]`."""

    name: str = "plain_cnn"


class PlainCNN(PictureRecogniser):
    """Three convolutions of 3x3 with 16, 32 and 32 filters and max pools, one layer; no trick of any kind."""

    Config = PlainCNNConfig
    network = "mebench.methods.plain_cnn.network:Network"
