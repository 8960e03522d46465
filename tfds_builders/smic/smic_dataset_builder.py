"""TFDS builder of SMIC's short clips, from its licensed archive."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

import tensorflow_datasets as tfds

from mebench.data.audit import Count
from mebench.data.card import Card
from tfds_builders.archives.archive_builder import ArchiveBuilder, Choice, choices
from tfds_builders.archives.assemble import ArchiveVideo, Recipe, assemble, counts_of
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import Tree
from tfds_builders.smic.clips import Release, find_clips
from tfds_builders.smic.names import CLASS_OF, FPS, Camera
from tfds_builders.smic.rows import annotations_of

NAME = "smic"
PARTS: Mapping[str, tuple[Camera, Release]] = MappingProxyType(
    {
        "": ("hs", "raw"),
        "vis": ("vis", "raw"),
        "nir": ("nir", "raw"),
        "cropped": ("hs", "cropped"),
        "vis_cropped": ("vis", "cropped"),
        "nir_cropped": ("nir", "cropped"),
    }
)
"""Pixels of a variant -> camera and release."""

PUBLISHED: Mapping[Camera, Mapping[str, int]] = MappingProxyType(
    {
        "hs": {"subjects": 16, "videos": 164, "micro rows": 164, "negative": 70, "positive": 51, "surprise": 43},
        "vis": {"subjects": 8, "videos": 71, "micro rows": 71, "negative": 24, "positive": 28, "surprise": 19},
        "nir": {"subjects": 8, "videos": 71, "micro rows": 71, "negative": 24, "positive": 28, "surprise": 19},
    }
)


class Builder(ArchiveBuilder):
    """Builder of SMIC; see README.md."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First release."}
    DESCRIPTION = (
        "SMIC: 164 short clips of 16 subjects at 100 fps (HS), 71 of 8 at 25 fps in colour (VIS) and near infrared "
        "(NIR), one micro-expression each, with coarse emotions; made from the licensed archive."
    )
    HOMEPAGE = "https://www.oulu.fi/cmvs/node/41319"
    CHOICES: ClassVar[Mapping[str, Choice]] = choices(pixels=tuple(PARTS))
    CARD: ClassVar[Card] = Card(
        holds="spontaneous micro-expressions cut to onset and offset, coarse emotions; HS, VIS and NIR cameras",
        kind="short clips",
        subjects=16,
        videos=164,
        micro=164,
        macro=0,
        fps="100 (VIS, NIR: 25)",
        licence="research only, signed agreement",
        apply="https://www.oulu.fi/cmvs/node/41319",
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Apply at https://www.oulu.fi/cmvs/node/41319; unpack SMIC_all_raw "
        "(SMIC_all_raw/HS/s1/micro/negative/s1_ne_01/image563845.bmp, ...), for the variants cropped SMIC_all_cropped. "
        "There is no table."
    )

    @staticmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return the clips of the variant's camera and release."""
        camera, release = PARTS[choice.pixels]
        clips, findings = find_clips(tree, camera, release)
        if not clips:
            return Reading(findings=tuple(findings))
        rows, more = annotations_of(clips, choice.policy)
        recipe = Recipe(
            dataset=NAME, fps=FPS[camera], policy=choice.policy, video_id=lambda key: key[1], lone_clips=False
        )
        videos, last = assemble(recipe, [one.clip for one in clips], rows)
        return Reading(
            videos=videos,
            parts=(("images", _above(clips[0].clip.folder)),),
            counts=(*counts_of(videos, rows, _published(camera)), *_classes(videos, PUBLISHED[camera])),
            findings=(*findings, *more, *last),
        )


def _published(camera: Camera) -> dict[str, int]:
    """Return the published counts of a camera; every clip has one expression."""
    return {**PUBLISHED[camera], "micro-expressions kept": PUBLISHED[camera]["videos"]}


def _classes(videos: Sequence[ArchiveVideo], published: Mapping[str, int]) -> tuple[Count, ...]:
    """Return how many clips there are of each class."""
    found = [e.coarse for video in videos for e in video.info.expressions]
    return tuple(Count(name, found.count(name), published.get(name)) for name in CLASS_OF.values())


def _above(folder: str) -> str:
    """Return the folder of the cameras' subjects, "." for the archive itself."""
    return "/".join(folder.split("/")[:-4]) or "."
