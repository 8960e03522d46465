"""An audit in words: what was found, counts against published ones, each problem with what is done about it."""

from collections.abc import Iterable

from mebench.data.audit import Audit, Count, Finding

ROWS = 10
"""Findings of one code that are shown, unless all are asked for."""

_HEADINGS = {
    "error": "what keeps it from being built",
    "repair": "repaired or left out",
    "warning": "worth a look",
    "note": "notes",
}


def audit_text(audit: Audit, every: bool = False) -> str:
    """Return the audit for a reader; at most `ROWS` findings of a code unless `every`."""
    title = f"{audit.dataset}/{audit.variant}" if audit.variant else audit.dataset
    lines = [f"{title}: repair policy {audit.policy}" + (f", table {audit.version}" if audit.version else "")]
    width = max((len(what) for what, _ in audit.parts), default=0) + 2
    lines += [f"  {what:<{width}}{path}" for what, path in audit.parts]
    lines += ["", *count_lines(audit.counts)] if audit.counts else []
    for severity, heading in _HEADINGS.items():
        own = [finding for finding in audit.findings if finding.severity == severity]
        if own:
            lines += ["", f"{heading} ({len(own)})", *_by_code(own, every)]
    return "\n".join([*lines, "", closing(audit)])


def summary_text(audit: Audit) -> str:
    """Return the audit in three lines."""
    kept = ", ".join(f"{count.found} {count.what}" for count in audit.counts if "rows" not in count.what)
    tally = {severity: sum(f.severity == severity for f in audit.findings) for severity in _HEADINGS}
    found = ", ".join(f"{number} {severity}{'s' * (number != 1)}" for severity, number in tally.items() if number)
    found = f"{found or 'nothing to repair'} (policy {audit.policy})"
    return "\n".join(line for line in (kept, found) if line)


def closing(audit: Audit) -> str:
    """Return what to do next."""
    if audit.usable:
        title = f"{audit.dataset}/{audit.variant}" if audit.variant else audit.dataset
        return f"usable; build it with: mebench data build {title} --archive DIR"
    return f"not usable: {len(audit.errors)} {'error' if len(audit.errors) == 1 else 'errors'}, see above"


def count_lines(counts: Iterable[Count]) -> list[str]:
    """Return a line a count, a star where it is not what was published."""
    lines = [f"  {'':<28}{'found':>10}{'published':>12}"]
    for count in counts:
        published = "" if count.published is None else str(count.published)
        mark = "  *" if count.published not in (None, count.found) else ""
        lines.append(f"  {count.what:<28}{count.found:>10}{published:>12}{mark}")
    return lines


def _by_code(findings: list[Finding], every: bool) -> list[str]:
    lines = []
    for code in dict.fromkeys(finding.code for finding in findings):
        own = [finding for finding in findings if finding.code == code]
        shown = own if every else own[:ROWS]
        lines += [f"  {code} ({len(own)})", *(f"    {_line(finding)}" for finding in shown)]
        if len(own) > len(shown):
            lines.append(f"    ... and {len(own) - len(shown)} more (--all)")
    return lines


def _line(finding: Finding) -> str:
    place = f"{finding.where}: " if finding.where else ""
    return f"{place}{finding.what}; {finding.action}"
