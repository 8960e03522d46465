"""Statistics of any task, as a run's `statistics.json` holds them, to the samples that figures are computed from."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mebench.documents import read_json
from mebench.errors import MebenchError, unknown_name
from mebench.metrics.columns import with_columns
from mebench.metrics.sample import Sample

READERS = MappingProxyType(
    {
        "str": "mebench.metrics.str.score:str_samples",
        "spotting": "mebench.metrics.spotting.counts:spotting_samples",
        "recognition": "mebench.metrics.recognition.score:recognition_samples",
        "vqa": "mebench.metrics.vqa.statistics:vqa_samples",
        "lvqa": "mebench.metrics.vqa.lvqa_statistics:lvqa_samples",
    }
)
"""By task: who reads its statistics, as `module:function` (a document to a tuple of samples)."""

STATISTICS = "statistics"
"""Key under which a score document holds the statistics that its figures follow from."""


def samples_of(document: dict[str, Any]) -> tuple[Sample, ...]:
    """Return the samples of a statistics document; its `task` says which (spot-then-recognise writes none).

    Figures of installed packages are among theirs (`mebench.metrics.columns`).

    Raises:
        MebenchError: an unknown task, statistics that its reader refuses, or a package whose figure cannot be used.
    """
    task = str(document.get("task", "str"))
    if task not in READERS:
        raise unknown_name("task of statistics", task, READERS)
    module, name = READERS[task].split(":")
    read: Callable[[dict[str, Any]], tuple[Sample, ...]] = getattr(import_module(module), name)
    return tuple(with_columns(task, one) for one in read(document))


def read_samples(path: Path) -> tuple[Sample, ...]:
    """Return the samples of a statistics file, or of a score document, which holds its statistics.

    Raises:
        MebenchError: no such file, no JSON object, or as `samples_of` says.
    """
    document = read_document(path)
    document = document.get(STATISTICS, document)
    if not isinstance(document, dict):
        raise MebenchError(f"{path}: its statistics are no JSON object; write the score document again")
    return samples_of(document)


def read_document(path: Path) -> dict[str, Any]:
    """Return the JSON object of a file.

    Raises:
        MebenchError: no such file, or no JSON object.
    """
    try:
        document = read_json(path)
    except OSError as error:
        raise MebenchError(
            f"cannot read {path}: {(error.strerror or str(error)).lower()}; give a finished run"
        ) from error
    except (ValueError, RecursionError) as error:  # no UTF-8, no JSON, nested too deep
        raise MebenchError(f"{path} is no JSON: {error}; write the statistics again") from error
    if not isinstance(document, dict):
        raise MebenchError(f"{path} holds no statistics: a JSON object is wanted; give a run's statistics.json")
    return document
