"""Prediction tables as samples, scored against a truth, so that two of them can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mebench.errors import MebenchError
from mebench.metrics.comparison import samples_at
from mebench.metrics.recognition.files import count_recognition_files
from mebench.metrics.sample import Sample
from mebench.metrics.samples import samples_of
from mebench.metrics.score import Counted
from mebench.metrics.score_inputs import ScoreInputs, checked_task, is_table, score_inputs, task_of
from mebench.metrics.spotting.files import count_spotting_files
from mebench.metrics.str.files import count_str_files
from mebench.metrics.vqa.files import count_lvqa_files, count_vqa_files


@dataclass(frozen=True)
class TableTruth:
    """Truth and rules of compared tables: as `mebench score` takes them without options.

    Attributes:
        truth: of all of them; None: what lies beside each.
        manifest: every video; None: unknown.
        classes: as `scored_classes` takes them.
        task: of all of them; empty: as each tells (`task_of`).
    """

    truth: Path | None = None
    manifest: Path | None = None
    classes: str | None = None
    task: str = ""


def compared_samples(paths: Sequence[Path], choice: TableTruth) -> list[tuple[Sample, ...]]:
    """Return the samples of each path: of a prediction table by its truth, of all else as `samples_at` does.

    Raises:
        MebenchError: what `samples_at` or the scorer of a table says, or a truth though there is no table.
    """
    tables = [path for path in paths if is_table(path)]
    if not tables and choice != TableTruth():
        raise MebenchError(
            f"{' and '.join(map(str, paths))} hold counts already, so that truth, manifest, classes and task are of no "
            "use; leave them out, or give prediction tables"
        )
    return [_samples(path, tables, choice) if path in tables else samples_at(path) for path in paths]


def _samples(path: Path, tables: Sequence[Path], choice: TableTruth) -> tuple[Sample, ...]:
    task = checked_task(choice.task) if choice.task else task_of(path)
    others = [one for one in tables if one != path]
    counted = _counted(task, score_inputs(task, path, choice.truth, choice.manifest), others, choice)
    return samples_of(counted.statistics)


def _counted(task: str, files: ScoreInputs, others: Sequence[Path], choice: TableTruth) -> Counted:
    if task == "recognition":
        return count_recognition_files(files.pred, files.truth, choice.classes)
    truth = files.known_truth
    if task == "spotting":
        return count_spotting_files(files.pred, truth, "all", files.manifest)
    if task == "str":
        more = [score_inputs(task, one, truth).pred for one in others]
        return count_str_files(files.pred, truth, files.manifest, choice.classes, others=more)
    return (count_lvqa_files if task == "lvqa" else count_vqa_files)(files.pred, truth)
