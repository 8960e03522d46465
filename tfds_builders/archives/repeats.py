"""Rows that stand in a table more than once."""

from collections.abc import Hashable, Sequence

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.sheets import text


def without_repeats(rows: Sequence[Annotation]) -> tuple[list[Annotation], list[Finding]]:
    """Return the rows without those that say the same as an earlier one, and findings.

    Rows that share key and name but not frames, kind, emotion or action units are kept, and told.
    """
    kept: list[Annotation] = []
    findings = []
    same: dict[Hashable, int] = {}
    named: dict[Hashable, int] = {}
    for row in rows:
        cells = tuple(map(text, (row.onset, row.apex, row.offset, row.aus)))
        earlier = same.setdefault((row.key, row.name, row.kind, row.emotion, cells), row.row)
        first = named.setdefault((row.key, row.name), row.row)
        if earlier != row.row:
            findings.append(Finding("warning", "row-twice", row.where, f"the same as row {earlier}", "left out"))
            continue
        if first != row.row:
            what = f"row {first} has this name too, with other cells"
            findings.append(Finding("warning", "row-twice", row.where, what, "both are kept"))
        kept.append(row)
    return kept, findings
