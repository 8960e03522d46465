"""Rows of the tables of CASME and CASME II: one micro-expression each, by subject and clip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mebench.data.audit import Finding
from mebench.data.label_maps import coarse_of, fine_of
from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.repeats import without_repeats
from tfds_builders.archives.sheets import Row, Sheet, find_table, text, whole
from tfds_builders.archives.unreadable import row_unreadable
from tfds_builders.casme2.clips import clip_name, subject_name


@dataclass(frozen=True)
class Columns:
    """Names of a table's columns, each with its alternatives; `notes`: what is kept beside, by our name."""

    onset: tuple[str, ...]
    apex: tuple[str, ...]
    offset: tuple[str, ...]
    emotion: tuple[str, ...]
    aus: tuple[str, ...]
    notes: Mapping[str, tuple[str, ...]]


def read_rows(sheet: Sheet, columns: Columns) -> tuple[list[Annotation], list[Finding]] | None:
    """Return a sheet's usable rows and findings about the others; None where the sheet is no such table.

    The blank columns of the published tables do not matter. Subjects may be text (`01`) or numbers.
    """
    required = (("Subject",), ("Filename", "File name"), columns.onset, columns.apex, columns.offset, columns.emotion)
    table = find_table(sheet, required)
    if table is None:
        return None
    rows: list[Annotation] = []
    findings: list[Finding] = []
    spelling: dict[tuple[str, str], str] = {}
    for row in table.rows:
        read = _annotation(sheet.file, row, columns, spelling)
        if isinstance(read, Annotation):
            rows.append(read)
        else:
            findings.append(read)
    if not rows:
        return None
    kept, twice = without_repeats(rows)
    return kept, [*findings, *_oddities(kept), *twice]


def _annotation(name: str, row: Row, columns: Columns, spelling: dict[tuple[str, str], str]) -> Annotation | Finding:
    """Return a row's annotation, or why it has none; the first spelling of a clip is that of all its rows."""
    subject, clip = subject_name(row.get("Subject")), clip_name(text(row.get("Filename", "File name")))
    if not subject or not clip:
        seen = ", ".join(repr(text(row.get(*names))[:40]) for names in (("Subject",), ("Filename", "File name")))
        what = f"subject and file name are {seen}, not as '01', 'EP02_01f'"
        frames = (row.get(*names) for names in (columns.onset, columns.apex, columns.offset))
        return row_unreadable(f"{name} row {row.number}", what, *frames)
    emotion = text(row.get(*columns.emotion))
    clip = spelling.setdefault((subject, clip.lower()), clip)
    return Annotation(
        table=name,
        row=row.number,
        key=(subject, clip),
        name=clip,
        onset=row.get(*columns.onset),
        apex=row.get(*columns.apex),
        offset=row.get(*columns.offset),
        kind="micro",
        emotion=emotion,
        coarse=coarse_of(emotion),
        fine=fine_of(emotion),
        aus=row.get(*columns.aus),
        notes={ours: cell for ours, names in columns.notes.items() if (cell := row.get(*names)) is not None},
    )


def _oddities(rows: Sequence[Annotation]) -> list[Finding]:
    """Return labels that are spelled otherwise, action units that are not coded, and apexes on the offset."""
    findings = []
    for row in rows:
        if not row.fine:
            what = f"emotion {row.emotion[:40]!r} is no known one"
            findings.append(Finding("warning", "label-spelling", row.where, what, "kept without a class"))
        elif row.emotion != row.emotion.lower():
            what = f"emotion {row.emotion!r}"
            findings.append(Finding("note", "label-spelling", row.where, what, f"read as {row.fine}"))
        if text(row.aus) == "?":
            findings.append(Finding("note", "aus-unknown", row.where, "action units are '?'", "no action unit"))
        if whole(row.apex) is not None and whole(row.onset) != whole(row.apex) == whole(row.offset):
            findings.append(Finding("note", "apex-is-offset", row.where, "the apex is the offset", "kept"))
    return findings
