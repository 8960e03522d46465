"""Subjects and clips as 4DME's tables and folders call them, and which folder a row means."""

import re
from collections.abc import Sequence

from tfds_builders.archives.tree import numbers, plain

_SUBJECT = re.compile(r"\s*(?:s|sub|subject)?[\s._-]*0*([0-9]{1,4})\s*", re.ASCII | re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._'()-]{0,63}", re.ASCII)
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)


def subject_of(name: str) -> str:
    """Return `S13` for `S13`, `13` and `sub13`; "" for anything else."""
    match = _SUBJECT.fullmatch(name)
    return f"S{int(match[1]):02d}" if match else ""


def is_name(name: str) -> bool:
    """Return whether a cell can be the name of a folder: it is untrusted."""
    return _NAME.fullmatch(name) is not None


def video_id(key: tuple[str, str]) -> str:
    """Return a video's id: subject and folder, once where the folder's name begins with the subject."""
    subject, clip = (_UNFIT.sub("-", part).strip("-._") or "x" for part in key)
    return clip if plain(clip).startswith(plain(subject)) else f"{subject}_{clip}"


class FolderNames:
    """The folders of one subject, by what a table may call them."""

    def __init__(self, subject: str, folders: Sequence[str]) -> None:
        """Remember every folder by its letters and digits, its numbers, and its last number.

        Args:
            subject: as `subject_of` gives it.
            folders: names; the subject may stand before them.
        """
        self._subject = subject
        self._letters: dict[str, list[str]] = {}
        self._numbers: dict[tuple[int, ...], list[str]] = {}
        self._last: dict[int, list[str]] = {}
        for name in folders:
            for letters in {plain(name), plain(subject + name)}:
                self._letters.setdefault(letters, []).append(name)
            found = numbers(name)
            for values in {found, (*numbers(subject), *found)} if found else set():
                self._numbers.setdefault(values, []).append(name)
            for value in found[-1:]:
                self._last.setdefault(value, []).append(name)

    def meant(self, wanted: str, loosely: bool = False) -> tuple[str, ...]:
        """Return the folders that a row can mean; more than one: it cannot be told.

        The same letters and digits go first, with or without the subject before them; then the same numbers; then,
        where `loosely`, the same last number (a table's video 1 for the folder `1st_001`).
        """
        found, subject = numbers(wanted), self._subject
        tables = [self._letters.get(key, []) for key in (plain(wanted), plain(subject + wanted))]
        if found:
            tables += [self._numbers.get(key, []) for key in (found, (*numbers(subject), *found))]
        if found and loosely:
            tables.append(self._last.get(found[-1], []))
        return next((tuple(dict.fromkeys(names)) for names in tables if names), ())
