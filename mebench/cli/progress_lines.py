"""Progress where there is no terminal: a line every half minute says stage, share and time left."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mebench.progress import Advance

EVERY = 30.0
"""Seconds between two lines of a stage."""

Wait = Callable[[], bool]
"""Waits until the next line is due, and returns whether the stage has ended instead."""


class Stage:
    """Progress of a stage: called with what is done since the last call, asked for its line."""

    def __init__(self, description: str, total: int, unit: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._description, self._total, self._unit, self._clock = description, total, unit, clock
        self._began, self._done = clock(), 0

    def __call__(self, done: int) -> None:
        """Add what was done."""
        self._done += done

    def line(self) -> str:
        """Return stage, share, what is done, how long it took, and about how long it takes still."""
        gone, done, total = self._clock() - self._began, self._done, self._total
        share = f"{100 * done // total}%" if total else "100%"
        left = "not known yet" if not done else _clock_text(gone * max(0, total - done) / done)
        return f"{self._description}: {share}, {done}/{total} {self._unit} after {_clock_text(gone)}, left {left}"


@contextmanager
def lines_of(stage: Stage, write: Callable[[str], None], wait: Wait | None = None) -> Iterator[Advance]:
    """Write a line of a stage whenever one is due, whether or not it advances, and one at its end.

    Args:
        stage: what is told of.
        write: takes a line.
        wait: until the next line is due; None: half a minute.
    """
    ended = threading.Event()
    due = wait or (lambda: ended.wait(EVERY))

    def tell() -> None:
        while not due() and not ended.is_set():
            write(stage.line())

    teller = threading.Thread(target=tell, name="progress", daemon=True)
    teller.start()
    try:
        yield stage
    finally:
        ended.set()
        teller.join()
    write(stage.line())


def _clock_text(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
