"""Rows of 4DME's micro release that the code of meb changes: mended where the row itself shows the fault."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Annotation, Frames
from tfds_builders.archives.rules import Change, Rule, Situation, apex_outside_unknown
from tfds_builders.archives.sheets import Row, text
from tfds_builders.four_dme.labels import marked, words_of

ROWS = 267
"""Micro-expressions of the release (mebench/docs/datasets.md, 4DME)."""

_APEX = (28, 2490)
_SWAPPED = (146, 147)
"""Rows of the spreadsheet. meb counts rows from 0 below the header: its 26 is row 28, its 144 and 145 these."""


def known_apex(frames: Frames, situation: Situation) -> Change | None:
    """Put apex 2490 into row 28 where its own does not lie between onset and offset, and 2490 does."""
    row, apex = _APEX
    if situation.annotation.row != row or None in (frames.onset, frames.apex, frames.offset):
        return None
    onset, found, offset = frames.onset or 0, frames.apex or 0, frames.offset or 0
    if onset <= found <= offset or not onset <= apex <= offset:
        return None
    what = f"apex {found} does not lie in {onset} to {offset}"
    return Change("known-error", what, replace(frames, apex=apex), f"apex := {apex} (as in the code of meb)")


RECOMMENDED: tuple[Rule, ...] = (known_apex, apex_outside_unknown)


def swapped_aus(
    rows: Sequence[Annotation], lines: Mapping[int, Row], mend: bool
) -> tuple[list[Annotation], list[Finding]]:
    """Return the rows with the action units of rows 146 and 147 exchanged, where their labels show that they are.

    meb exchanges everything from the column of the action units on, which includes the columns that mark the labels:
    each row's marks must fit the other's emotion, and not its own. Where they do not tell, a note says so.

    Args:
        rows: of the table.
        lines: the table's rows by number.
        mend: exchange them; otherwise they are only told.
    """
    pair = [row for row in rows if row.row in _SWAPPED]
    if len(pair) != len(_SWAPPED) or not set(_SWAPPED) <= lines.keys():
        return list(rows), []
    a, b = pair
    shown = _fits(a, lines[b.row]) and _fits(b, lines[a.row]) and not _fits(a, lines[a.row])
    where = f"{a.table} rows {a.row} and {b.row}"
    if not shown:
        if len(rows) != ROWS or text(a.aus) == text(b.aus):
            return list(rows), []
        what = "the code of meb exchanges their action units; nothing in the rows shows that they are swapped"
        return list(rows), [Finding("note", "known-error", where, what, "kept as they are")]
    what = "their action units and marked labels are swapped: each row's marks fit the other's emotion"
    if not mend:
        return list(rows), [Finding("note", "known-error", where, what, "kept as they are")]
    changed = {a.row: _with_aus(a, b), b.row: _with_aus(b, a)}
    finding = Finding("repair", "known-error", where, what, "exchanged (as in the code of meb)")
    return [changed.get(row.row, row) for row in rows], [finding]


def _fits(row: Annotation, line: Row) -> bool:
    """Whether the labels that a line marks are those of a row's emotion."""
    marks = {name.lower() for name in marked(line)}
    return bool(marks) and marks == {word.lower() for word in words_of(row.emotion)}


def _with_aus(row: Annotation, other: Annotation) -> Annotation:
    return replace(row, aus=other.aus, repairs=(*row.repairs, f"action units swapped: those of row {other.row}"))
