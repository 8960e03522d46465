"""A row run again: the experiment of its record, and whether the new run says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from mebench.config.experiment import Experiment, experiment_hash
from mebench.errors import MebenchError
from mebench.leaderboard.checked_statistics import possible_statistics
from mebench.leaderboard.entry import Entry
from mebench.leaderboard.figures import figures_of
from mebench.leaderboard.layout import Version, entries_of, versions
from mebench.leaderboard.levels import within
from mebench.record.record import Metric, Record
from mebench.record.run_folder import RunFolder

Answer = Literal["bit-identical", "within the interval", "neither"]


@dataclass(frozen=True)
class Original:
    """The result that is run again, and where it stands."""

    version: Version
    name: str
    entry: Entry
    record: Record
    experiment: Experiment


@dataclass(frozen=True)
class Repeat:
    """Answer of a second run, and by column the figure of the record, the new one, and whether it fits."""

    answer: Answer
    figures: tuple[tuple[str, Metric, Metric, bool], ...]


def original_of(root: Path, name: str) -> Original:
    """Return the result of an id (its first digits do, where no other one begins with them).

    Raises:
        MebenchError: no such record, several, predictions that no experiment made, or an experiment that this version
            of mebench does not know.
    """
    every = [(version, one, entry) for version in versions(root) for one, entry in entries_of(version).items()]
    found = [row for row in every if name and row[1].startswith(name)]
    if len(found) != 1:
        what = f"{len(found)} records begin with {name!r}" if found else f"no record is called {name!r}"
        raise MebenchError(f"{what}; give the name of a file below records/, without .json")
    version, one, entry = found[0]
    if entry.record is None:
        raise MebenchError(
            f"record {one} of {version.title} is of predictions that {entry.method.name!r} handed in: no experiment of "
            "mebench made them; ask its authors"
        )
    return Original(version, one, entry, entry.record, _experiment(one, entry.record))


def refuse_other_data(original: Original, record: Record) -> None:
    """Raise a MebenchError where a second run saw another dataset than the first: nothing can be compared then."""
    known = {(one.name, one.variant): one for one in original.record.datasets}
    for one in record.datasets:
        first = known.get((one.name, one.variant))
        if first is None or first.fingerprint != one.fingerprint:
            was = f"{first.version} ({first.fingerprint[:12]})" if first else "none"
            raise MebenchError(
                f"record {original.name} was run on {one.name} {was}, this run on {one.version} "
                f"({one.fingerprint[:12]}): they cannot be compared; install mebench as it was then "
                f"(commit {str(original.record.code.get('commit'))[:12]})"
            )


def repeat_of(original: Original, folder: RunFolder, record: Record) -> Repeat:
    """Return what a second run says beside the result's figures.

    Raises:
        MebenchError: another dataset, or statistics that cannot be read.
    """
    refuse_other_data(original, record)
    if not folder.statistics.is_file():
        raise MebenchError(f"{folder.root} was not scored, so there is nothing to compare")
    checked = possible_statistics(folder.statistics.read_bytes(), str(folder.statistics))
    again = figures_of(checked.samples, original.version.rules)
    rows = tuple((key, one, again[key], within(one, again[key])) for key, one in original.entry.figures.items())
    if record.predictions_sha256 == original.entry.predictions_sha256:
        return Repeat("bit-identical", rows)
    return Repeat("within the interval" if all(fits for *_, fits in rows) else "neither", rows)


def figure_rows(rows: Sequence[tuple[str, Metric, Metric, bool]]) -> list[tuple[str, ...]]:
    """Return figures side by side as text, header first."""
    texts = [(key, _text(one, True), _text(other, False), "yes" if fits else "NO") for key, one, other, fits in rows]
    return [("figure", "record", "this run", "fits"), *texts]


def _text(metric: Metric, interval: bool) -> str:
    if metric.value is None:
        return "undefined"
    ends = f" [{metric.interval[0]:.4f}, {metric.interval[1]:.4f}]" if interval and metric.interval else ""
    return f"{metric.value:.4f}{ends}"


def _experiment(name: str, record: Record) -> Experiment:
    try:
        experiment = Experiment.model_validate(record.experiment.config)
    except ValidationError as error:
        raise MebenchError(
            f"record {name} holds an experiment that mebench {record.code.get('version')} wrote and this one does not "
            f"know: {error.errors()[0]['msg']}; install mebench as it was then"
        ) from error
    if experiment_hash(experiment) != record.experiment.sha256:
        raise MebenchError(
            f"record {name} holds an experiment that means something else in this version of mebench (another hash); "
            f"install mebench as it was then (commit {str(record.code.get('commit'))[:12]})"
        )
    return experiment
