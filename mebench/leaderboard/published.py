"""Figures of the literature (`published/*.json`): as printed, each with its source, errata beside them."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from mebench.config.faults import explain
from mebench.documents import read_json
from mebench.errors import MebenchError
from mebench.leaderboard.rules import RulePart

TEXTS = ("method", "dataset", "source")
"""Columns that hold text; all others hold figures, null where the literature prints none.

A figure may be a text, as "0.70", where a number would lose a digit that was printed.
"""

_PRINTED = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)")


class _Erratum(RulePart):
    """A fault of a row, or of its figure in one column."""

    row: dict[str, str]
    column: str | None
    note: str


class _Paper(RulePart):
    """The paper of some methods: its address (DOI or arXiv), and when it appeared, as `2025` or `2025-06`."""

    methods: tuple[str, ...]
    link: str = Field(pattern=r"^https?://\S+$")
    date: str = Field(pattern=r"^[0-9]{4}(-[0-9]{2}){0,2}$")


class _File(RulePart):
    """One file of printed figures; `papers` says where the methods are described, or what prints their figures."""

    source: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]
    errata: tuple[_Erratum, ...] = ()
    notes: tuple[str, ...] = ()
    papers: tuple[_Paper, ...] = ()


@dataclass(frozen=True)
class PublishedRow:
    """One method of the literature on one dataset.

    Attributes:
        method: as the literature names it.
        dataset: the same; empty where the file has one.
        values: as printed, by published column; None where nothing is printed.
        printed: the same as text, where the file has it as text.
        source: where it is printed.
        errata: by column: what is wrong with a figure.
        notes: what is wrong with the whole row.
        paper: address of the paper; empty where the file names none.
        date: of that paper, as `2025` or `2025-06`; empty likewise.
    """

    method: str
    dataset: str
    values: Mapping[str, float | None]
    source: str
    errata: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]
    printed: Mapping[str, str]
    paper: str = ""
    date: str = ""


@dataclass(frozen=True)
class Published:
    """Every row of a version's files, in order of the files' names, and their notes."""

    rows: tuple[PublishedRow, ...] = ()
    notes: tuple[str, ...] = ()


def read_published(version_folder: Path) -> Published:
    """Return the literature's rows of a version; empty where it has no `published/`.

    Raises:
        MebenchError: a file that is no such JSON, a row of another length or without a method, a figure that is none,
            the same method twice on a dataset, an erratum of a row or column that is not there, or a paper of no row.
    """
    rows: list[PublishedRow] = []
    notes: list[str] = []
    for path in sorted((version_folder / "published").glob("*.json")):
        document = _read(path)
        rows += _rows(path, document)
        notes += document.notes
    _refuse_twice(version_folder, rows)
    return Published(tuple(rows), tuple(dict.fromkeys(notes)))


def _read(path: Path) -> _File:
    try:
        return _File.model_validate(read_json(path))
    except ValidationError as error:
        raise explain(error, f"{path} holds no published figures", _File) from error
    except ValueError as error:
        raise MebenchError(f"{path} is no JSON: {error}") from error


def _rows(path: Path, document: _File) -> list[PublishedRow]:
    if "method" not in document.columns:
        raise MebenchError(f"{path}: the column method is missing; add it")
    if len(set(document.columns)) != len(document.columns):
        raise MebenchError(f"{path}: a column is there twice; keep one")
    found = []
    used: set[int] = set()
    papers = _papers(path, document)
    for number, cells in enumerate(document.rows):
        if len(cells) != len(document.columns):
            raise MebenchError(f"{path} rows.{number}: {len(cells)} cells for {len(document.columns)} columns")
        row = dict(zip(document.columns, cells, strict=True))
        errata = {place: one for place, one in enumerate(document.errata) if _is_of(one, row)}
        used |= set(errata)
        made = _row(path, number, row, document.source, list(errata.values()))
        known = papers.get(made.method)
        found.append(replace(made, paper=known.link, date=known.date) if known else made)
    if strange := sorted(papers.keys() - {one.method for one in found}):
        raise MebenchError(f"{path} papers: no row is of the method {strange[0]!r}; name it as a row does")
    for place, one in enumerate(document.errata):
        if place not in used or (one.column is not None and one.column not in document.columns):
            raise MebenchError(f"{path} errata.{place}: no row {one.row} with a column {one.column}; mend the erratum")
    return found


def _papers(path: Path, document: _File) -> dict[str, _Paper]:
    """Return the papers by method."""
    named = [(name, one) for one in document.papers for name in one.methods]
    twice = {name for name, _ in named if sum(name == other for other, _ in named) > 1}
    if twice:
        raise MebenchError(f"{path} papers: {min(twice)} has two papers; keep one")
    return dict(named)


def _is_of(erratum: _Erratum, row: Mapping[str, Any]) -> bool:
    return bool(erratum.row) and all(row.get(key) == value for key, value in erratum.row.items())


def _row(path: Path, number: int, row: Mapping[str, Any], source: str, errata: Sequence[_Erratum]) -> PublishedRow:
    texts = {name: row.get(name) or "" for name in TEXTS}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise MebenchError(f"{path} rows.{number}: {name} {value!r} is no text; mend the cell")
    if not texts["method"] or not (texts["source"] or source):
        raise MebenchError(f"{path} rows.{number}: every row needs a method and a source; add them")
    values = {name: _figure(path, number, name, value) for name, value in row.items() if name not in TEXTS}
    columns = dict.fromkeys(one.column for one in errata if one.column is not None)
    return PublishedRow(
        method=texts["method"],
        dataset=texts["dataset"],
        values=values,
        source=texts["source"] or source,
        errata={name: tuple(one.note for one in errata if one.column == name) for name in columns},
        notes=tuple(one.note for one in errata if one.column is None),
        printed={name: value for name, value in row.items() if name in values and isinstance(value, str)},
    )


def _figure(path: Path, number: int, name: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, str) and _PRINTED.fullmatch(value):
        return float(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise MebenchError(f"{path} rows.{number}: {name} {value!r} is no figure; write a number, or null")
    return value


def _refuse_twice(folder: Path, rows: Sequence[PublishedRow]) -> None:
    seen: set[tuple[str, str]] = set()
    for row in rows:
        if (row.method, row.dataset) in seen:
            raise MebenchError(f"{folder}/published: {row.method} is there twice on {row.dataset or 'the dataset'}")
        seen.add((row.method, row.dataset))
