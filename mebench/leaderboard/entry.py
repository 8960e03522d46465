"""A verified result of a leaderboard (`records/<id>.json`): whose it is, what it scored, and where it follows from."""

import hashlib
from collections.abc import Callable
from typing import Any, Literal

from pydantic import model_serializer

from mebench.record.record import Metric, Record, RecordPart
from mebench.sealed.canonical import canonical_json


class Method(RecordPart):
    """Method of an entry, as the table names it; `paper` and `code` are addresses or citations."""

    name: str
    paper: str = ""
    code: str = ""
    note: str = ""


class Entry(RecordPart):
    """One result: a run of ours with its record, or predictions that somebody handed in.

    Attributes:
        benchmark, version, table: where it stands; `rules_sha256` says by which rules it was scored.
        source: a run folder, or a table of predictions.
        added: UTC date.
        seed: of the run; null for predictions whose seed nobody told.
        record: of the run; null for predictions.
        rerun_of: id of the entry that this one repeats; null for the first of its kind.
        predictions_sha256: of the file of predictions.
        truth_sha256: of the file of the truth that predictions were scored with; null for a run.
        statistics_sha256: of `statistics/<its first 16 digits>.json`, which every figure follows from.
        figures: by column key, as the rules' scorer settings give them.
        warnings: of the scorer.
        by: who ran it and says so; empty: nobody said. It is written only where it is said.
    """

    schema_version: Literal[1] = 1
    benchmark: str
    version: int
    table: str
    rules_sha256: str
    method: Method
    source: Literal["run", "predictions"]
    added: str
    seed: int | None
    record: Record | None
    rerun_of: str | None = None
    predictions_sha256: str
    truth_sha256: str | None = None
    statistics_sha256: str
    figures: dict[str, Metric]
    warnings: tuple[str, ...] = ()
    by: str = ""

    @model_serializer(mode="wrap")
    def _without_unsaid(self, dump: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Leave `by` out where it is empty: records from before it keep their text and their name."""
        return {key: value for key, value in dump(self).items() if key != "by" or value}


def entry_id(entry: Entry) -> str:
    """Return the first 16 digits of the hash of an entry's content: a file that was edited no longer has its name."""
    return hashlib.sha256(canonical_json(entry.model_dump(mode="json")).encode()).hexdigest()[:16]
