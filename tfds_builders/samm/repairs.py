"""Repairs of SAMM's rows that are known to be wrong: the apex where it is impossible, nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.rules import Rule, apex_outside_unknown
from tfds_builders.archives.sheets import text, whole

RECOMMENDED: tuple[Rule, ...] = (apex_outside_unknown,)


@dataclass(frozen=True)
class KnownError:
    """A cell that copies of the table disagree about.

    Attributes:
        column: apex or offset.
        published: what the published table has.
        why: what is wrong with it; "" where nothing is.
        repairs: value -> whose.
    """

    column: str
    published: int
    why: str
    repairs: Mapping[int, str] = field(default_factory=dict)


KNOWN: Mapping[str, KnownError] = {
    "028_4_1": KnownError("apex", 1143, "it lies behind the offset", {1124: "a copy", 1113: "a copy", 1105: "meb"}),
    "032_3_1": KnownError("apex", 1930, "it lies before the onset", {4930: "a copy", 4945: "meb"}),
    "032_3_2": KnownError("apex", 5127, "it lies one frame behind the onset", {5130: "meb"}),
    "013_1_9": KnownError("offset", 5739, ""),
}
"""By Filename. Five repairs circulate, none with a reason: the cells are kept (mebench/docs/datasets.md, SAMM)."""


def known_errors(rows: Sequence[Annotation]) -> list[Finding]:
    """Return a note for each row that copies of the table disagree about."""
    notes = []
    for row in rows:
        known = KNOWN.get(row.name)
        if known is None:
            continue
        cell = row.apex if known.column == "apex" else row.offset
        value = whole(cell)
        if value == known.published and not known.why:
            continue
        if value == known.published:
            others = ", ".join(f"{number} ({who})" for number, who in known.repairs.items())
            what, action = f"{known.column} {value}: {known.why}; others put {others}", "kept as published"
        else:
            who = known.repairs.get(value, "an older or changed copy") if value is not None else "a changed copy"
            what = f"{known.column} {text(cell) or 'empty'} is that of {who}; the published table has {known.published}"
            action = "kept as it is here"
        notes.append(Finding("note", "known-error", row.where, what, action))
    return notes
