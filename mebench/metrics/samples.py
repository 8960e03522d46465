"""Statistics of any task, as a run's `statistics.json` holds them, to the samples that figures are computed from."""

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mebench.errors import MebenchError, unknown_name
from mebench.metrics.sample import Sample

READERS = MappingProxyType(
    {
        "str": "mebench.metrics.str.samples:str_samples",
        "spotting": "mebench.metrics.spotting.samples:spotting_samples",
        "recognition": "mebench.metrics.recognition.score:recognition_samples",
        "vqa": "mebench.metrics.vqa.samples:vqa_samples",
        "lvqa": "mebench.metrics.vqa.lvqa_samples:lvqa_samples",
    }
)
"""By task: who reads its statistics, as `module:function` (a document to a tuple of samples)."""


def samples_of(document: dict[str, Any]) -> tuple[Sample, ...]:
    """Return the samples of a statistics document; its `task` says which (spot-then-recognise writes none).

    Raises:
        MebenchError: an unknown task, or statistics that its reader refuses.
    """
    task = document.get("task", "str")
    if task not in READERS:
        raise unknown_name("task of statistics", str(task), READERS)
    module, name = READERS[task].split(":")
    read: Callable[[dict[str, Any]], tuple[Sample, ...]] = getattr(import_module(module), name)
    return read(document)


def read_samples(path: Path) -> tuple[Sample, ...]:
    """Return the samples of a statistics file.

    Raises:
        MebenchError: no such file, no JSON object, or as `samples_of` says.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MebenchError(
            f"cannot read {path}: {(error.strerror or str(error)).lower()}; give a finished run"
        ) from error
    except ValueError as error:  # no UTF-8, no JSON
        raise MebenchError(f"{path} is no JSON: {error}; write the statistics again") from error
    if not isinstance(document, dict):
        raise MebenchError(f"{path} holds no statistics: a JSON object is wanted; give a run's statistics.json")
    return samples_of(document)
