"""Progress of the stages of a run; the command line draws it, tests and libraries stay silent."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, runtime_checkable

Advance = Callable[[int], None]
"""Called with the number of units that are done since the last call."""


@runtime_checkable
class Progress(Protocol):
    """Listener to the stages of a run."""

    def stage(self, description: str, total: int, unit: str) -> AbstractContextManager[Advance]:
        """Open a stage of `total` units; the context gives the function that advances it."""
        ...

    def say(self, sentence: str) -> None:
        """Show one sentence, as a warning or a notice."""
        ...


class Silent:
    """A `Progress` that shows nothing."""

    @contextmanager
    def stage(self, description: str, total: int, unit: str) -> Iterator[Advance]:
        """Open a stage that nobody sees."""
        yield lambda done: None

    def say(self, sentence: str) -> None:
        """Keep the sentence to ourselves."""
