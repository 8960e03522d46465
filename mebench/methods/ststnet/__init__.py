"""STSTNet, recognition by three shallow streams over a flow picture."""

from mebench.config.parts import MethodConfig
from mebench.methods.picture_recogniser import PictureRecogniser


class STSTNetConfig(MethodConfig):
    """Settings of STSTNet: none beside those of `[train]`."""

    name: str = "ststnet"


class STSTNet(PictureRecogniser):
    """STSTNet: 3, 5 and 8 filters of 3x3 over u, v and strain, pooled, one layer; 1,683 parameters."""

    Config = STSTNetConfig
    network = "mebench.methods.ststnet.network:Network"
    paper = "Liong, Gan, See, Khor, Huang: Shallow Triple Stream Three-dimensional CNN. FG 2019, arXiv:1902.03634"
