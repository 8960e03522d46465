"""The one exception that is the user's to mend, and the sentence that says how."""

import difflib
from collections.abc import Iterable


class MebenchError(Exception):
    """A fault in what the user gave; the command line prints it as one line and exits with code 2."""


def unknown_name(what: str, value: str, allowed: Iterable[str], command: str = "") -> MebenchError:
    """Return the error for an unknown name, with the nearest allowed one.

    Args:
        what: what was named, as `dataset`.
        value: the name that was given.
        allowed: every name that would do.
        command: the command that lists the allowed names; empty: they are listed in the error itself.
    """
    names = sorted(allowed)
    near = difflib.get_close_matches(value, names, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else "; "
    rest = f" ({command})" if command else f" (allowed: {', '.join(names)})"
    return MebenchError(f"unknown {what} {value!r}{hint}{rest}" if near else f"unknown {what} {value!r}{rest}")
