"""The order in which an audit lists its findings: the worst first, of one kind by file and row."""

import re
from collections.abc import Iterable

from mebench.data.audit import Finding, Severity

ORDER: tuple[Severity, ...] = ("fatal", "error", "repair", "warning", "note")


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings by severity, kinds as they were first met, those of one kind by file and row."""
    found = list(findings)
    kinds = {code: place for place, code in enumerate(dict.fromkeys(finding.code for finding in found))}
    return sorted(found, key=lambda f: (ORDER.index(f.severity), kinds[f.code], not f.where, natural(f.where)))


def natural(text: str) -> tuple[tuple[str, int], ...]:
    """Return what texts are sorted by where their numbers count as numbers: row 9 comes before row 10."""
    pieces = re.findall(r"(\D*)(\d*)", text)
    return tuple((words, int(digits[:18] or -1)) for words, digits in pieces)
