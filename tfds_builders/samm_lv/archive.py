"""The archive of SAMM Long Videos read: which table is used for a variant, what is said of it, and the videos."""

from collections.abc import Sequence

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Clip
from tfds_builders.archives.archive_builder import Choice
from tfds_builders.archives.assemble import ArchiveVideo, Recipe, assemble, counts_of
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.several import beside, short_choice
from tfds_builders.archives.spreadsheets import ArchiveSheet, every_sheet, table_missing
from tfds_builders.archives.tree import Tree
from tfds_builders.samm.archive import image_parts
from tfds_builders.samm.clips import CodedClips, coded_clips, no_clips
from tfds_builders.samm.table import samm_tables
from tfds_builders.samm_lv.labels import labelled
from tfds_builders.samm_lv.repairs import FIRST_RELEASE, RULES, began_before
from tfds_builders.samm_lv.table import LongTable, long_tables

FPS = 200.0
ROWS = {"subjects": 30, "videos": 147, "micro rows": 159, "macro rows": 343}
"""Of every version of the table, and of the images (mebench/docs/datasets.md, SAMM Long Videos)."""

RELEASES = {1000: 482_797, 2000: 483_797}
"""Frames of 012_4 -> frames of all videos, in both image releases (mebench/docs/datasets.md, SAMM Long Videos)."""

FRAMES = {"016_7": 11_770, "021_3": 3_419}
"""Videos whose number of frames is published without doubt (mebench/docs/datasets.md, SAMM Long Videos)."""

_WANTED = (
    "table of SAMM Long Videos (columns Subject, Filename, Onset, Apex, Offset, Type, with Filenames as 006_1_2: sheet "
    "FACS_Movement_Only of SAMM_LongVideos_V3_Release.xlsx)"
)


def read_samm_lv(tree: Tree, choice: Choice) -> Reading:
    """Return the long videos, with the rows of the table that the variant asks for."""
    return reading_of(tree, *every_sheet(tree), choice)


def reading_of(tree: Tree, sheets: tuple[ArchiveSheet, ...], unread: tuple[Finding, ...], choice: Choice) -> Reading:
    """Return what `read_samm_lv` does, of sheets that are read already."""
    found = coded_clips(tree, parts=2)
    clips, told = _clips(found)
    tables = long_tables(sheets)
    table = next((table for table in tables if choice.table in ("", table.version)), None)
    told = [*unread, *found.findings, *told]
    if table is None:
        return Reading(findings=(*told, _no_table(sheets, tables, choice.table)))
    short = samm_tables(sheets)
    rows, of_labels = labelled(table.rows, short)
    told += [
        *_notes(table, tables),
        *table.findings,
        *of_labels,
        *(began_before(rows) if table.version == "v3" else ()),
    ]
    parts = [(f"annotation ({table.version})", table.title), *(("emotions", t.title) for t in short[:1])]
    if not clips:
        return Reading(version=table.version, parts=tuple(parts), findings=tuple(told))
    rules = RULES[choice.policy]
    recipe = Recipe(dataset="samm_lv", fps=FPS, policy=choice.policy, rules=rules, video_id=lambda key: key[1])
    videos, more = assemble(recipe, clips, rows)
    return Reading(
        videos=videos,
        version=table.version,
        parts=(*parts, *image_parts(clips)),
        counts=counts_of(videos, rows, _published(videos, table, choice)),
        findings=(*told, *_release(videos), *more),
    )


def _clips(found: CodedClips) -> tuple[Sequence[Clip], list[Finding]]:
    """Return the clips, or where there are no others those of cropped faces; and what is to say of that."""
    if found.whole:
        if not found.cropped:
            return found.whole, []
        what = f"{len(found.cropped)} image folders of cropped faces"
        return found.whole, [Finding("note", "other-images", "", what, "passed over; the recorded images are used")]
    if found.cropped:
        what = "images of cropped faces only: the official release has none"
        return found.cropped, [Finding("warning", "cropped-images", "", what, "used; prefer the recorded images")]
    return (), [no_clips(2, "")]


def _no_table(sheets: tuple[ArchiveSheet, ...], tables: Sequence[LongTable], asked: str) -> Finding:
    if not tables:
        return table_missing(sheets, _WANTED, "put the annotation workbook into the archive's folder")
    seen = ", ".join(f"{table.title} ({table.version}: {table.evidence})" for table in tables[:10])
    action = f"add the {asked} workbook, or take the variant that names no version"
    return Finding("fatal", "table-missing", "", f"no table of version {asked}; found: {seen}", action)


def _notes(table: LongTable, tables: Sequence[LongTable]) -> list[Finding]:
    guess = f"taken for version {table.version}: {table.evidence}"
    notes = [Finding("note", "version-guess", table.title, guess, "choose a variant v1, v2 or v3 to insist on one")]
    lengths = [len(one.rows) for one in tables]
    for other in tables:
        if other is not table:
            what = f"a table of version {other.version} that this variant does not use"
            notes.append(beside("table-unused", other.title, what, "passed over", len(other.rows), max(lengths)))
    return notes + short_choice(table.title, len(table.rows), lengths)


def _release(videos: Sequence[ArchiveVideo]) -> list[Finding]:
    """Return which release of the images it is, and videos that have not the published number of frames."""
    findings = []
    for video in videos:
        name, frames, where = video.info.video, video.info.num_frames, f"folder {video.folder}"
        if name == "012_4" and frames in RELEASES:
            which = "first" if frames == 1000 else "later"
            what = f"012_4 has {frames} frames: the {which} image release (the other has {3000 - frames})"
            findings.append(Finding("note", "image-release", where, what, "name the release beside your figures"))
        elif name == "012_4":
            what = f"012_4 has {frames} frames; the image releases have 1000 and 2000"
            findings.append(Finding("warning", "count-differs", where, what, "unpack its images again"))
        elif FRAMES.get(name, frames) != frames:
            what = f"{name} has {frames} frames, published are {FRAMES[name]}"
            findings.append(Finding("warning", "count-differs", where, what, "unpack its images again"))
    return findings


def _published(videos: Sequence[ArchiveVideo], table: LongTable, choice: Choice) -> dict[str, int]:
    """Return the published counts of the image release, the table's version and the policy.

    Up to version 2 ten macro-expressions begin at frame 0 and two end behind the last frame; one (012_4_1) lies behind
    the end of the first image release.
    """
    frames = next((video.info.num_frames for video in videos if video.info.video == "012_4"), 0)
    lost = int(frames == FIRST_RELEASE[1])
    if table.version != "v3":
        lost += {"recommended": 0, "mean": 10, "as_published": 12}[choice.policy]
    kept = {"micro-expressions kept": ROWS["micro rows"], "macro-expressions kept": ROWS["macro rows"] - lost}
    return ROWS | kept | ({"frames": RELEASES[frames]} if frames in RELEASES else {})
