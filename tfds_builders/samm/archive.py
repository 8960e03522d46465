"""SAMM's archive read: which table and which images are used for a variant, and the clips."""

from collections.abc import Sequence

from mebench.data.audit import Count, Finding
from tfds_builders.archives.annotation import Annotation, Clip
from tfds_builders.archives.archive_builder import Choice
from tfds_builders.archives.assemble import Recipe, assemble, counts_of
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.several import beside
from tfds_builders.archives.spreadsheets import ArchiveSheet, every_sheet, table_missing
from tfds_builders.archives.tree import Tree
from tfds_builders.samm.clips import CodedClips, coded_clips, no_clips
from tfds_builders.samm.repairs import RECOMMENDED, known_errors
from tfds_builders.samm.table import EMOTIONS, samm_tables

FPS = 200.0
PUBLISHED = {"subjects": 29, "videos": 159, "micro rows": 159, "micro-expressions kept": 159}
"""Subjects with a micro-expression, their clips and rows (mebench/docs/datasets.md, SAMM)."""

_WANTED = (
    "table of SAMM (columns Subject, Filename, Onset Frame, Apex Frame, Offset Frame, Estimated Emotion, with "
    "Filenames as 006_1_2: sheet MICRO_ONLY of SAMM_Micro_FACS_Codes_v2.xlsx)"
)


def read_samm(tree: Tree, choice: Choice) -> Reading:
    """Return the clips that the table names, with their one micro-expression each."""
    return reading_of(tree, *every_sheet(tree), choice)


def reading_of(tree: Tree, sheets: tuple[ArchiveSheet, ...], unread: tuple[Finding, ...], choice: Choice) -> Reading:
    """Return what `read_samm` does, of sheets that are read already."""
    found = coded_clips(tree, parts=3)
    clips, missing = _of(found, choice.pixels)
    tables = samm_tables(sheets)
    told = [*unread, *found.findings, *missing]
    if not tables:
        action = "put SAMM's annotation workbook into the archive's folder"
        return Reading(findings=(*told, table_missing(sheets, _WANTED, action)))
    table = tables[0]
    told += [
        beside("table-unused", t.title, "rows that are not used", "passed over", len(t.rows), len(table.rows))
        for t in tables[1:]
    ]
    told += [*table.findings, *known_errors(table.rows)]
    if missing:
        return Reading(parts=(("annotation", table.title),), findings=tuple(told))
    recipe = Recipe(
        dataset="samm",
        fps=FPS,
        policy=choice.policy,
        rules=RECOMMENDED if choice.policy == "recommended" else (),
        video_id=lambda key: key[1],
        lone_clips=False,
    )
    videos, more = assemble(recipe, clips, table.rows)
    return Reading(
        videos=videos,
        parts=(("annotation", table.title), *image_parts(clips)),
        counts=(*counts_of(videos, table.rows, PUBLISHED), *_emotions(table.rows)),
        findings=(*told, *more),
    )


def image_parts(clips: Sequence[Clip]) -> tuple[tuple[str, str], ...]:
    """Return the folders that the clips' folders lie in, for an audit's parts; at most five."""
    above = sorted({clip.folder.rpartition("/")[0] or "." for clip in clips})
    return tuple(("images", path) for path in above[:5])


def _of(found: CodedClips, pixels: str) -> tuple[Sequence[Clip], list[Finding]]:
    """Return the clips of a set of pixels, and the error that there is none."""
    wanted, others = (found.cropped, found.whole) if pixels == "cropped" else (found.whole, found.cropped)
    if wanted:
        return wanted, []
    seen = ""
    if others:
        seen = ", without cropping (SAMM_CROP has faces that were cut out: variant cropped)"
        if pixels == "cropped":
            seen = ", cropped (in a folder as SAMM_CROP; the variant without cropped takes the others)"
    return (), [no_clips(3, seen)]


def _emotions(rows: Sequence[Annotation]) -> list[Count]:
    """Return the rows of each emotion; `Others` counts as Other."""
    words = {word: (word.lower(), f"{word.lower()}s") for word in EMOTIONS}
    return [
        Count(f"rows: {word}", sum(row.emotion.lower() in words[word] for row in rows), published)
        for word, published in EMOTIONS.items()
    ]
