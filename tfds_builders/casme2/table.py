"""The annotation tables of CASME II, and the version that each is of."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.several import beside, short_choice, whole_first
from tfds_builders.archives.sheets import text
from tfds_builders.archives.spreadsheets import every_sheet, table_missing
from tfds_builders.archives.tree import Tree, shortened
from tfds_builders.casme2.rows import Columns, read_rows

COLUMNS = Columns(
    onset=("OnsetFrame",),
    apex=("ApexFrame",),
    offset=("OffsetFrame",),
    emotion=("Estimated Emotion",),
    aus=("Action Units", "Action Unit", "AU"),
    notes=MappingProxyType({"objective_class": ("Objective Classes", "Objective Class")}),
)

VERSION_OF = MappingProxyType({(25, 7): "2014", (28, 4): "2019"})
"""Numbers of surprise and sadness -> version (mebench/docs/datasets.md, CASME II)."""

_NEWEST = ("2019", "2014", "")


@dataclass(frozen=True)
class Casme2Table:
    """One sheet with the annotations.

    Attributes:
        path: of its file in the archive.
        version: `2014`, `2019`, or "" where nothing tells.
        rows: the usable ones, in the sheet's order.
        findings: rows that are not, and what is odd.
    """

    path: str
    version: str
    rows: tuple[Annotation, ...]
    findings: tuple[Finding, ...]


def read_table(tree: Tree, version: str = "") -> tuple[Casme2Table | None, tuple[Finding, ...]]:
    """Return the annotations of an archive (None: there are none), and findings about its spreadsheets.

    Args:
        tree: of the archive.
        version: `2014` or `2019`; "" for the newest of those with nearly all rows, then the longest, then by path.
    """
    sheets, findings = every_sheet(tree)
    tables = []
    for sheet in sheets:
        read = read_rows(sheet.sheet, COLUMNS)
        if read is not None:
            rows, odd = read
            guess = _version(rows, sheet.path)
            tables.append(Casme2Table(sheet.path, guess, tuple(rows), tuple(shortened(odd))))
    tables = whole_first(tables, lambda t: len(t.rows), lambda t: (_NEWEST.index(t.version), -len(t.rows), t.path))
    fitting = [table for table in tables if not version or table.version == version]
    if not fitting:
        wanted = "annotation table (columns Subject, Filename, OnsetFrame, ApexFrame, OffsetFrame, Estimated Emotion)"
        action = "add CASME2-coding-20140508.xlsx or CASME2-coding-20190701.xlsx to the archive, at any depth"
        if tables:
            there = ", ".join(f"{table.path} ({table.version or 'version unknown'})" for table in tables)
            wanted, action = f"{wanted} of version {version}", f"add it, or take another variant; found: {there}"
        return None, (table_missing(sheets, wanted, action), *findings)
    chosen, lengths = fitting[0], [len(table.rows) for table in tables]
    others = (_beside(chosen, table, max(lengths)) for table in tables if table is not chosen)
    return chosen, (*findings, *others, *short_choice(chosen.path, len(chosen.rows), lengths), *chosen.findings)


def rows_by_clip(rows: Sequence[Annotation]) -> dict[tuple[int, str], Annotation]:
    """Return the rows by subject's number and file name in lower case, for joining ME-VQA; the first of a clip."""
    found: dict[tuple[int, str], Annotation] = {}
    for row in rows:
        found.setdefault((int(row.key[0]), row.key[1].lower()), row)
    return found


def _version(rows: Sequence[Annotation], path: str) -> str:
    """Return the version as the content tells it, or else the year in the file's name.

    Only the table of 2014 has rows with `?` for action units; emotions are counted otherwise.
    """
    if any(text(row.aus) == "?" for row in rows):
        return "2014"
    emotions = Counter(row.fine for row in rows)
    by_count = VERSION_OF.get((emotions["surprise"], emotions["sadness"]))
    by_name = next((year for year in ("2019", "2014") if year in path.rpartition("/")[2]), "")
    return by_count or by_name


def _beside(chosen: Casme2Table, other: Casme2Table, most: int) -> Finding:
    """Return that another table lies beside the chosen one."""
    what = f"another table, version {other.version or 'unknown'}"
    return beside("tables-several", other.path, what, f"{chosen.path} is used", len(other.rows), most)
