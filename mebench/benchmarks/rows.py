"""A row of a benchmark, and how two ways of doing the same are timed beside one another."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import Any


@dataclass(frozen=True)
class BenchmarkRow:
    """One measurement of `mebench bench`, as printed and written.

    Attributes:
        name: what was done.
        ours: median of the repeats, in `unit`.
        peer: the same of the peer; None where there is none.
        ratio: how many times as fast as the peer ours is; None where there is none.
        unit: of both.
        limit_share: share of the device's limit that ours reaches; None where it is not counted.
        threads: that both could use.
        device: kind of the device.
    """

    name: str
    ours: float
    peer: float | None
    ratio: float | None
    unit: str
    limit_share: float | None
    threads: int
    device: str

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain JSON."""
        return asdict(self)


def seconds_beside(ours: Callable[[], object], peer: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Return the median seconds of both, taken in turn, after one call of each that is not counted."""
    ours(), peer()
    pairs = [(_seconds(ours), _seconds(peer)) for _ in range(repeats)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def _seconds(call: Callable[[], object]) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start
