"""TFDS builder of CASME II, from its licensed archive."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import tensorflow_datasets as tfds

from mebench.data.card import Card
from tfds_builders.archives.annotation import Key
from tfds_builders.archives.archive_builder import ArchiveBuilder, Choice, choices
from tfds_builders.archives.assemble import Recipe, assemble, counts_of
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.rules import Policy
from tfds_builders.archives.tree import Tree
from tfds_builders.casme2.clips import Release, find_clips
from tfds_builders.casme2.repairs import RULES
from tfds_builders.casme2.table import read_table

NAME = "casme2"
PUBLISHED = {"subjects": 26, "videos": 255, "micro rows": 255}
KEPT: Mapping[Policy, int] = MappingProxyType({"recommended": 255, "mean": 253, "as_published": 255})
"""Expressions of the whole table by policy: MEAN's code passes over two."""
RELEASES: Mapping[str, Release] = MappingProxyType({"": "raw", "selected": "selected", "cropped": "cropped"})


class Builder(ArchiveBuilder):
    """Builder of CASME II; see README.md."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First release."}
    DESCRIPTION = (
        "CASME II: 255 short clips of 26 subjects at 200 fps, each with a micro-expression, its action units and "
        "emotion; made from the licensed archive."
    )
    HOMEPAGE = "http://casme.psych.ac.cn/casme/e2"
    CHOICES: ClassVar[Mapping[str, Choice]] = choices(
        pixels=tuple(RELEASES), tables=("", "2014", "2019"), policies=("recommended", "mean", "as_published")
    )
    CARD: ClassVar[Card] = Card(
        holds="spontaneous micro-expressions in short clips, emotions",
        kind="short clips",
        subjects=26,
        videos=255,
        micro=255,
        macro=0,
        fps="200",
        licence="research only, signed agreement",
        apply="http://casme.psych.ac.cn/casme/e2",
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Apply at http://casme.psych.ac.cn/casme/e2; unpack CASME2-RAW (CASME2-RAW/sub01/EP02_01f/img1.jpg, ...; for "
        "the variants selected and cropped CASME2_RAW_selected and Cropped) and put CASME2-coding-20140508.xlsx or "
        "CASME2-coding-20190701.xlsx into the same folder, at any depth."
    )

    @staticmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return the clips of a release that the table names."""
        table, findings = read_table(tree, choice.table)
        rows = table.rows if table else ()
        clips, more = find_clips(tree, rows, (RELEASES[choice.pixels],), "first")
        findings = (*findings, *more)
        if table is None or not clips:
            return Reading(findings=findings)
        recipe = Recipe(
            dataset=NAME,
            fps=200.0,
            policy=choice.policy,
            rules=RULES[choice.policy],
            video_id=_video_id,
            lone_clips=False,
        )
        videos, last = assemble(recipe, clips, rows)
        return Reading(
            videos=videos,
            version=table.version,
            parts=(("annotations", table.path), ("images", _above(clips[0].folder))),
            counts=counts_of(videos, rows, PUBLISHED | {"micro-expressions kept": KEPT[choice.policy]}),
            findings=(*findings, *last),
        )


def _video_id(key: Key) -> str:
    """Return the id of a clip as ME-VQA writes it: `sub01_EP02_01f`."""
    return f"sub{key[0]}_{key[1]}"


def _above(folder: str) -> str:
    """Return the folder of the subjects' folders, "." for the archive itself."""
    return "/".join(folder.split("/")[:-2]) or "."
