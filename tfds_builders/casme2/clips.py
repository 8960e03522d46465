"""Folders of short clips as CASME and CASME II have them: `sub01/EP02_01f`, of one release or another."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Annotation, Cell, Clip, Key
from tfds_builders.archives.sheets import text, whole
from tfds_builders.archives.tree import Folder, Tree, ancestors, numbered, numbers, plain, shortened

Release = Literal["raw", "selected", "cropped", "other", ""]
"""Whole clips, clips cut to the expression, official face crops, users' own crops; "" where nothing tells."""

_CLIP = re.compile(r"EP\d\w{0,30}", re.IGNORECASE | re.ASCII)
_SUBJECT = re.compile(r"(?:s|sub|subject)?[ _-]*0*(\d{1,3})", re.IGNORECASE | re.ASCII)
_OTHERS_FILES = {"first": "ep", "last": "img"}


def clip_name(cell: str) -> str:
    """Return the name of a clip, as `EP02_01f`; "" where it is none (it is fit for a file name)."""
    match = _CLIP.fullmatch(cell.strip())
    return match[0] if match else ""


def subject_name(cell: Cell) -> str:
    """Return the subject's number with two digits, as `01` for 1, `01`, `1.0` and `sub01`; "" where it is none."""
    match = _SUBJECT.fullmatch(text(cell))
    value = int(match[1]) if match else whole(cell) or 0
    return f"{value:02d}" if 0 < value < 1000 else ""


def find_clips(
    tree: Tree, rows: Iterable[Annotation], wanted: Iterable[Release], number: Literal["first", "last"]
) -> tuple[list[Clip], list[Finding]]:
    """Return the clips of the wanted releases, and findings.

    Args:
        tree: of the archive.
        rows: of the table; a clip has the spelling that the table has for it, whatever the case of its folder's name.
        wanted: releases.
        number: which number of a file's name is that of its frame: the first of CASME II's `img46.jpg`, the last of
            CASME's `EP01_12-73.jpg`; folders of the other dataset's files are passed over.
    """
    spelling: Mapping[Key, str] = {(row.key[0], row.key[1].lower()): row.key[1] for row in rows}
    folders = [(folder, key) for folder in tree.image_folders() if (key := _key(folder))]
    folders = [(folder, key) for folder, key in folders if not _mostly(folder, _OTHERS_FILES[number])]
    releases = _decided([(folder, release_of(folder)) for folder, _ in folders], number)
    clips: list[Clip] = []
    findings: list[Finding] = []
    seen: dict[Release, int] = {}
    for (folder, (subject, name)), release in zip(folders, releases, strict=True):
        seen[release] = seen.get(release, 0) + 1
        if release in wanted:
            files, faults = numbered(folder, number)
            clips.append(Clip((subject, spelling.get((subject, name.lower()), name)), folder.path, files))
            findings += faults
    return clips, [*shortened(findings), *([] if clips else [_nothing(tuple(wanted), seen)])]


def release_of(folder: Folder) -> Release:
    """Return which release a clip's folder is of, by its file names (`reg_`), then by the folders above, nearest first.

    A folder that speaks of crops and of raw pictures (`CASME2-RAW_crop`) holds a user's own crops.
    """
    if 2 * sum(name.lower().startswith("reg") for name in folder.images) > len(folder.images):
        return "cropped"
    for name in map(plain, ancestors(folder.path)[1:]):
        if "crop" in name:
            return "other" if "raw" in name or "selected" in name else "cropped"
        if "selected" in name:
            return "selected"
        if "raw" in name:
            return "raw"
    return ""


def _key(folder: Folder) -> Key | None:
    """Return subject and clip of a folder; None where its path names none."""
    names = ancestors(folder.path)
    name = clip_name(names[0]) if names else ""
    subject = next((found for above in names[1:] if (found := subject_name(above))), "")
    return (subject, name) if name and subject else None


def _mostly(folder: Folder, start: str) -> bool:
    """Whether most files start so, `reg_` aside."""
    return 2 * sum(n.lower().removeprefix("reg_").startswith(start) for n in folder.images) > len(folder.images)


def _decided(pairs: list[tuple[Folder, Release]], number: Literal["first", "last"]) -> list[Release]:
    """Return the releases; folders that nothing tells of are whole clips where most of them start with file 1."""
    place = 0 if number == "first" else -1
    unknown = [folder for folder, release in pairs if not release]
    whole = sum(any(numbers(name.partition(".")[0])[place:][:1] == (1,) for name in f.images) for f in unknown)
    guess: Release = "raw" if 2 * whole > len(unknown) else "selected"
    return [release or guess for _, release in pairs]


def _nothing(wanted: tuple[Release, ...], seen: Mapping[Release, int]) -> Finding:
    words = {
        "raw": "whole clips (RAW)",
        "selected": "cut clips (selected)",
        "cropped": "face crops (Cropped)",
        "other": "users' own crops",
    }
    there = ", ".join(f"{count} of {words[release]}" for release, count in sorted(seen.items()))
    what = f"no folder sub01/EP02_01f of {' or '.join(words[w] for w in wanted)}; seen: {there or 'no such folder'}"
    return Finding("fatal", "no-videos", "", what, "unpack that release, or take the variant of what is there")
