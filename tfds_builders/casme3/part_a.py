"""Part A of CAS(ME)^3 read: which tables are used for a variant, what is said of them, and the videos."""

from collections.abc import Sequence

from mebench.data.audit import Finding
from mebench.data.interval import Kind
from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.archive_builder import Choice
from tfds_builders.archives.assemble import Recipe, assemble, counts_of
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.rules import Rule
from tfds_builders.archives.several import beside, is_short, short_choice, whole_first
from tfds_builders.archives.spreadsheets import ArchiveSheet, every_sheet, table_missing
from tfds_builders.archives.tree import Tree, plain
from tfds_builders.casme3.clips import part_a_clips
from tfds_builders.casme3.labels import joined, spelled
from tfds_builders.casme3.repairs import RECOMMENDED, longer_than_15
from tfds_builders.casme3.table import COUNTS, PartATable, kind_notes, part_a_tables

FPS = 30.0
ORDER = ("intervals", "emotions")
"""What tables hold, the fuller kind first: both kinds of expressions, or micro-expressions with their emotions."""

_WANTED = (
    "table of part A's intervals (columns Subject, Filename, Onset, Apex, Offset, Expression type: sheet AU+Emotion of "
    "CAS(ME)3_part_A_v2.xls) or of its emotions (Subject, Filename, Onset, emotion: the JpgIndex workbook)"
)

_DEPTH = Finding(
    "note",
    "depth-pixels",
    "",
    "depth has 16 bits, of which mebench's own readers of frames keep the upper 8",
    "read it with tfds.data_source, or take the files' bytes",
)


def read_part_a(tree: Tree, choice: Choice) -> Reading:
    """Return part A: its clips, with the rows of the tables that the variant asks for."""
    clips, clip_findings = part_a_clips(tree, "depth" if choice.pixels == "depth" else "colour")
    sheets, findings = every_sheet(tree)
    tables = part_a_tables(sheets)
    asked = choice.table if choice.table in COUNTS else ""
    main = _main(tables, asked)
    if main is None:
        return Reading(findings=(*findings, *clip_findings, _no_table(sheets, tables, asked)))
    emotions = main if main.holds == "emotions" else _emotions(tables, main)
    rows, told = _rows(main, emotions)
    rules: tuple[Rule, ...] = RECOMMENDED if choice.policy == "recommended" else ()
    if choice.table == "max15":
        rules += (longer_than_15,)
    videos, more = assemble(Recipe(dataset="casme3", fps=FPS, policy=choice.policy, rules=rules), clips, rows)
    if choice.pixels == "depth":
        told.append(_DEPTH)
    used = {table.title: table for table in (main, emotions) if table is not None}
    blinks = [sheet.title for sheet in sheets if "blink" in plain(sheet.sheet.name)]
    return Reading(
        videos=videos,
        version=main.version,
        parts=tuple((f"{table.holds} ({table.version})", table.title) for table in used.values()),
        counts=counts_of(videos, rows, _published(main, choice)),
        findings=(*findings, *_notes(main, emotions, tables, blinks), *told, *clip_findings, *more),
    )


def _published(main: PartATable, choice: Choice) -> dict[str, int]:
    """Return the published counts of a version; what `as_published` and `max15` keep of it is not known."""
    rows = {kind: COUNTS[main.version][kind] for kind in _kinds(main)}
    published = {f"{kind} rows": number for kind, number in rows.items()}
    if choice.policy == "recommended" and choice.table != "max15":
        published |= {f"{kind}-expressions kept": number for kind, number in rows.items()}
    return published


def _main(tables: Sequence[PartATable], asked: str) -> PartATable | None:
    """Return the table whose intervals count; None: none is of the version that is asked for.

    Of those with nearly all micro-expressions both kinds come before micro alone, then those with nearly all rows, then
    the newer version, then the longest.
    """
    most = {holds: max((len(t.rows) for t in tables if t.holds == holds), default=0) for holds in ORDER}
    found = whole_first(
        tables,
        micro_rows,
        lambda t: (
            ORDER.index(t.holds),
            is_short(len(t.rows), most[t.holds]),
            t.version != "v2",
            -len(t.rows),
            t.title,
        ),
    )
    return next((table for table in found if asked in ("", table.version)), None)


def micro_rows(table: PartATable) -> int:
    """Return how many micro-expressions a table has."""
    return sum(row.kind == "micro" for row in table.rows)


def _emotions(tables: Sequence[PartATable], main: PartATable) -> PartATable | None:
    """Return the table of emotions that goes best with the intervals; None where there is none.

    Of those with nearly all rows one of their version comes first, then one in another file, then the longest.
    """
    found = whole_first(
        [table for table in tables if table.holds == "emotions"],
        lambda t: len(t.rows),
        lambda t: (t.version != main.version, t.path == main.path, -len(t.rows), t.title),
    )
    return found[0] if found else None


def _rows(main: PartATable, emotions: PartATable | None) -> tuple[list[Annotation], list[Finding]]:
    """Return the rows with their emotions, and what is odd about them."""
    rows, findings = list(main.rows), list(main.findings)
    if emotions is not None and emotions is not main:
        rows, more = joined(main, emotions)
        findings += [*emotions.findings, *more]
    rows, more = spelled(rows)
    findings += more
    if main.version == "v2":
        findings += kind_notes(rows)
    return rows, findings


def _kinds(main: PartATable) -> Sequence[Kind]:
    return ("micro", "macro") if main.holds == "intervals" else ("micro",)


def _no_table(sheets: tuple[ArchiveSheet, ...], tables: Sequence[PartATable], asked: str) -> Finding:
    if not asked or not tables:
        return table_missing(sheets, _WANTED, "put the annotation workbooks of part A into the archive's folder")
    seen = ", ".join(f"{table.title} ({table.version}: {table.evidence})" for table in tables[:10])
    action = f"add the {asked} workbooks, or take the variant that names no version"
    return Finding("fatal", "table-missing", "", f"no table of version {asked}; found: {seen}", action)


def _notes(
    main: PartATable, emotions: PartATable | None, tables: Sequence[PartATable], blinks: Sequence[str]
) -> list[Finding]:
    """Return what is worth knowing of the tables as a whole."""
    guess = f"taken for version {main.version}: {main.evidence}"
    notes = [Finding("note", "version-guess", main.title, guess, "choose a variant v1 or v2 to insist on one")]
    if main.holds == "emotions":
        what = "only the micro-expressions are annotated here; where the macro-expressions are is unknown"
        action = "add CAS(ME)3_part_A_v2.xls: it has both, and the right frames of four rows"
        notes.append(Finding("warning", "macro-unknown", main.title, what, action))
    elif emotions is None and not any(row.emotion for row in main.rows):
        what = "no table of emotions (columns Subject, Filename, Onset, emotion: the JpgIndex workbook)"
        notes.append(Finding("warning", "emotions-missing", "", what, "emotions are unknown; add that workbook"))
    elif emotions is not None and emotions.version != main.version:
        what = f"emotions of version {emotions.version}, intervals of version {main.version}"
        notes.append(Finding("warning", "label-mismatch", emotions.title, what, "joined as far as they agree"))
    most = max(map(micro_rows, tables))
    notes += short_choice(main.title, micro_rows(main), [most])
    notes += [
        beside("table-unused", t.title, "rows that this variant does not use", "passed over", micro_rows(t), most)
        for t in tables
        if t not in (main, emotions)
    ]
    what = "eye blinks are no expressions"
    return notes + [Finding("note", "table-unused", title, what, "passed over") for title in blinks]
