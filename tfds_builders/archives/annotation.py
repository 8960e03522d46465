"""A row of an annotation table, before and after its repair; frames are numbers of the source's files."""

from dataclasses import dataclass, field

from mebench.data.interval import Kind

Cell = str | int | float | bool | None
"""What a spreadsheet holds; whole floats are read as int, empty cells and blank text as None, dates as ISO text."""

Key = tuple[str, str]
"""Subject and video, as the dataset's own reader normalises them; what tables and folders are joined on."""


@dataclass(frozen=True)
class Frames:
    """Onset, apex and offset as numbers of the source's files; None where missing."""

    onset: int | None
    apex: int | None
    offset: int | None


@dataclass(frozen=True)
class Span:
    """Onset, apex (or None) and offset as 0-based positions among the files of a video, both ends included."""

    onset: int
    apex: int | None
    offset: int


@dataclass(frozen=True)
class Annotation:
    """One row, as the table has it.

    Attributes:
        table: name of its file (or file and sheet).
        row: counted from 1, as spreadsheets do.
        key: subject and video, normalised.
        name: what the table calls the row's expression or clip, for findings.
        onset, apex, offset: the raw cells.
        kind: micro or macro.
        emotion: as the table writes it; "" where it says nothing.
        coarse, fine: of it, in the common vocabulary; "" where the source does not tell.
        aus: the raw cell.
        notes: other columns worth keeping, by their column's name.
        repairs: what the reader of the table changed already, a clause each.
        has_apex: False where the table has no column of it, so that none is missing.
    """

    table: str
    row: int
    key: Key
    name: str
    onset: Cell
    apex: Cell
    offset: Cell
    kind: Kind
    emotion: str = ""
    coarse: str = ""
    fine: str = ""
    aus: Cell = None
    notes: dict[str, Cell] = field(default_factory=dict)
    repairs: tuple[str, ...] = ()
    has_apex: bool = True

    @property
    def where(self) -> str:
        """Name of the row in findings."""
        return f"{self.table} row {self.row} ({self.key[0]}, {self.name})"


@dataclass(frozen=True)
class Clip:
    """A folder of one video's image files.

    Attributes:
        key: subject and video, normalised.
        folder: path in the archive.
        files: number in the file's name -> file name, in order of number.
        whole: whether missing numbers between the first and the last are worth a finding.
    """

    key: Key
    folder: str
    files: dict[int, str]
    whole: bool = True

    @property
    def where(self) -> str:
        """Name of the folder in findings."""
        return f"folder {self.folder}"
