"""SAMM: short clips of spontaneous micro-expressions at 200 fps."""

from collections.abc import Mapping
from typing import ClassVar

import tensorflow_datasets as tfds

from mebench.data.card import Card
from tfds_builders.archives.archive_builder import ArchiveBuilder, Choice, choices
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import Tree
from tfds_builders.samm.archive import read_samm


class Builder(ArchiveBuilder):
    """Builder of SAMM; see README.md."""

    VERSION = tfds.core.Version("1.0.1")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {
        "1.0.0": "First release.",
        "1.0.1": "Action units that their coder doubted (12B ?) are marked, an apex without a file is unknown.",
    }
    DESCRIPTION = (
        "SAMM: 159 clips of spontaneous micro-expressions of 29 subjects at 200 fps, with action units, emotions and "
        "objective classes; made from the licensed archive."
    )
    HOMEPAGE = "https://helward.mmu.ac.uk/STAFF/M.Yap/dataset.php"
    CHOICES: ClassVar[Mapping[str, Choice]] = choices(pixels=("", "cropped"))
    CARD: ClassVar[Card] = Card(
        holds="short clips of one spontaneous micro-expression each",
        kind="short clips",
        subjects=29,
        videos=159,
        micro=159,
        macro=0,
        fps="200",
        licence="research only, signed agreement",
        apply="https://helward.mmu.ac.uk/STAFF/M.Yap/dataset.php",
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Apply at https://helward.mmu.ac.uk/STAFF/M.Yap/dataset.php; unpack SAMM (SAMM/006/006_1_2/006_05562.jpg, ...) "
        "and put SAMM_Micro_FACS_Codes_v2.xlsx into the same folder, at any depth."
    )

    @staticmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return the clips that the table names."""
        return read_samm(tree, choice)
