"""Records: schema, round trip, no NaN, null only with a reason."""

import json

import pytest
from pydantic import ValidationError

from mebench.errors import MebenchError
from mebench.record.record import DatasetFacts, ExperimentFacts, Metric, Record, metrics_text, read_record, write_record
from mebench.report.table import markdown, metric_text, table_rows

FIGURE = Metric(value=0.25, interval=(0.1, 0.4), n=10, unit="subjects")


def record(**changes) -> Record:
    facts = DatasetFacts(
        name="synth_me", variant="tiny", version="1.0.0", fingerprint="f", subjects=3, videos=6, expressions=20,
        micro_expressions=9,
    )  # fmt: skip
    values = {
        "run_id": "abc",
        "created": "2026-11-23T00:00:00Z",
        "code": {"version": "0.1.0"},
        "packages_sha256": "p",
        "experiment": ExperimentFacts(name="a/b", sha256="s", config={"model": {"name": "mean"}}),
        "datasets": (facts,),
        "protocol": {"kind": "loso"},
        "seeds": {"experiment": 0},
        "environment": {"python": "3.11.7"},
        "metrics": {"strict.f1_s": FIGURE, "official.f1_s": Metric(value=None, n=0, unit="subjects", reason="none")},
        "bounds": {"oracle": {"strict.f1_s": FIGURE}},
        "warnings": (),
        "statistics_sha256": "t",
        "predictions_sha256": "q",
        "seconds": {"train": 1.5},
        "peak_memory_bytes": 1,
    }
    return Record(**(values | changes))


@pytest.mark.smoke
def test_round_trip(tmp_path):
    write_record(tmp_path / "record.json", record())
    assert read_record(tmp_path / "record.json") == record()
    assert json.loads(metrics_text(record()))["strict.f1_s"]["interval"] == [0.1, 0.4]


def test_null_needs_a_reason_and_nan_is_refused():
    with pytest.raises(ValidationError, match="needs a reason"):
        Metric(value=None, n=0, unit="subjects")
    with pytest.raises(ValidationError, match="finite"):
        Metric(value=float("nan"), n=0, unit="subjects")


def test_other_files_are_refused_in_one_sentence(tmp_path):
    path = tmp_path / "record.json"
    path.write_text('{"schema_version": 2}')
    with pytest.raises(MebenchError, match="no record of schema version 1"):
        read_record(path)


def test_table_shows_both_rules_and_the_bounds():
    header, *rows = table_rows(record())
    assert header == ["rules", "model", "spotting F1", "recognition F1", "STRS"]
    assert rows == [
        ["official", "mean", "undefined", "-", "-"],
        ["official", "oracle", "-", "-", "-"],
        ["strict", "mean", "0.250 [0.10, 0.40]", "-", "-"],
        ["strict", "oracle", "0.250 [0.10, 0.40]", "-", "-"],
    ]
    assert metric_text(Metric(value=1.0, n=1, unit="videos")) == "1.000"
    assert "| strict | oracle | 0.250 [0.10, 0.40] | - | - |" in markdown(record())
