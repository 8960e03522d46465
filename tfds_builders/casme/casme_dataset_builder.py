"""TFDS builder of CASME, from its licensed archive; experimental: no table or archive of it was ever seen here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import tensorflow_datasets as tfds

from mebench.data.card import Card
from tfds_builders.archives.annotation import Key
from tfds_builders.archives.archive_builder import ArchiveBuilder, Choice, choices
from tfds_builders.archives.assemble import Published, Recipe, assemble, counts_of
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.rules import Policy, Rule, apex_outside_unknown, offset_clamped, onset_clamped
from tfds_builders.archives.tree import Tree
from tfds_builders.casme.table import read_table
from tfds_builders.casme2.clips import Release, find_clips

NAME = "casme"
PUBLISHED: Mapping[str, Published] = MappingProxyType(
    {"videos": (193, 189), "micro rows": (193, 189), "micro-expressions kept": (193, 189)}
)
"""193 rows of the table of 2019; the code of meb uses 189."""
RELEASES: Mapping[str, tuple[Release, ...]] = MappingProxyType({"": ("raw", "selected"), "cropped": ("cropped",)})
RULES: Mapping[Policy, tuple[Rule, ...]] = MappingProxyType(
    {"recommended": (onset_clamped, offset_clamped, apex_outside_unknown), "as_published": ()}
)
"""recommended: an interval that leaves the clip is cut to it; an apex outside of the interval is unknown."""


class Builder(ArchiveBuilder):
    """Builder of CASME; see README.md."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First release (experimental)."}
    DESCRIPTION = (
        "CASME: short clips at 60 fps, each with a micro-expression, its action units and emotion; made from the "
        "licensed archive."
    )
    HOMEPAGE = "http://casme.psych.ac.cn/casme/e1"
    CHOICES: ClassVar[Mapping[str, Choice]] = choices(pixels=tuple(RELEASES))
    CARD: ClassVar[Card] = Card(
        holds="spontaneous micro-expressions in short clips, emotions",
        kind="short clips",
        subjects=None,
        videos=193,
        micro=193,
        macro=0,
        fps="60",
        licence="research only, signed agreement",
        apply="http://casme.psych.ac.cn/casme/e1",
        experimental=True,
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Apply at http://casme.psych.ac.cn/casme/e1; unpack the clips (sub01/EP01_12/EP01_12-73.jpg, ...; for the "
        "variants cropped reg_EP01_12-73.jpg) and put CASME-coded-20190721.xls into the same folder, at any depth."
    )

    @staticmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return the clips that the table names, or their face crops."""
        rows, path, findings = read_table(tree)
        clips, more = find_clips(tree, rows, RELEASES[choice.pixels], "last")
        findings = (*findings, *more)
        if not path or not clips:
            return Reading(findings=findings)
        recipe = Recipe(
            dataset=NAME,
            fps=60.0,
            policy=choice.policy,
            rules=RULES[choice.policy],
            video_id=_video_id,
            lone_clips=False,
        )
        videos, last = assemble(recipe, clips, rows)
        images = "/".join(clips[0].folder.split("/")[:-2]) or "."
        return Reading(
            videos=videos,
            parts=(("annotations", path), ("images", images)),
            counts=counts_of(videos, rows, PUBLISHED),
            findings=(*findings, *last),
        )


def _video_id(key: Key) -> str:
    """Return the id of a clip, as `sub01_EP01_12`."""
    return f"sub{key[0]}_{key[1]}"
