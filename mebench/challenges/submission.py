"""The zip that a challenge takes, made from a run, checked before it is written."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mebench.atomic import write_bytes
from mebench.challenges.answers import answer_files
from mebench.challenges.files import CHALLENGES, IntervalChallenge
from mebench.challenges.intervals import interval_files
from mebench.errors import MebenchError, unknown_name

_NEVER = (1980, 1, 1, 0, 0, 0)
"""Time of every file in the zip, so that the same run gives the same bytes; the earliest that a zip can hold."""


@dataclass(frozen=True)
class Submission:
    """A zip that was written, and its contents.

    Attributes:
        path: of the zip.
        rows: by file in it, in order.
        notes: what is allowed but worth a look, a sentence each.
    """

    path: Path
    rows: dict[str, int]
    notes: tuple[str, ...]


def write_submission(challenge: str, runs: Sequence[Path], out: Path, questions: Sequence[Path] = ()) -> Submission:
    """Check what a run predicted and write the zip that the challenge takes, atomically.

    Args:
        challenge: name in `CHALLENGES`.
        runs: run folders (several where each holds one part), folders with the challenge's own files, or such files.
        out: the zip.
        questions: the challenge's files of questions, or their folders, to compare ids and wording with.

    Raises:
        MebenchError: an unknown challenge, nothing predicted for a part, or rows that the challenge would refuse:
            another count, unknown, missing or double ids, missing columns, emotions that are no class.
    """
    if challenge not in CHALLENGES:
        raise unknown_name("challenge", challenge, CHALLENGES)
    if out.suffix.lower() != ".zip":
        raise MebenchError(f"the challenge takes a zip file, but --out is {out}; give a name that ends in .zip")
    wanted = CHALLENGES[challenge]
    if isinstance(wanted, IntervalChallenge):
        if questions:
            raise MebenchError(f"{challenge} has no questions; leave --questions out")
        files, notes = interval_files(wanted, runs)
    else:
        files, notes = answer_files(wanted, runs, questions)
    write_bytes(out, _zip(files))
    return Submission(out, {name: _rows(name, text) for name, text in files.items()}, tuple(notes))


def _rows(name: str, text: str) -> int:
    return len(text.splitlines()) - name.endswith(".csv")


def _zip(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, _NEVER)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return data.getvalue()
