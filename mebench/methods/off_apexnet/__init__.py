"""Off-ApexNet, recognition by two convolutional streams over the flow from onset to apex."""

from mebench.config.parts import MethodConfig
from mebench.methods.picture_recogniser import PictureRecogniser


class OffApexNetConfig(MethodConfig):
    """Settings of Off-ApexNet: none beside those of `[train]`."""

    name: str = "off_apexnet"


class OffApexNet(PictureRecogniser):
    """Off-ApexNet: two convolutions of 5x5 over u and over v, two layers of 1,024; 2,664,475 parameters."""

    Config = OffApexNetConfig
    network = "mebench.methods.off_apexnet.network:Network"
    paper = "Gan, Liong, Yau, Huang, Tan: OFF-ApexNet on micro-expression recognition. SPIC 74 (2019), arXiv:1805.08699"
