"""TFDS builder of SMIC-E, the extended clips of SMIC, from its licensed archive."""

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
from tfds_builders.smic.names import FPS, Camera, SmicName
from tfds_builders.smic_e_long.clips import find_clips
from tfds_builders.smic_e_long.repairs import RULES, labelled, rehomed
from tfds_builders.smic_e_long.table import MERGED, ORIG, ORIG_ONLY, read_table, rows_of_mean

NAME = "smic_e_long"
CAMERA: Mapping[str, Camera] = MappingProxyType({"": "hs", "vis": "vis", "nir": "nir"})
PUBLISHED: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {"hs": {"subjects": 16, "videos": 157}, "vis": {"subjects": 8, "videos": 71}, "nir": {"subjects": 8, "videos": 71}}
)
"""By camera."""

EXPRESSIONS: Mapping[tuple[str, Policy], tuple[int, int]] = MappingProxyType(
    {
        (MERGED, "recommended"): (166, 165),
        (MERGED, "mean"): (157, 156),
        (MERGED, "as_published"): (166, 165),
        (ORIG, "recommended"): (167, 165),
        (ORIG, "mean"): (157, 152),
        (ORIG, "as_published"): (167, 161),
        ("", "mean"): (71, 71),
    }
)
"""By version of the table (VIS and NIR have but one) and policy: rows, and what is kept of them.

One row lies outside its clip; of the `_orig` table five have no folder, four of which lie in another clip's.
"""


class Builder(ArchiveBuilder):
    """Builder of SMIC-E; see README.md."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First release."}
    DESCRIPTION = (
        "SMIC-E: 157 clips of 16 subjects at 100 fps (HS), 71 of 8 at 25 fps in colour (VIS) and near infrared (NIR), "
        "each longer than its micro-expressions; made from the licensed archive."
    )
    HOMEPAGE = "https://www.oulu.fi/cmvs/node/41319"
    CHOICES: ClassVar[Mapping[str, Choice]] = MappingProxyType(
        {
            **choices(policies=("recommended", "mean", "as_published")),
            **choices(tables=("orig",)),
            **choices(pixels=("vis", "nir"), policies=("recommended", "mean", "as_published")),
        }
    )
    CARD: ClassVar[Card] = Card(
        holds="spontaneous micro-expressions in clips of about 6 s, coarse emotions; HS, VIS and NIR cameras",
        kind="long videos",
        subjects=16,
        videos=157,
        micro=166,
        macro=0,
        fps="100 (VIS, NIR: 25)",
        licence="research only, signed agreement",
        apply="https://www.oulu.fi/cmvs/node/41319",
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Apply at https://www.oulu.fi/cmvs/node/41319; unpack the extended release "
        " (SMIC-E_raw image/HS_long/SMIC-HS-E/s01/s1_ne_01/image559740.jpg, ...) and put "
        "SMIC-HS-E_annotation.xlsx into the same folder, at any depth; for vis and nir their folders and workbooks."
    )

    @staticmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return the clips of the variant's camera."""
        camera = CAMERA[choice.pixels]
        table, findings = read_table(tree, camera, choice.table)
        clips, more = find_clips(tree, camera)
        findings = (*findings, *more)
        if table is None or not clips:
            return Reading(findings=findings)
        rows, left = rows_of_mean(table) if choice.policy == "mean" else (table.rows, ())
        rows, moved = rehomed(rows, clips, choice.policy)
        rows, mismatches = labelled(rows, choice.policy)
        recipe = Recipe(
            dataset=NAME,
            fps=FPS[camera],
            policy=choice.policy,
            rules=RULES[choice.policy],
            video_id=lambda key: key[1],
            without_folder=frozenset(SmicName(*name).key for name in ORIG_ONLY)
            if table.version == ORIG
            else frozenset(),
        )
        videos, last = assemble(recipe, clips, rows)
        return Reading(
            videos=videos,
            version=table.version,
            parts=(("annotations", table.title), ("images", _above(clips[0].folder))),
            counts=counts_of(videos, rows, {**PUBLISHED[camera], **_expressions(table.version, choice.policy)}),
            findings=(*findings, *left, *moved, *mismatches, *last),
        )


def _expressions(version: str, policy: Policy) -> dict[str, int]:
    """Return the published counts of rows and kept expressions; nothing where they are not known."""
    known = EXPRESSIONS.get((version, policy))
    return {"micro rows": known[0], "micro-expressions kept": known[1]} if known else {}


def _above(folder: str) -> str:
    """Return the folder of the subjects' folders, "." for the archive itself."""
    return "/".join(folder.split("/")[:-2]) or "."
