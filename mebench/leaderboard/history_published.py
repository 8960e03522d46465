"""History of the literature's figures in git: rows, errata and notes are added, never changed or removed."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mebench.documents import parsed_json


@dataclass(frozen=True)
class Printed:
    """Content of one or several published files, in whichever of them it stands."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    errata: list[Any] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)


def printed(texts: Iterable[str]) -> Printed:
    """Return what published files say; each row has its source, its own or that of its file.

    A text that is none of such files says nothing: today's are read, with faults, by the published figures' own reader.
    """
    found = Printed()
    for text in texts:
        try:
            document = parsed_json(text)
            rows = [dict(zip(document["columns"], row, strict=True)) for row in document["rows"]]
            source = document["source"]
            errata, notes = list(document.get("errata", ())), list(document.get("notes", ()))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        found.rows.extend(row | {"source": row.get("source") or source} for row in rows)
        found.errata.extend(errata)
        found.notes.extend(notes)
    return found


def lost(before: Printed, now: Printed) -> Iterator[str]:
    """Yield a sentence for each row, erratum and note that is no longer there as it was."""
    how = "was committed and is changed or gone; restore it"
    for row in _each_once(before.rows):
        if not any(_holds(one, row) for one in now.rows):
            yield f"the row {row.get('method')} {how}, add an erratum"
    for erratum in _each_once(before.errata):
        if erratum not in now.errata:
            row = erratum.get("row") if isinstance(erratum, Mapping) else None
            yield f"the erratum of {', '.join(map(str, (row or {}).values())) or 'a row'} {how}, add another"
    for note in _each_once(before.notes):
        if note not in now.notes:
            yield f"the note {str(note)[:60]!r} {how}, add another"


def _holds(row: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Return whether a row says what it said: a column that was added is no change."""
    return before.items() <= row.items()


def _each_once(values: Iterable[Any]) -> list[Any]:
    return list({json.dumps(value, sort_keys=True): value for value in values}.values())
