"""An audit in words: what was found, counts against published ones, each problem with what is done about it."""

from collections.abc import Iterable

from mebench.data.audit import Audit, Count, Finding

ROWS = 10
"""Findings of one code that are shown, unless all are asked for."""

_HEADINGS = {
    "fatal": "what keeps it from being built",
    "error": "lost: the table or the published set has it, what is built has not",
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


def completeness(audit: Audit) -> str:
    """Return in one sentence whether all is there, or what is missing."""
    if not audit.usable:
        return "not usable: what is missing cannot be told"
    if audit.complete is None:
        return "complete as far as can be told: nothing is published to compare it with"
    if audit.complete:
        return "complete as published"
    kept = {c.what.partition("-")[0]: c.published for c in audit.differing if c.what.endswith("-expressions kept")}
    told = [c for c in audit.differing if kept.get(c.what.removesuffix(" rows")) != c.published]
    gaps = [(c.what.removesuffix(" kept"), c.found, c.published or 0) for c in told]
    missing = [f"{published - found} of {published} {what}" for what, found, published in gaps if found < published]
    more = [f"{found} {what} where {published} are published" for what, found, published in gaps if found > published]
    parts = [f"missing are {', '.join(missing)}"] if missing else []
    parts += [f"there are {', '.join(more)}"] if more else []
    if audit.errors:
        parts.append(f"{len(audit.errors)} {'finding' if len(audit.errors) == 1 else 'findings'} above of what is lost")
    return f"not complete as published: {'; '.join(parts)}"


def summary_text(audit: Audit) -> str:
    """Return the audit in a few lines."""
    kept = ", ".join(f"{count.found} {count.what}" for count in audit.counts if "rows" not in count.what)
    tally = {severity: sum(f.severity == severity for f in audit.findings) for severity in _HEADINGS}
    plural = {severity: severity if severity == "fatal" else f"{severity}s" for severity in _HEADINGS}
    found = ", ".join(f"{n} {severity if n == 1 else plural[severity]}" for severity, n in tally.items() if n)
    found = f"{found or 'nothing to repair'} (policy {audit.policy})"
    return "\n".join(line for line in (kept, found, completeness(audit)) if line)


def closing(audit: Audit) -> str:
    """Return what to do next, and in the last line whether all is there."""
    if audit.usable:
        title = f"{audit.dataset}/{audit.variant}" if audit.variant else audit.dataset
        return f"usable; build it with: mebench data build {title} --archive DIR\n{completeness(audit)}"
    number = len(audit.fatal)
    return f"not usable: {number} {'reason' if number == 1 else 'reasons'}, see above"


def count_lines(counts: Iterable[Count]) -> list[str]:
    """Return a line a count, a star where it is not what was published of any release."""
    lines = [f"  {'':<28}{'found':>10}{'published':>12}"]
    for count in counts:
        lines.append(f"  {count.what:<28}{count.found:>10}{_published(count):>12}{'' if count.agrees else '  *'}")
    return lines


def _published(count: Count) -> str:
    """Return the published number, of several that which is found."""
    if count.published is None:
        return ""
    return str(count.found if count.agrees else count.published)


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
