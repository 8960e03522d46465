"""The annotation table of CASME, known from code that reads it (mebench/docs/datasets.md, CASME and MMEW)."""

from types import MappingProxyType

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.several import beside
from tfds_builders.archives.spreadsheets import every_sheet, table_missing
from tfds_builders.archives.tree import Tree, shortened
from tfds_builders.casme2.rows import Columns, read_rows

COLUMNS = Columns(
    onset=("OnsetF",),
    apex=("ApexF1",),
    offset=("OffsetF",),
    emotion=("Emotion", "Estimated Emotion"),
    aus=("AU", "AUs", "Action Units"),
    notes=MappingProxyType(
        {
            "apex_2": ("ApexF2",),
            "onset_ms": ("Onset(ms)", "Onset (ms)", "Onset"),
            "total_ms": ("Total(ms)", "Total (ms)", "Total"),
        }
    ),
)


def read_table(tree: Tree) -> tuple[tuple[Annotation, ...], str, tuple[Finding, ...]]:
    """Return the rows of an archive's table and its path ("" where there is none), and findings.

    Of several tables the longest is taken, then the first by path.
    """
    sheets, findings = every_sheet(tree)
    tables = [(read, sheet.path) for sheet in sheets if (read := read_rows(sheet.sheet, COLUMNS)) is not None]
    if not tables:
        wanted = "annotation table (columns Subject, Filename, OnsetF, ApexF1, OffsetF, Emotion)"
        action = "add CASME-coded-20190721.xls to the archive, at any depth"
        return (), "", (table_missing(sheets, wanted, action), *findings)
    tables.sort(key=lambda table: (-len(table[0][0]), table[1]))
    (rows, odd), path = tables[0]
    others = tuple(
        beside("tables-several", other, "another table", f"{path} is used", len(read[0]), len(rows))
        for read, other in tables[1:]
    )
    return tuple(rows), path, (*findings, *others, *shortened(odd))
