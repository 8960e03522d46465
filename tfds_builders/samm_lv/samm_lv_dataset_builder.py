"""SAMM Long Videos: micro- and macro-expressions in long videos at 200 fps."""

from collections.abc import Mapping
from typing import ClassVar

import tensorflow_datasets as tfds

from mebench.data.card import Card
from tfds_builders.archives.archive_builder import ArchiveBuilder, Choice, choices
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import Tree
from tfds_builders.samm_lv.archive import read_samm_lv


class Builder(ArchiveBuilder):
    """Builder of SAMM Long Videos; see README.md."""

    VERSION = tfds.core.Version("1.0.1")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {
        "1.0.0": "First release.",
        "1.0.1": "Action units that their coder doubted (12B ?) are marked, an apex without a file is unknown.",
    }
    DESCRIPTION = (
        "SAMM Long Videos: 147 long videos of 30 subjects at 200 fps with 159 micro- and 343 macro-expressions and "
        "action units; emotions come from SAMM's table; made from the licensed archive."
    )
    HOMEPAGE = "https://helward.mmu.ac.uk/STAFF/M.Yap/dataset.php"
    CHOICES: ClassVar[Mapping[str, Choice]] = choices(
        tables=("", "v1", "v2", "v3"), policies=("recommended", "mean", "as_published")
    )
    CARD: ClassVar[Card] = Card(
        holds="spontaneous micro- and macro-expressions in long videos",
        kind="long videos",
        subjects=30,
        videos=147,
        micro=159,
        macro=343,
        fps="200",
        licence="research only, signed agreement",
        apply="https://helward.mmu.ac.uk/STAFF/M.Yap/dataset.php",
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Apply at https://helward.mmu.ac.uk/STAFF/M.Yap/dataset.php; unpack SAMM Long Videos (SAMM_longvideos/006_1/"
        "006_1_0001.jpg, ...) and put SAMM_LongVideos_V3_Release.xlsx and, for the emotions, SAMM's "
        "SAMM_Micro_FACS_Codes_v2.xlsx into the same folder, at any depth."
    )

    @staticmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return the long videos, with the rows of the variant's table."""
        return read_samm_lv(tree, choice)
