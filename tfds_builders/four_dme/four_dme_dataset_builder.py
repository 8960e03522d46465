"""4DME: spontaneous micro- and macro-expressions at 60 fps; its tables are known from code and papers only."""

from collections.abc import Mapping
from typing import ClassVar

import tensorflow_datasets as tfds

from mebench.data.audit import Finding
from mebench.data.card import Card
from tfds_builders.archives.archive_builder import ArchiveBuilder, Choice, choices
from tfds_builders.archives.assemble import Recipe, assemble, counts_of
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.spreadsheets import every_sheet, table_missing
from tfds_builders.archives.tree import Tree
from tfds_builders.four_dme.clips import clips_of
from tfds_builders.four_dme.labels import labelled
from tfds_builders.four_dme.names import video_id
from tfds_builders.four_dme.repairs import RECOMMENDED, ROWS, swapped_aus
from tfds_builders.four_dme.table import long_table, micro_table

FPS = 60.0

_EXPERIMENTAL = Finding(
    "note",
    "experimental",
    "",
    "the tables and folders of 4DME are known from code and papers only",
    "look at every number before you rely on it, and tell us what differs",
)
_LONG = "table of the long videos (columns sub_ID, video_number, onset and offset, micro or macro)"
_LONG_ACTION = "add 'Micro and Macro-expression labels.xlsx', or take the variant micro"
_MICRO = "table of the micro release (columns sub_ID, fold_name, Emotion, Onset, Apex, Offset, AUs)"
_MICRO_ACTION = "add '4DME_Labelling_Micro_release v1.xlsx'"


class Builder(ArchiveBuilder):
    """Builder of 4DME; see README.md."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First release."}
    DESCRIPTION = (
        "4DME: grey videos at 60 fps with spontaneous micro- and macro-expressions, action units and up to several of "
        "five labels each, long or cut out; made from the licensed archive. Experimental."
    )
    HOMEPAGE = "https://6gflagship.com/publications/4dme-a-spontaneous-4d-micro-expression-dataset-with-multimodalities"
    CHOICES: ClassVar[Mapping[str, Choice]] = choices(pixels=("", "micro"))
    CARD: ClassVar[Card] = Card(
        holds="spontaneous micro- and macro-expressions in grey videos, long or cut out; its 4D meshes are not read",
        kind="long videos",
        subjects=None,
        videos=None,
        micro=267,
        macro=None,
        fps="60",
        licence="research only, signed agreement",
        apply="ask the authors (Center for Machine Vision and Signal Analysis, University of Oulu)",
        experimental=True,
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Ask the authors (Center for Machine Vision and Signal Analysis, University of Oulu); unpack the long grey "
        "videos (long gray video/{subject}/{clip}/Frame_000001826.jpg) or gray_micro, with their workbook beside them."
    )

    @staticmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return the long videos or the cut-out micro-expressions."""
        return read_micro(tree, choice) if choice.pixels == "micro" else read_long(tree, choice)


def read_long(tree: Tree, choice: Choice) -> Reading:
    """Return the long videos; an error where the table's columns do not tell what is needed."""
    sheets, findings = every_sheet(tree)
    table = long_table(sheets)
    if isinstance(table, str):
        missing = table_missing(sheets, _LONG, _LONG_ACTION)
        if table:
            missing = Finding("fatal", "columns-unknown", "", f"no {_LONG}: {table}", _LONG_ACTION)
        return Reading(findings=(*findings, _EXPERIMENTAL, missing))
    rows, told = labelled(table.rows)
    clips, rows, more = clips_of(tree, rows, "long")
    rules = RECOMMENDED[1:] if choice.policy == "recommended" else ()
    recipe = Recipe(dataset="four_dme", fps=FPS, policy=choice.policy, rules=rules, video_id=video_id)
    videos, last = assemble(recipe, clips, rows)
    return Reading(
        videos=videos,
        parts=(("labels", table.title),),
        counts=counts_of(videos, rows, {}),
        findings=(*findings, _EXPERIMENTAL, *table.findings, *told, *more, *last),
    )


def read_micro(tree: Tree, choice: Choice) -> Reading:
    """Return the cut-out micro-expressions."""
    sheets, findings = every_sheet(tree)
    table = micro_table(sheets)
    if table is None:
        return Reading(findings=(*findings, _EXPERIMENTAL, table_missing(sheets, _MICRO, _MICRO_ACTION)))
    mend = choice.policy == "recommended"
    rows, swapped = swapped_aus(table.rows, table.lines, mend)
    rows, told = labelled(rows)
    clips, rows, more = clips_of(tree, rows, "micro")
    recipe = Recipe(
        dataset="four_dme",
        fps=FPS,
        policy=choice.policy,
        rules=RECOMMENDED if mend else (),
        video_id=video_id,
        lone_clips=False,
    )
    videos, last = assemble(recipe, clips, rows)
    return Reading(
        videos=videos,
        parts=(("labels", table.title),),
        counts=counts_of(videos, rows, {"micro rows": ROWS, "micro-expressions kept": ROWS}),
        findings=(*findings, _EXPERIMENTAL, *table.findings, *swapped, *told, *more, *last),
    )
