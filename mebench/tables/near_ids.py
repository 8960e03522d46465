"""Ids that differ by zeros alone, as 001 and 1, because pandas or a spreadsheet took them for numbers."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mebench.errors import MebenchError
from mebench.tables.intervals import IntervalTable, Manifest

Key = tuple[str, ...]

_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_FLOAT = re.compile(r"([0-9]+)\.0*")


def without_zeros(name: str) -> str:
    """Return an id without the zeros before its numbers, and without the `.0` behind a lone number."""
    lone = _FLOAT.fullmatch(name)
    return _ZEROS.sub("", lone.group(1) if lone else name)


@dataclass(frozen=True)
class NearIds:
    """The ids of a table; tells of another id which of them it is but for zeros.

    Attributes:
        keys: the ids, each a tuple of texts.
        bare: of each id without zeros, the id.
    """

    keys: frozenset[Key]
    bare: Mapping[Key, Key]

    @classmethod
    def of(cls, keys: Iterable[Key]) -> "NearIds":
        """Return what tells of these ids."""
        known = frozenset(keys)
        return cls(known, {_bare(key): key for key in sorted(known)})

    def near(self, key: Key) -> Key | None:
        """Return the id that this one is but for zeros; None where there is none, or it is there itself."""
        return None if key in self.keys else self.bare.get(_bare(key))

    def hint(self, key: Key) -> str:
        """Return how a sentence on an id that is missing goes on where one is near; empty where none is."""
        found = self.near(key)
        near = "/".join(filter(None, found or ()))
        return f", which has {near}: they differ by zeros alone; read ids as text and write them alike" if found else ""


def refuse_near(
    predictions: IntervalTable,
    truth: IntervalTable,
    manifest: Manifest | None = None,
    datasets: Mapping[tuple[str, str], str] | None = None,
) -> None:
    """Raise a MebenchError where predictions, truth and manifest cannot belong together by their ids.

    That is where a predicted subject, or a video of a subject, is in neither truth nor manifest, and is one of them but
    for zeros (so with the truth and the manifest); or where the tables share no video and there is no manifest to say
    that this can be.

    Args:
        predictions: whose ids are looked up.
        truth: that has the right ones.
        manifest: that has them too.
        datasets: of each (subject, video), where two datasets may have subjects of one id.
    """
    group = datasets or {}
    listed = manifest.keys if manifest else ()
    if manifest:
        _refuse(truth, listed, group, manifest.source)
    _refuse(predictions, [*truth.keys, *listed], group, truth.source)
    if manifest is None and len(predictions) and len(truth) and not set(predictions.keys) & set(truth.keys):
        first, second = ("/".join(table.keys[0]) for table in (predictions, truth))
        raise MebenchError(
            f"no video of {predictions.source} is in {truth.source} (the first are {first} and {second}); write "
            "subjects and videos alike in both, or give a manifest that lists them all"
        )


def _refuse(
    table: IntervalTable, right: Iterable[tuple[str, str]], group: Mapping[tuple[str, str], str], source: str
) -> None:
    known = list(right)
    people, videos = NearIds.of((group.get(key, ""), key[0]) for key in known), NearIds.of(known)
    for row, key in enumerate(table.keys):
        if hint := people.hint((group.get(key, ""), key[0])):
            raise MebenchError(f"{table.where(row)}: the subject is not in {source}{hint}")
        if hint := videos.hint(key):
            raise MebenchError(f"{table.where(row)}: the video is not in {source}{hint}")


def _bare(key: Key) -> Key:
    return tuple(map(without_zeros, key))
