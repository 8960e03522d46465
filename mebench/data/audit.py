"""Findings of an audit of an archive: counts, and each problem with what the builder does about it."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["fatal", "error", "repair", "warning", "note"]
"""fatal: the archive cannot be built; error: an expression or a video is lost; repair: a row is changed, or left out as
the policy says; warning: look at it; note: keep in mind."""


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
    """Number of something that the archive holds, beside the published one.

    Attributes:
        what: is counted.
        found: in the archive.
        published: of the release, table and policy that are looked at; None: nobody says for sure.
        also: other numbers of other releases or lists, as good as the published one.
    """

    what: str
    found: int
    published: int | None = None
    also: tuple[int, ...] = ()

    @property
    def agrees(self) -> bool:
        """True where it is as published, or nothing is published."""
        return self.published is None or self.found in (self.published, *self.also)


@dataclass(frozen=True)
class Audit:
    """Findings of an audit of an archive.

    Attributes:
        dataset, variant: what was looked for.
        policy: repair policy of the variant.
        version: version of the table, guessed from its content; "" where there is but one.
        parts: the files and folders that were found, as (what, path in the archive).
        counts: found against published.
        findings: fatal ones first; of one kind in the order of the rows.
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
        """Whether the archive can be built: no finding is fatal."""
        return not self.fatal

    @property
    def fatal(self) -> tuple[Finding, ...]:
        """The findings that keep the archive from being built."""
        return tuple(finding for finding in self.findings if finding.severity == "fatal")

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that tell of a lost expression or video."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def differing(self) -> tuple[Count, ...]:
        """The counts that are not as published."""
        return tuple(count for count in self.counts if not count.agrees)

    @property
    def complete(self) -> bool | None:
        """Whether all is there as published and nothing is lost; None where nothing is published to compare it with."""
        if self.fatal or self.errors or self.differing:
            return False
        return True if any(count.published is not None for count in self.counts) else None

    def document(self) -> dict[str, Any]:
        """Return the audit as plain values, for JSON."""
        return {"usable": self.usable, "complete": self.complete, **dataclasses.asdict(self)}
