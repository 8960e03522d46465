"""A finished run looked at again: its files are what it wrote, and its figures follow from them."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mebench.atomic import write_text
from mebench.documents import read_json
from mebench.errors import MebenchError
from mebench.metrics.bootstrap import metrics_of
from mebench.metrics.columns import own_figures, refuse_unknown
from mebench.metrics.recognition.files import count_recognition_files
from mebench.metrics.samples import samples_of
from mebench.metrics.str.score import counted_str, str_statistics
from mebench.metrics.vqa.files import count_vqa_files
from mebench.metrics.vqa.statistics import VqaSettings
from mebench.record.record import Record, read_record, record_text, same_metric
from mebench.record.run_folder import RunFolder
from mebench.sealed.document import DamagedFile
from mebench.sealed.folder import check_note, facts_of, facts_of_bytes, write_note
from mebench.tables.csv import read_manifest, read_predictions, read_truth


@dataclass(frozen=True)
class Checked:
    """A run that agrees with itself.

    Attributes:
        record: of the run.
        files: how many files are what the run wrote; None: it was made before runs kept a list of them.
        figures: how many follow from the statistics, which follow from the predictions; None: nothing was scored.
    """

    record: Record
    files: int | None
    figures: int | None


def finish(folder: RunFolder, record: Record) -> None:
    """Write down what every file of a run is, then its record, which makes it a finished one.

    Raises:
        MebenchError: a file cannot be written.
    """
    text = record_text(record)
    more = {folder.record.name: facts_of_bytes(text.encode())}
    write_note(folder.files, _key(folder.run_id), folder.root, folder.artefacts, more)
    write_text(folder.record, text)


def check_run(folder: RunFolder, run_id: str | None = None) -> Checked:
    """Return what was found right about a finished run.

    Args:
        folder: of the run.
        run_id: that the record must have; None: any.

    Raises:
        DamagedFile: a file that is not what the run wrote, or whose content does not follow from the others.
        MebenchError: no finished run.
    """
    if not folder.record.is_file():
        raise MebenchError(f"{folder.root} holds no record.json; give the folder of a finished run")
    try:
        record = _record(folder)
        if run_id not in (None, record.run_id):
            raise DamagedFile(folder.record, f"it is the record of run {record.run_id}")
        files = _files(folder, record)
        return Checked(record, files, _figures(folder, record))
    except DamagedFile as error:
        then = f"to have it computed anew, delete {folder.record} and run the experiment again"
        raise DamagedFile(error.path, error.why, then) from error


def _key(run_id: str) -> dict[str, str]:
    return {"what": "files", "run": run_id}


def _record(folder: RunFolder) -> Record:
    try:
        return read_record(folder.record)
    except MebenchError as error:
        raise DamagedFile(folder.record, "it cannot be read as a record") from error


def _files(folder: RunFolder, record: Record) -> int | None:
    """Return how many files are what the run wrote; two of them are in the record too."""
    try:
        count = len(check_note(folder.files, _key(record.run_id), folder.root))
    except FileNotFoundError:
        count = None
    predicted = folder.predicted(record.experiment.config["task"])
    for path, wanted in ((predicted, record.predictions_sha256), (folder.statistics, record.statistics_sha256)):
        if wanted is None:
            continue
        if not path.is_file():
            raise DamagedFile(path, "it is missing")
        if facts_of(path)["sha256"] != wanted:
            raise DamagedFile(path, "it is not what the run wrote: the record has another sha256")
    return count


def _figures(folder: RunFolder, record: Record) -> int | None:
    """Return how many figures follow from the statistics, once these follow from the predictions."""
    if record.statistics_sha256 is None:
        return None
    try:
        statistics = read_json(folder.statistics)
    except ValueError as error:
        raise DamagedFile(folder.statistics, "it is no JSON") from error
    if not _equal(statistics, _statistics(folder, record.experiment.config)):
        raise DamagedFile(folder.statistics, "its counts do not follow from predictions and truth")
    again, task = metrics_of(samples_of(statistics), *record.bootstrap), record.experiment.config["task"]
    for name, metric in record.metrics.items():
        if name not in again:
            refuse_unknown(task, name)
        if name not in again or not same_metric(metric, again[name]):
            own = name.rpartition(".")[2] in own_figures(task)
            why = "does not follow from the statistics" if own else "is not what its package gives now"
            raise DamagedFile(folder.record, f"{name} = {metric.value} {why}")
    return len(record.metrics)


def _equal(one: Any, other: Any) -> bool:
    """Return whether JSON values are equal; numbers to 1e-9, as another processor may round their last digits."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)


def _statistics(folder: RunFolder, config: Mapping[str, Any]) -> Any:
    """Return the statistics of a run's predictions, as JSON values."""
    task, classes, score = config["task"], tuple(config["protocol"]["classes"]), config["score"]
    if task == "vqa":
        settings = VqaSettings(**(config.get("answers") or {}))
        counted = count_vqa_files(folder.answers, folder.true_answers, settings)
    elif task == "recognition":
        counted = count_recognition_files(folder.predictions, None, ",".join(classes))
    else:
        tables = read_predictions(folder.predictions), read_truth(folder.truth), read_manifest(folder.manifest)
        counted = counted_str(str_statistics(*tables, classes, score["rules"], score["iou"]))
    return json.loads(counted.text())
