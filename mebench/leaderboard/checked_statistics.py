"""Statistics of a result, after every question that can be asked of them alone and of their table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mebench.leaderboard.figures import refuse_other_settings
from mebench.leaderboard.frozen import refuse_other_units
from mebench.leaderboard.layout import Version
from mebench.leaderboard.possible import refuse_impossible
from mebench.leaderboard.published_counts import refuse_other_dataset
from mebench.leaderboard.rules import TableRule
from mebench.leaderboard.statistics_text import statistics_document
from mebench.leaderboard.truth_shape import refuse_other_shape, refuse_undescribed
from mebench.metrics.sample import Sample
from mebench.metrics.samples import samples_of


@dataclass(frozen=True)
class Checked:
    """Statistics that could be, as they are and as samples."""

    document: Mapping[str, Any]
    samples: Sequence[Sample]


def possible_statistics(data: bytes, where: str) -> Checked:
    """Return statistics, read and possible; no rules are asked.

    Raises:
        MebenchError: no statistics, or counts that no predictions can have.
    """
    document = statistics_document(data, where)
    refuse_impossible(document)
    return Checked(document, samples_of(document))


def refuse_by_rules(version: Version, table: TableRule, checked: Checked) -> None:
    """Raise a MebenchError where statistics were scored otherwise than the rules say, or on another truth."""
    refuse_other_settings(checked.samples, version.rules)
    refuse_other_units(version.title, version.rules.frozen.get(table.name), checked.document)
    refuse_undescribed(version.rules, table)
    refuse_other_shape(version.rules, table, checked.document)
    refuse_other_dataset(version.rules, table, checked.document)
