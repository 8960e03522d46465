"""Whether two records tell of one execution: a copy that is passed off as a second run."""

from mebench.errors import MebenchError
from mebench.record import Record

LEAST_SECONDS = 0.1
"""Stages that took less are equal by chance too often to tell two executions apart."""

TWO = 2
"""Measurements that are equal to the last digit in two executions: one may be chance, two were copied."""


def refuse_copy(record: Record, other: Record, whose: str) -> None:
    """Raise a MebenchError where a record was not made by another execution than a second one of the same experiment.

    What an execution leaves in its record and no other one repeats: the second in which it ended, the most memory that
    it held, and the milliseconds of its stages. `created` alone decides, and any two of the others.

    Args:
        record: that is looked at.
        other: of the same experiment.
        whose: how the sentence names that one, as `record 0123`.
    """
    same = equal_measurements(record, other)
    if record.created == other.created:
        raise MebenchError(
            f"ended in the same second as {whose} ({record.created}), so it is a copy; run the experiment anew"
        )
    if len(same) >= TWO:
        raise MebenchError(
            f"has the measurements of {whose} to the last digit ({', '.join(same)}), so it is a copy; "
            "run the experiment anew"
        )


def equal_measurements(record: Record, other: Record) -> list[str]:
    """Return what was measured alike in both, to the last digit."""
    stages = [
        f"seconds of {name}"
        for name, seconds in record.seconds.items()
        if seconds >= LEAST_SECONDS and other.seconds.get(name) == seconds
    ]
    memory = ["peak memory"] if record.peak_memory_bytes == other.peak_memory_bytes else []
    return [*stages, *memory]
