"""A peer in a process of its own, run by another interpreter: it waits while we compute, and the other way round."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mebench.errors import MebenchError


class Peer:
    """A process that answers a JSON line with a JSON line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Take a process whose input and output are pipes."""
        self._process = process

    def __call__(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one question.

        Raises:
            MebenchError: the peer stopped; its own error stands above on standard error.
        """
        pipes = self._process.stdin, self._process.stdout
        if pipes[0] is None or pipes[1] is None:
            raise MebenchError("the peer has no pipes; start it with `started`")
        try:
            pipes[0].write(json.dumps(asked) + "\n")
            pipes[0].flush()
            line = pipes[1].readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise MebenchError("the peer stopped; give an interpreter that has what it imports (see above)")
        found: dict[str, Any] = json.loads(line)
        return found


@contextmanager
def started(python: str | None, script: Path, arguments: Sequence[str]) -> Iterator[Peer | None]:
    """Start a script of this folder with another interpreter; it ends with the block. None: there is no peer.

    Raises:
        MebenchError: the interpreter cannot be started.
    """
    if python is None:
        yield None
        return
    command = [python, str(script), *arguments]
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    except OSError as error:
        raise MebenchError(f"{python} cannot be started; give an interpreter that has what the peer imports") from error
    with process:
        try:
            yield Peer(process)
        finally:
            process.terminate()
            if process.stdin is not None:
                with suppress(BrokenPipeError):  # what a stopped peer did not read
                    process.stdin.close()
