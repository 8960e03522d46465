"""The record of a run: what was run on what, with which code, and what came out."""

import math
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from mebench.atomic import write_text
from mebench.config.faults import explain
from mebench.errors import MebenchError
from mebench.sealed.canonical import canonical_json

SCHEMA_VERSION = 1


class RecordPart(BaseModel):
    """Base of every part of a record: frozen, and no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Metric(RecordPart):
    """One figure: value, 95% interval, and the number of units behind it; null comes with a reason."""

    value: float | None
    interval: tuple[float, float] | None = None
    n: int
    unit: str
    reason: str | None = None

    @model_validator(mode="after")
    def _null_has_a_reason(self) -> "Metric":
        if self.value is None and not self.reason:
            raise ValueError("a metric without a value needs a reason")
        return self


def same_metric(one: Metric, other: Metric) -> bool:
    """Return whether value, interval and n are equal (floats to 1e-9, as another processor may round the last digits).

    A reason may be said in other words.
    """
    pairs = [(one.value, other.value), *zip(one.interval or (), other.interval or (), strict=False)]
    if (one.n, one.unit, one.interval is None) != (other.n, other.unit, other.interval is None):
        return False
    return all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) if a is not None and b is not None else a is b for a, b in pairs
    )


class DatasetFacts(RecordPart):
    """The dataset that a run saw: counts and the fingerprint over its decoded elements."""

    name: str
    variant: str
    version: str
    fingerprint: str
    subjects: int
    videos: int
    expressions: int
    micro_expressions: int


class ExperimentFacts(RecordPart):
    """The experiment, by name, hash and in full."""

    name: str
    sha256: str
    config: dict[str, Any]


class Record(RecordPart):
    """Everything that a table says of a run can be read off here; no host, path or user name.

    `bounds` holds the figures of the baselines. `statistics_sha256` is null where nothing was scored, because the test
    set has no labels (see `warnings`). `seconds` are those of each stage; `compiling` is a part of them, in the process
    that ended the run.
    """

    schema_version: Literal[1] = 1
    run_id: str
    created: str
    code: dict[str, str | bool | None]
    packages_sha256: str
    experiment: ExperimentFacts
    datasets: tuple[DatasetFacts, ...]
    protocol: dict[str, Any]
    seeds: dict[str, int]
    environment: dict[str, str | int | None]
    metrics: dict[str, Metric]
    bounds: dict[str, dict[str, Metric]]
    warnings: tuple[str, ...]
    statistics_sha256: str | None
    predictions_sha256: str
    seconds: dict[str, float]
    peak_memory_bytes: int

    @property
    def bootstrap(self) -> tuple[int, int]:
        """Resamples and seed of the intervals."""
        return self.experiment.config["score"]["bootstrap"], self.experiment.config["seed"]


def write_record(path: Path, record: Record) -> None:
    """Write the record as JSON, atomically, keys in the order of the schema."""
    write_text(path, record_text(record))


def record_text(record: Record) -> str:
    """Return what `write_record` writes."""
    return record.model_dump_json(indent=1) + "\n"


def read_record(path: Path) -> Record:
    """Return the record of a file.

    Raises:
        MebenchError: the file is no record of this schema version.
    """
    try:
        return Record.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise explain(error, f"{path} is no record of schema version {SCHEMA_VERSION}", Record) from error
    except UnicodeDecodeError as error:
        raise MebenchError(f"{path} is no record of schema version {SCHEMA_VERSION}: it is no UTF-8") from error


def metrics_text(record: Record) -> str:
    """Return the canonical JSON of a record's metrics: equal text means equal results."""
    return canonical_json({name: metric.model_dump(mode="json") for name, metric in record.metrics.items()})
