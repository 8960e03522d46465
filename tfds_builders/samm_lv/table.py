"""The annotation table of SAMM Long Videos: which sheets it is, and of which version."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.several import whole_first
from tfds_builders.archives.sheets import find_table, number
from tfds_builders.archives.spreadsheets import ArchiveSheet
from tfds_builders.archives.tree import plain
from tfds_builders.samm.table import PLACE, rows_of

Version = Literal["v1", "v2", "v3"]
VERSIONS: tuple[Version, ...] = ("v1", "v2", "v3")

LONG = (*PLACE, ("Type",))
"""What the table is known by: frames and the type, and no emotion."""

BEFORE_START = frozenset(
    "011_6_10 011_6_8 012_3_3 018_3_3 018_4_4 018_4_7 018_4_9 018_6_2 018_6_5 020_6_3".split()  # noqa: SIM905
)
"""Macro-expressions from before the recording: onset 0, in V3 onset 1 (mebench/docs/datasets.md, SAMM Long Videos)."""

NO_APEX = frozenset("010_1_3 026_2_5 028_4_1 032_3_1 036_6_2 036_6_3".split())  # noqa: SIM905
"""Expressions whose apex is -1 since version 2; before, it cannot be (mebench/docs/datasets.md, SAMM Long Videos)."""


@dataclass(frozen=True)
class LongTable:
    """One sheet with the rows of the long videos.

    Attributes:
        title: path and sheet.
        version: guessed.
        evidence: what told it.
        rows: in the sheet's order; keys are subject and video, as ("006", "006_1"), names are Filenames.
        findings: rows that cannot be used.
    """

    title: str
    version: Version
    evidence: str
    rows: tuple[Annotation, ...]
    findings: tuple[Finding, ...]


def long_tables(sheets: Sequence[ArchiveSheet]) -> list[LongTable]:
    """Return the sheets that have the table's columns and a row of it: of those with nearly all rows the newest first.

    A mock or a part, as a csv of the micro-expressions alone, comes last whatever version its rows look like.
    """
    found = []
    for entry in sheets:
        table = find_table(entry.sheet, LONG)
        if table is None:
            continue
        rows, findings = rows_of(table, f"{entry.sheet.file} [{table.sheet}]", parts=2, type_column="Type")
        if rows:
            version, evidence = version_of(rows, entry.path)
            found.append(LongTable(entry.title, version, evidence, tuple(rows), tuple(findings)))
    return whole_first(found, lambda t: len(t.rows), lambda t: (-VERSIONS.index(t.version), -len(t.rows), t.title))


def version_of(rows: Sequence[Annotation], path: str) -> tuple[Version, str]:
    """Return the version and what told it.

    Version 3 has whole frames only, none of them an onset 0; version 2 differs from version 1 in six apexes, which are
    -1. Where none of those rows is there, any apex -1 tells version 2, then the name.
    """
    cells = [[number(cell) for cell in (row.onset, row.apex, row.offset)] for row in rows]
    fractions = sum(any(value is not None and value != int(value) for value in values) for values in cells)
    zeros = sum(values[0] == 0 for values in cells)
    unknown = sum(values[1] == -1 for values in cells)
    evidence = f"{fractions} rows with a fraction, {zeros} onsets 0, {unknown} apexes -1"
    if not fractions and not zeros:
        return "v3", evidence
    named = [values[1] for row, values in zip(rows, cells, strict=True) if row.name in NO_APEX]
    if named:
        second = 2 * sum(apex == -1 for apex in named) >= len(named)
    else:
        second = unknown > 0 or "v1" not in plain(path) or "v2" in plain(path)
    return "v2" if second else "v1", evidence
