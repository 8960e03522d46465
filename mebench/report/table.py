"""The closing table of a run: the model and the baselines by both rules, with 95% intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mebench.errors import unknown_name
from mebench.metrics.columns import column_names
from mebench.record.record import Metric, Record

COLUMNS = (("spotting F1", "f1_s"), ("recognition F1", "f1_a"), ("STRS", "strs"))
"""Columns of the closing table: what they are called, and the figure's name in the record."""

RECOGNITION_COLUMNS = (("UF1", "uf1"), ("UAR", "uar"), ("accuracy", "accuracy"))
"""Columns of the table of the task `recognition`."""

ANSWER_COLUMNS = (("UF1 coarse", "uf1_coarse"), ("UF1 fine", "uf1_fine"), ("BLEU", "bleu"), ("mean of six", "final"))
"""Columns of the table of the task `vqa`; UAR and ROUGE-1 are in the record."""


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


def is_scored(record: Record) -> bool:
    """Return whether any figure has a value; a test set without labels gives none."""
    return any(metric.value is not None for metric in record.metrics.values())


def note(record: Record) -> str:
    """Return the sentence below the table, or instead of it where nothing could be scored."""
    if is_scored(record):
        return f"Value [95% interval, bootstrap over {resampled_units(record)}]."
    reasons = sorted({metric.reason or "" for metric in record.metrics.values()})
    return f"Nothing was scored: {reasons[0] if reasons else 'no figure'}; the predictions are written."


def resampled_units(record: Record) -> str:
    """Return what the intervals of a record are over: clips of the task `vqa`, else subjects."""
    return "clips" if record.experiment.config.get("task") == "vqa" else "subjects"


@dataclass(frozen=True)
class BoundedRow:
    """One system by one rules (or on one dataset): figures as values and as text, `cells` with both names first."""

    part: str
    system: str
    values: tuple[float | None, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True)
class BoundedRows:
    """The closing table: titles of all columns, names of those that hold figures, and for each part its systems."""

    header: tuple[str, ...]
    figures: tuple[str, ...]
    body: tuple[BoundedRow, ...]


def bounded_rows(record: Record, figures: Sequence[str] | None = None) -> BoundedRows:
    """Return the closing table: for each rules (or dataset) the model, then the baselines.

    Args:
        record: of a finished run.
        figures: names without the rules', as strs; None: the task's main ones, and those of installed packages.

    Raises:
        MebenchError: a figure that the record has under no rules.
    """
    task = str(record.experiment.config.get("task"))
    by_part = task in ("recognition", "vqa")
    main = {"recognition": RECOGNITION_COLUMNS, "vqa": ANSWER_COLUMNS}.get(task, COLUMNS)
    titles = {name: label for label, name in main}
    known = {key.partition(".")[2] for key in record.metrics}
    added = (name for name in column_names(task) if name in known)
    names = (*titles, *added) if figures is None else tuple(figures)
    for name in names if figures is not None else ():
        if name not in known:
            raise unknown_name("figure", name, known)
    parts = list(dict.fromkeys(name.split(".")[0] for name in record.metrics)) if by_part else rules_of(record)
    systems: dict[str, Mapping[str, Metric]] = {record.experiment.config["model"]["name"]: record.metrics}
    systems |= {name: metrics for name, metrics in record.bounds.items() if name not in systems}
    header = ("dataset" if by_part else "rules", "model", *(titles.get(name, name) for name in names))
    body = (_row(part, system, metrics, names) for part in parts for system, metrics in systems.items())
    return BoundedRows(header, names, tuple(body))


def _row(part: str, system: str, metrics: Mapping[str, Metric], names: Sequence[str]) -> BoundedRow:
    found = [metrics.get(f"{part}.{name}") for name in names]
    values = tuple(None if one is None else one.value for one in found)
    return BoundedRow(part, system, values, (part, system, *map(metric_text, found)))


def table_rows(record: Record) -> list[list[str]]:
    """Return the cells of the closing table, header first."""
    rows = bounded_rows(record)
    return [list(rows.header), *(list(row.cells) for row in rows.body)]


def table_title(record: Record) -> str:
    """Return what the table is about: experiment, datasets, subjects and videos."""
    parts = [
        f"{f.name}/{f.variant}: {f.subjects} subjects, {f.videos} videos"
        if f.variant
        else f"{f.name}: {f.subjects} subjects, {f.videos} videos"
        for f in record.datasets
    ]
    if record.protocol["kind"] == "cross_dataset":
        parts[-1] = f"tested on {parts[-1]}"
    return f"{record.experiment.name} on {'; '.join(parts)}"


def markdown(record: Record, figures: Sequence[str] | None = None) -> str:
    """Return the table in Markdown, one row a model and rules; `figures` as in `bounded_rows`."""
    if not is_scored(record):
        return f"{table_title(record)}\n\n{note(record)}\n"
    table = bounded_rows(record, figures)
    header, body = list(table.header), [list(row.cells) for row in table.body]
    lines = [header, ["---"] * 2 + ["---:"] * (len(header) - 2), *body]
    rows = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"{table_title(record)}\n\n{rows}\n\n{note(record)}\n"
