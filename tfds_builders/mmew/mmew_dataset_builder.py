"""TFDS builder of MMEW's micro-expressions, from its licensed archive; experimental."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import tensorflow_datasets as tfds

from mebench.data.card import Card
from tfds_builders.archives.annotation import Annotation, Key
from tfds_builders.archives.archive_builder import ArchiveBuilder, Choice, choices
from tfds_builders.archives.assemble import Recipe, assemble, counts_of
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import Tree
from tfds_builders.mmew.clips import find_clips, in_recording
from tfds_builders.mmew.repairs import RULES, labelled
from tfds_builders.mmew.table import read_table

NAME = "mmew"
PUBLISHED: Mapping[str, int] = MappingProxyType({"videos": 300, "micro rows": 300, "micro-expressions kept": 300})


class Builder(ArchiveBuilder):
    """Builder of MMEW; see README.md."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First release."}
    DESCRIPTION = (
        "MMEW: 300 short clips of micro-expressions at 90 fps with action units and emotions; made from the licensed "
        "archive. Experimental: no real archive was seen."
    )
    HOMEPAGE = "http://www.dpailab.com/database.html"
    CHOICES: ClassVar[Mapping[str, Choice]] = choices()
    CARD: ClassVar[Card] = Card(
        holds="spontaneous micro-expressions cut to onset and offset, action units, emotions",
        kind="short clips",
        subjects=None,
        videos=300,
        micro=300,
        macro=0,
        fps="90",
        licence="research only, signed agreement",
        apply="http://www.dpailab.com/database.html",
        experimental=True,
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Apply at http://www.dpailab.com/database.html; unpack MMEW_Final "
        "(Micro_Expression/happiness/S03-01-002/1.jpg, ...) and put MMEW_Micro_Exp.xlsx into the same folder, at any "
        "depth."
    )

    @staticmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return the clips of micro-expressions."""
        table, findings = read_table(tree)
        found, more = find_clips(tree)
        findings = (*findings, *more)
        if table is None or not found:
            return Reading(findings=findings)
        rows, mismatches = labelled(table.rows, {one.clip.key: one.emotion for one in found}, choice.policy)
        of_clip: dict[Key, list[Annotation]] = {}
        for row in rows:
            of_clip.setdefault(row.key, []).append(row)
        clips, longer = in_recording(found, of_clip)
        recipe = Recipe(
            dataset=NAME,
            fps=90.0,
            policy=choice.policy,
            rules=RULES[choice.policy],
            video_id=lambda key: key[1],
            lone_clips=False,
        )
        videos, last = assemble(recipe, clips, rows)
        return Reading(
            videos=videos,
            version=table.version,
            parts=(("annotations", table.title), ("images", _above(found[0].clip.folder))),
            counts=counts_of(videos, rows, PUBLISHED),
            findings=(*findings, *mismatches, *longer, *last),
        )


def _above(folder: str) -> str:
    """Return the folder of the emotions' (or subjects') folders, "." for the archive itself."""
    parts = folder.split("/")
    kept = parts[: next((i + 1 for i, part in enumerate(parts) if "micro" in part.lower()), max(len(parts) - 2, 0))]
    return "/".join(kept) or "."
