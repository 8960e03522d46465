"""CAS(ME)^3: long videos at 30 fps, colour and depth (part A), and a mock crime (part C)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import numpy as np
import tensorflow_datasets as tfds

from mebench.data.card import Card
from tfds_builders.archives.archive_builder import ArchiveBuilder, Choice, choices
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import Tree
from tfds_builders.casme3.part_a import read_part_a
from tfds_builders.casme3.part_c import read_part_c


class Builder(ArchiveBuilder):
    """Builder of CAS(ME)^3; see README.md."""

    VERSION = tfds.core.Version("1.0.1")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {
        "1.0.0": "First release.",
        "1.0.1": "An apex without a file within two frames is unknown.",
    }
    DESCRIPTION = (
        "CAS(ME)^3: long videos of 100 subjects at 30 fps, with depth, with micro- and macro-expressions, action units "
        "and emotions (part A), and a mock crime (part C); made from the licensed archive."
    )
    HOMEPAGE = "http://casme.psych.ac.cn/casme/e4"
    CHOICES: ClassVar[Mapping[str, Choice]] = MappingProxyType(
        {**choices(pixels=("", "depth"), tables=("", "v1", "v2", "max15")), **choices(pixels=("part_c",))}
    )
    CARD: ClassVar[Card] = Card(
        holds="spontaneous micro- and macro-expressions in long videos with depth (part A); a mock crime (part C)",
        kind="long videos",
        subjects=100,
        videos=None,
        micro=860,
        macro=3346,
        fps="30",
        licence="research only, signed agreement",
        apply="http://casme.psych.ac.cn/casme/e4",
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Apply at http://casme.psych.ac.cn/casme/e4; unpack part A (part_A/spNO.1/a/color/355.jpg, ...) and put "
        "CAS(ME)3_part_A_v2.xls and cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx into the same folder, at any depth."
    )

    def image_feature(self, variant: str) -> tfds.features.Image:
        """Return the feature of one frame: depth is one channel of 16 bits."""
        if variant == "depth":
            return tfds.features.Image(shape=(None, None, 1), dtype=np.uint16)
        return super().image_feature(variant)

    @staticmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return part A or part C as the variant asks."""
        return read_part_c(tree, choice) if choice.pixels == "part_c" else read_part_a(tree, choice)
