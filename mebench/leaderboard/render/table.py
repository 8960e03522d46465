"""The table of a leaderboard as data, before it is rendered as text, CSV, LaTeX or a page."""

from dataclasses import dataclass
from typing import Literal

from mebench.leaderboard.rules import ColumnRule, Rules

Level = Literal["published", "recomputed", "rerun", "bit-identical"]

LEVELS: dict[Level, str] = {
    "published": "as printed in the literature; no statistics, so nobody can check it here",
    "recomputed": "every figure recomputed from the statistics that lie beside the table",
    "rerun": "recomputed, and run a second time: every figure of the second run within the first one's interval",
    "bit-identical": "recomputed, and run a second time with the same predictions to the byte",
}
"""What each level of verification means, lowest first."""

NOT_MEANT = (
    "It does not mean that a method is right, or that anybody watched it run. Where the labels are embedded and the "
    "predictions are kept, a row is proven: whoever verifies scores the predictions again. Everywhere else the counts "
    "are taken on trust, because labels under a licence cannot be here: whoever handed them in could have made them "
    "up, within what is possible and with the number of true intervals that others have. A second run is another run "
    "because its record says so. Who ran it stands beside a row where they said it; ask them."
)
"""Limits of the word `verified`."""


@dataclass(frozen=True)
class Cell:
    """One figure of a row.

    Attributes:
        value: None where there is none.
        interval: 95%, of the same figure; None where there is none.
        reason: why there is no value or no interval.
        errata: what is wrong with a printed figure; shown beside it, never instead.
        printed: the figure as text, where its digits are known from the literature.
    """

    value: float | None
    interval: tuple[float, float] | None = None
    reason: str = ""
    errata: tuple[str, ...] = ()
    printed: str = ""


@dataclass(frozen=True)
class Row:
    """One method in a table.

    Attributes:
        method: its name.
        level: how far its figures are verified.
        control: whether it is a bound and not a model (constant, oracle and the like).
        seeds: seeds that the figures are means over; empty where nobody told.
        n: what was resampled, as `10 subjects`; empty for published rows.
        cells: one a column, in order of the columns.
        source: citation of a published row; paper or code of a verified one.
        records: paths of its records below the version's folder, empty for published rows.
        notes: sentences on the whole row (errata without a column, what its figures rest on).
        by: who ran it, a name a record that says it; empty where nobody said.
        paper: address of the paper; empty where none is known.
        date: when the paper appeared (`2025`, `2025-06`) or the result was added; empty where nobody says.
    """

    method: str
    level: Level
    control: bool
    seeds: tuple[int, ...]
    n: str
    cells: tuple[Cell, ...]
    source: str
    records: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    paper: str = ""
    date: str = ""


@dataclass(frozen=True)
class LeaderboardTable:
    """One table: rows in the order of the rules, best first; rows without the ordering figure last, by name.

    Attributes:
        rules: of the version.
        name, title: of the table.
        columns: those of the rules.
        rows: published and verified together.
        notes: of the published files, each once.
        closed: since when and why the version takes no more results, in one sentence; empty while it does.
    """

    rules: Rules
    name: str
    title: str
    columns: tuple[ColumnRule, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    closed: str = ""
