"""A folder that one process works on while others wait for it."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mebench.errors import MebenchError


@contextmanager
def held(lock: Path, what: str, say: Callable[[str], None]) -> Iterator[bool]:
    """Hold a lock file, waiting for another process that holds it; yield whether there was one.

    The hold ends with the process, however it ends.

    Args:
        lock: the file; made, with its folder, where it is missing.
        what: what is done under it, as `building FOLDER`.
        say: is told when another process has to be waited for.

    Raises:
        MebenchError: the file cannot be made.
    """
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("w")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise MebenchError(f"cannot write to {lock.parent}: {reason}; give a folder that can be written") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            waited = False
        except BlockingIOError:
            say(f"another process is {what}; waiting until it is done")
            fcntl.flock(file, fcntl.LOCK_EX)
            waited = True
        yield waited
