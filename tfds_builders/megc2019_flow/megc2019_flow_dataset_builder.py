"""TFDS builder of MEGC2019's composite as flow pictures."""

import dataclasses
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar

import tensorflow_datasets as tfds

from mebench.data.card import Card
from tfds_builders.archives.archive_builder import ArchiveBuilder, Choice
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import Tree
from tfds_builders.base import SourceVideo
from tfds_builders.megc2019_flow.clone import read_clone
from tfds_builders.megc2019_flow.made import pictured, read_made
from tfds_builders.megc2019_flow.pictures import SIDE

MADE = "made"


class Builder(ArchiveBuilder):
    """Builder of the composite's flow pictures; see README.md."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First release."}
    DESCRIPTION = (
        "MEGC2019's composite of SMIC, CASME II and SAMM: 442 micro-expressions of 68 subjects, each as a picture of "
        "28x28 pixels of the flow from onset to apex (u, v, strain), and its class; from the user's own copy of the "
        "public pictures, or made from the licensed archives."
    )
    HOMEPAGE = "https://facial-micro-expressiongc.github.io/MEGC2019/"
    CHOICES: ClassVar[Mapping[str, Choice]] = MappingProxyType({"": Choice(), MADE: Choice(pixels=MADE)})
    CARD: ClassVar[Card] = Card(
        holds="flow from onset to apex of the clips of SMIC, CASME II and SAMM, 28x28 pixels each, three classes",
        kind="flow pictures",
        subjects=68,
        videos=442,
        micro=442,
        macro=0,
        fps="recorded at 200 (SAMM, CASME II), 100 (SMIC)",
        licence="none was found; made of three licensed sets (README)",
        apply="git clone https://github.com/wangzhifengharrison/HTNet",
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Clone https://github.com/wangzhifengharrison/HTNet, which has the pictures in "
        "datasets/STSNet_whole_norm_u_v_os and their classes in combined_3_class2_for_optical_flow.csv; for the "
        "variant made put the unpacked archives of SAMM, CASME II and SMIC into one folder."
    )

    @staticmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return the clips of a copy of the pictures, or of the licensed archives."""
        return read_made(tree) if choice.pixels == MADE else read_clone(tree)

    def image_feature(self, variant: str) -> tfds.features.Image:
        """Return the feature of a picture."""
        return tfds.features.Image(shape=(SIDE, SIDE, 3))

    def videos(self, dl_manager: tfds.download.DownloadManager, variant: str, subject: str) -> Iterator[SourceVideo]:
        """Yield the clips of a subject, their pictures drawn where the variant is made of the archives."""
        for video in super().videos(dl_manager, variant, subject):
            label = f"{self.name}: {video.info.video_id}"
            yield dataclasses.replace(video, frames=pictured(label, video.frames)) if variant == MADE else video
