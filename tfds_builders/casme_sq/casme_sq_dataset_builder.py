"""TFDS builder of CAS(ME)^2, from its licensed archive."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import tensorflow_datasets as tfds

from mebench.data.card import Card
from tfds_builders.archives.archive_builder import ArchiveBuilder, Choice, choices
from tfds_builders.archives.assemble import Recipe, assemble, counts_of
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.rules import Policy
from tfds_builders.archives.tree import Tree
from tfds_builders.casme_sq.clips import find_clips
from tfds_builders.casme_sq.repairs import RULES
from tfds_builders.casme_sq.table import read_table

NAME = "casme_sq"
PUBLISHED = {"subjects": 22, "videos": 97, "micro rows": 57, "macro rows": 300, "micro-expressions kept": 57}
MACRO_KEPT: Mapping[Policy, int] = MappingProxyType({"recommended": 300, "mean": 300, "as_published": 256})
"""Macro-expressions of the whole table by policy: 44 have no offset, which `as_published` leaves out."""


class Builder(ArchiveBuilder):
    """Builder of CAS(ME)^2; see README.md."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First release."}
    DESCRIPTION = (
        "CAS(ME)^2: 97 long videos of 22 subjects at 30 fps with macro- and micro-expressions, their action units and "
        "coarse emotions; made from the licensed archive."
    )
    HOMEPAGE = "http://casme.psych.ac.cn/casme/e3"
    CHOICES: ClassVar[Mapping[str, Choice]] = choices(
        pixels=("", "cropped"), policies=("recommended", "mean", "as_published")
    )
    CARD: ClassVar[Card] = Card(
        holds="spontaneous macro- and micro-expressions in long videos, coarse emotions",
        kind="long videos",
        subjects=22,
        videos=97,
        micro=57,
        macro=300,
        fps="30",
        licence="research only, signed agreement",
        apply="http://casme.psych.ac.cn/casme/e3",
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Apply at http://casme.psych.ac.cn/casme/e3; unpack rawpic (rawpic/s15/15_0101disgustingteeth/img001.jpg, ...) "
        "and put CAS(ME)^2code_final.xlsx into the same folder, at any depth. For the variants cropped unpack "
        "CAS(ME)2_longVideoFaceCropped there too."
    )

    @staticmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return the videos of rawpic or of the face-cropped release."""
        table, findings = read_table(tree)
        clips, more = find_clips(tree, "cropped" if choice.pixels else "raw")
        findings = (*findings, *more)
        if table is None or not clips:
            return Reading(findings=findings)
        recipe = Recipe(dataset=NAME, fps=30.0, policy=choice.policy, rules=RULES[choice.policy])
        videos, last = assemble(recipe, clips, table.rows)
        return Reading(
            videos=videos,
            version=table.version,
            parts=(("annotations", table.path), ("images", _above(clips[0].folder))),
            counts=counts_of(videos, table.rows, PUBLISHED | {"macro-expressions kept": MACRO_KEPT[choice.policy]}),
            findings=(*findings, *last),
        )


def _above(folder: str) -> str:
    """Return the folder of the subjects' folders, "." for the archive itself."""
    return "/".join(folder.split("/")[:-2]) or "."
