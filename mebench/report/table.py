"""The closing table of a run: the model and the bounds by both rules, with 95% intervals."""

from collections.abc import Mapping

from mebench.record import Metric, Record

COLUMNS = (("spotting F1", "f1_s"), ("recognition F1", "f1_a"), ("STRS", "strs"))
"""Columns of the closing table: what they are called, and the figure's name in the record."""


def metric_text(metric: Metric | None) -> str:
    """Return `0.412 [0.30, 0.52]`, `0.412` without an interval, or `undefined`."""
    if metric is None:
        return "-"
    if metric.value is None:
        return "undefined"
    interval = f" [{metric.interval[0]:.2f}, {metric.interval[1]:.2f}]" if metric.interval else ""
    return f"{metric.value:.3f}{interval}"


def rules_of(record: Record) -> list[str]:
    """Return the rules that a record was scored by, in the order they are shown."""
    return [rules for rules in ("official", "strict") if any(name.startswith(f"{rules}.") for name in record.metrics)]


def table_rows(record: Record) -> list[list[str]]:
    """Return the cells of the closing table, header first: for each rules the model, then the bounds."""
    systems: dict[str, Mapping[str, Metric]] = {record.experiment.config["model"]["name"]: record.metrics}
    systems |= {name: metrics for name, metrics in record.bounds.items() if name not in systems}
    header = ["rules", "model", *(label for label, _ in COLUMNS)]
    body = [
        [rules, system, *(metric_text(metrics.get(f"{rules}.{name}")) for _, name in COLUMNS)]
        for rules in rules_of(record)
        for system, metrics in systems.items()
    ]
    return [header, *body]


def table_title(record: Record) -> str:
    """Return what the table is about: experiment, dataset, subjects and videos."""
    facts = record.datasets[0]
    name = f"{facts.name}/{facts.variant}" if facts.variant else facts.name
    return f"{record.experiment.name} on {name}: {facts.subjects} subjects, {facts.videos} videos"


def markdown(record: Record) -> str:
    """Return the table in Markdown, one row a model and rules."""
    header, *body = table_rows(record)
    lines = [header, ["---"] * 2 + ["---:"] * (len(header) - 2), *body]
    rows = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"{table_title(record)}\n\n{rows}\n\nValue [95% interval, bootstrap over subjects].\n"
