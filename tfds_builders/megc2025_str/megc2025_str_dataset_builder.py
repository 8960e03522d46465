"""The unseen test set of MEGC2023 to MEGC2025: long videos without labels."""

from collections.abc import Mapping
from typing import ClassVar

import tensorflow_datasets as tfds

from mebench.data.card import Card
from tfds_builders.archives.archive_builder import ArchiveBuilder, Choice, choices
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import Tree
from tfds_builders.megc2025_str.archive import read_test_set


class Builder(ArchiveBuilder):
    """Builder of the unseen test set; see README.md."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First release."}
    DESCRIPTION = (
        "The unseen test set of MEGC2025's spot-then-recognise task (and of MEGC2023 and MEGC2024): 10 long videos of "
        "SAMM at 200 fps and 20 of CAS(ME)^3 at 30 fps, without labels; made from the licensed archive."
    )
    HOMEPAGE = "https://megc2025.github.io/challenge.html"
    CHOICES: ClassVar[Mapping[str, Choice]] = choices(pixels=("", "samm", "cas", "megc2022"), policies=("recommended",))
    CARD: ClassVar[Card] = Card(
        holds="the challenge's unseen long videos, without labels",
        kind="test set",
        subjects=9,
        videos=30,
        micro=None,
        macro=None,
        fps="200 (SAMM), 30 (CAS)",
        licence="research only, signed agreements",
        apply="https://megc2025.github.io/challenge.html",
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Apply as https://megc2025.github.io/challenge.html says (two agreements) and unpack MEGC_unseen_testset "
        "(SAMM_data/001_2/..., CAS_data/dzw_a1/0000.jpg, ...) at any depth; the variants samm and cas need one part."
    )

    @staticmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return the videos of the variant's parts."""
        return read_test_set(tree, choice)
