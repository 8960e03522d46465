"""TFDS builder of DFME, from its licensed archive; experimental: no archive of it was ever seen here."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

import tensorflow_datasets as tfds

from mebench.data.audit import Finding
from mebench.data.card import Card
from tfds_builders.archives.annotation import Annotation, Key
from tfds_builders.archives.archive_builder import ArchiveBuilder, Choice, choices
from tfds_builders.archives.assemble import Published, Recipe, assemble, counts_of
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.rules import Policy, Rule, apex_outside_unknown, offset_clamped, onset_clamped
from tfds_builders.archives.tree import Tree
from tfds_builders.dfme.clips import find_clips
from tfds_builders.dfme.table import RATES, ROWS, DfmeTable, read_tables

NAME = "dfme"
ALL = (sum(ROWS.values()), 7526)
"""Rows of the three tables, and micro-expressions of the whole dataset as its authors count them."""
RULES: Mapping[Policy, tuple[Rule, ...]] = MappingProxyType(
    {"recommended": (onset_clamped, offset_clamped, apex_outside_unknown), "as_published": ()}
)
"""recommended: an interval that leaves the clip is cut to it; an apex outside of the interval is unknown."""


class Builder(ArchiveBuilder):
    """Builder of DFME; see README.md."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First release (experimental)."}
    DESCRIPTION = (
        "DFME: short clips at 200, 300 and 500 fps, each with a micro-expression, its action units and emotion; "
        "training, test A and test B; made from the licensed archive."
    )
    HOMEPAGE = "https://mea-lab-421.github.io"
    CHOICES: ClassVar[Mapping[str, Choice]] = choices(pixels=("", *ROWS))
    CARD: ClassVar[Card] = Card(
        holds="spontaneous micro-expressions in short clips, emotions; training, test A, test B",
        kind="short clips",
        subjects=671,
        videos=7526,
        micro=7526,
        macro=0,
        fps="200, 300, 500",
        licence="research only, signed agreement",
        apply="https://mea-lab-421.github.io",
        experimental=True,
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Apply at https://mea-lab-421.github.io; unpack the clips (train_data/sub0003_01/00000.png, ...) and put "
        "training_full_with_AU.xlsx and the tables of test A and B into the same folder, at any depth."
    )

    @staticmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return the clips of all tables, or of that of one part."""
        tables, findings = read_tables(tree)
        chosen = [table for table in tables if choice.pixels in ("", table.part)]
        findings += [finding for table in chosen for finding in table.findings]
        rows, twice = _once(chosen)
        clips, more = find_clips(tree, [row.key for row in rows], [row.key for one in tables for row in one.rows])
        if not rows:
            return Reading(findings=(*findings, *more, *([_unusable(choice.pixels, tables)] if tables else [])))
        fps = {key: rate for table in reversed(chosen) for key, rate in table.fps.items()}
        recipe = Recipe(
            dataset=NAME,
            fps=min(RATES),
            fps_of=fps,
            policy=choice.policy,
            rules=RULES[choice.policy],
            video_id=lambda key: key[1],
            lone_clips=False,
        )
        videos, last = assemble(recipe, clips, rows)
        return Reading(
            videos=videos,
            parts=tuple((table.part, table.path) for table in chosen),
            counts=counts_of(videos, rows, _published(choice.pixels)),
            findings=(*findings, *twice, *more, *last),
        )


def _published(part: str) -> Mapping[str, Published]:
    """Return the published counts of a part, "" for all: of the tables that are handed out, or of the whole dataset."""
    number = next((rows for name, rows in ROWS.items() if name == part), ALL)
    return {"videos": number, "micro rows": number, "micro-expressions kept": number}


def _once(tables: Sequence[DfmeTable]) -> tuple[list[Annotation], list[Finding]]:
    """Return the rows of all tables without those whose clip another subject or table has already, and findings."""
    owners: dict[str, tuple[Key, str]] = {}
    rows: list[Annotation] = []
    findings = []
    for row in (row for table in tables for row in table.rows):
        owner = owners.setdefault(row.name.lower(), (row.key, row.table))
        if owner == (row.key, row.table):
            rows.append(row)
        else:
            what = f"a row of {owner[1]} (subject {owner[0][0]}) names this clip too"
            findings.append(Finding("error", "clip-twice", row.where, what, "left out"))
    return rows, findings


def _unusable(part: str, tables: Sequence[DfmeTable]) -> Finding:
    """Return why nothing can be built of the tables of an archive."""
    there = ", ".join(table.part for table in tables)
    if part and part not in there.split(", "):
        action = "add it to the archive, or take a variant that is there"
        return Finding("fatal", "table-missing", "", f"no table of {part}; there: {there}", action)
    return Finding("fatal", "no-videos", "", "no row of a table can be used", "see above why each is left out")
