"""The annotation workbook of MMEW, known by its columns and by the names of its clips."""

from collections.abc import Sequence
from dataclasses import dataclass

from mebench.data.audit import Finding
from mebench.data.label_maps import coarse_of, fine_of
from tfds_builders.archives.annotation import Annotation, Key
from tfds_builders.archives.several import beside, whole_first
from tfds_builders.archives.sheets import Row, Table, find_table, text
from tfds_builders.archives.spreadsheets import ArchiveSheet, every_sheet, table_missing
from tfds_builders.archives.tree import Tree, numbers, plain, shortened
from tfds_builders.archives.unreadable import row_unreadable
from tfds_builders.mmew.names import clip_key

ONSET = ("OnsetFrame", "Onset Frame", "Onset")
APEX = ("ApexFrame", "Apex Frame", "Apex")
OFFSET = ("OffsetFrame", "Offset Frame", "Offset")
EMOTION = ("Estimated Emotion", "Emotion")
AUS = ("Action Units", "Action Unit", "AU", "AUs")


@dataclass(frozen=True)
class MmewTable:
    """One sheet with the annotations.

    Attributes:
        path: of its file in the archive.
        title: path and sheet.
        version: `v2` where the file's name says so, else "".
        rows: the usable ones, in the sheet's order.
        findings: rows that are not, and what is odd.
    """

    path: str
    title: str
    version: str
    rows: tuple[Annotation, ...]
    findings: tuple[Finding, ...]


def read_table(tree: Tree) -> tuple[MmewTable | None, tuple[Finding, ...]]:
    """Return the annotations of an archive (None: there are none), and findings about its spreadsheets.

    Of several tables with nearly all rows one named v2 is taken, then the longest, then by path.
    """
    sheets, findings = every_sheet(tree)
    tables = [table for sheet in sheets if (table := _table(sheet)) is not None]
    if not tables:
        wanted = "annotation table (columns Filename with clips as S01-01-001, OnsetFrame, OffsetFrame)"
        return None, (table_missing(sheets, wanted, "add MMEW_Micro_Exp.xlsx to the archive, at any depth"), *findings)
    chosen, *others = whole_first(
        tables,
        lambda t: len(t.rows),
        lambda t: (t.version != "v2", -len(t.rows), t.path.lower().endswith(".csv"), t.title),
    )
    most = max(len(table.rows) for table in tables)
    notes = [
        beside("tables-several", t.title, "another table of MMEW", f"{chosen.path} is used", len(t.rows), most)
        for t in others
    ]
    return chosen, (*findings, *notes, *chosen.findings)


def _table(entry: ArchiveSheet) -> MmewTable | None:
    """Return the sheet as the table; None where columns lack or no row names a clip."""
    table = find_table(entry.sheet, (("Filename", "File name"), ONSET, OFFSET))
    if table is None:
        return None
    rows: list[Annotation] = []
    findings: list[Finding] = []
    for row in table.rows:
        key = clip_key(_filename(row))
        if key is None:
            what = f"Filename is {_filename(row)[:40]!r}, not as S01-01-001"
            where = f"{table.file} row {row.number}"
            findings.append(row_unreadable(where, what, row.get(*ONSET), row.get(*OFFSET)))
        else:
            rows.append(_annotation(table, row, key))
            findings += _about(row, rows[-1])
    if not rows:
        return None
    rows, twice = _once(rows)
    version = "v2" if plain(entry.sheet.file.rpartition(".")[0]).endswith("v2") else ""
    return MmewTable(entry.path, entry.title, version, tuple(rows), tuple(shortened([*findings, *twice])))


def _filename(row: Row) -> str:
    return text(row.get("Filename", "File name"))


def _annotation(table: Table, row: Row, key: Key) -> Annotation:
    emotion = text(row.get(*EMOTION))
    return Annotation(
        table=table.file,
        row=row.number,
        key=key,
        name=key[1],
        onset=row.get(*ONSET),
        apex=row.get(*APEX),
        offset=row.get(*OFFSET),
        kind="micro",
        emotion=emotion,
        coarse=coarse_of(emotion),
        fine=fine_of(emotion),
        aus=row.get(*AUS),
        notes={"Filename": row.get("Filename", "File name"), "remarks": row.get("remarks"), "emotion": emotion or None},
    )


def _about(row: Row, annotation: Annotation) -> list[Finding]:
    """Return what is odd in a row: another subject than the clip's, the spelling of the emotion."""
    findings = []
    subject = numbers(text(row.get("Subject")))
    if subject and f"S{subject[0]:02d}" != annotation.key[0]:
        what = f"Subject is {text(row.get('Subject'))[:40]!r}, the clip's name says {annotation.key[0]}"
        findings.append(Finding("warning", "wrong-subject", annotation.where, what, "the name is followed"))
    word = annotation.emotion
    if word and not annotation.fine:
        what = f"emotion {word[:40]!r} is none of the vocabulary"
        findings.append(Finding("warning", "label-spelling", annotation.where, what, "kept as written"))
    elif word != annotation.fine:
        what, action = f"emotion {word!r}", f"read as {annotation.fine}"
        findings.append(Finding("note", "label-spelling", annotation.where, what, action))
    return findings


def _once(rows: Sequence[Annotation]) -> tuple[list[Annotation], list[Finding]]:
    """Return the rows without those that repeat an earlier one, and findings."""
    kept: list[Annotation] = []
    findings = []
    seen: dict[tuple[str, ...], int] = {}
    named: dict[Key, int] = {}
    for row in rows:
        cells = (*row.key, *map(text, (row.onset, row.apex, row.offset, row.aus)), row.emotion)
        if cells in seen:
            findings.append(Finding("warning", "row-twice", row.where, f"the same as row {seen[cells]}", "left out"))
            continue
        seen[cells] = row.row
        if named.setdefault(row.key, row.row) != row.row:
            what = f"row {named[row.key]} is of this clip too, with other cells"
            findings.append(Finding("warning", "row-twice", row.where, what, "both are kept"))
        kept.append(row)
    return kept, findings
