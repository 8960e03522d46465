"""Copies told from second runs: what may be equal by chance, and what may not."""

import pytest
from fixtures import made_boards as made

from mebench.errors import MebenchError
from mebench.leaderboard.executions import equal_measurements, refuse_copy
from mebench.record.record import read_record

SECONDS = {"dataset": 0.197, "features": 0.1, "score": 1.244, "compiling": 0.405, "page": 0.02}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    run = made.made_run(tmp_path_factory.mktemp("made") / "run")
    return read_record(run / "record.json").model_copy(update={"seconds": SECONDS, "created": "2026-01-01T00:00:00Z"})


def test_a_stage_and_the_memory_of_a_short_run_may_be_equal_by_chance(first):
    seconds = {"dataset": 0.216, "features": 0.1, "score": 1.226, "compiling": 0.428, "page": 0.02}
    again = first.model_copy(update={"seconds": seconds, "created": "2026-01-02T00:00:00Z"})
    assert equal_measurements(again, first) == (["seconds of features", "peak memory"], 5)
    refuse_copy(again, first, "record 0")


def test_most_of_all_are_not_equal_by_chance(first):
    changed = SECONDS | {"score": 1.2}
    again = first.model_copy(
        update={"seconds": changed, "created": "2026-01-02T00:00:00Z", "peak_memory_bytes": first.peak_memory_bytes + 1}
    )
    with pytest.raises(MebenchError, match="seconds of dataset, seconds of features, seconds of compiling"):
        refuse_copy(again, first, "record 0")
