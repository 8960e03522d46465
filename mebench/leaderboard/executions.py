"""Copies of a record that are passed off as a second run, told from honest ones."""

from mebench.errors import MebenchError
from mebench.record.record import Record

LEAST_SECONDS = 0.1
"""Stages that took less are equal by chance too often to tell two executions apart."""

LEAST_EQUAL = 2
"""So many measurements that are equal to the last digit, and more than half of all, were copied: fewer may be chance.

Seen among 24 pairs of honest runs of a few seconds: one pair with two of five equal (0.100 s of a stage, and memory).
"""


def refuse_copy(record: Record, other: Record, whose: str) -> None:
    """Raise a MebenchError where a record was not made by another execution than a second one of the same experiment.

    What an execution leaves in its record and no other one repeats: the second in which it ended, the most memory that
    it held, and the milliseconds of its stages. `created` alone decides, or most of the others.

    Args:
        record: that is looked at.
        other: of the same experiment.
        whose: how the sentence names that one, as `record 0123`.
    """
    same, measured = equal_measurements(record, other)
    if record.created == other.created:
        raise MebenchError(
            f"ended in the same second as {whose} ({record.created}), so it is a copy; run the experiment anew"
        )
    if len(same) >= LEAST_EQUAL and 2 * len(same) > measured:
        raise MebenchError(
            f"has the measurements of {whose} to the last digit ({', '.join(same)}), so it is a copy; "
            "run the experiment anew"
        )


def equal_measurements(record: Record, other: Record) -> tuple[list[str], int]:
    """Return what was measured alike in both, to the last digit, and how many measurements there are."""
    long = {name: seconds for name, seconds in record.seconds.items() if seconds >= LEAST_SECONDS}
    same = [f"seconds of {name}" for name, seconds in long.items() if other.seconds.get(name) == seconds]
    memory = ["peak memory"] if record.peak_memory_bytes == other.peak_memory_bytes else []
    return [*same, *memory], len(long) + 1
