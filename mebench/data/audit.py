"""What a look at an archive found: counts, and each problem with what the builder does about it."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "repair", "warning", "note"]
"""error: the archive cannot be built; repair: a row is changed or left out; warning: look at it; note: keep in mind."""


@dataclass(frozen=True)
class Finding:
    """One problem.

    Attributes:
        severity: see `Severity`.
        code: name of the kind of problem, as `offset-missing`.
        where: file, row, subject and video, as `row 87 (006, 006_1_2)`; "" where it is the archive as a whole.
        what: what was found, a clause.
        action: what is done about it, or what the user should do.
    """

    severity: Severity
    code: str
    where: str
    what: str
    action: str

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{self.severity}: {place}{self.what}; {self.action} [{self.code}]"


@dataclass(frozen=True)
class Count:
    """How many of something the archive holds, and how many were published (None: nobody says for sure)."""

    what: str
    found: int
    published: int | None = None


@dataclass(frozen=True)
class Audit:
    """What a look at an archive found.

    Attributes:
        dataset, variant: what was looked for.
        policy: repair policy of the variant.
        version: version of the table, guessed from its content; "" where there is but one.
        parts: the files and folders that were found, as (what, path in the archive).
        counts: found against published.
        findings: errors first.
    """

    dataset: str
    variant: str
    policy: str
    version: str
    parts: tuple[tuple[str, str], ...]
    counts: tuple[Count, ...]
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """Whether the archive can be built: no finding is an error."""
        return not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep the archive from being built."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    def document(self) -> dict[str, Any]:
        """Return the audit as plain values, for JSON."""
        return {"usable": self.usable, **dataclasses.asdict(self)}
