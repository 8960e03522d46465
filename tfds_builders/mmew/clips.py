"""Folders of MMEW's micro-expressions, and where their files lie in the recording that the table counts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mebench.data.audit import Finding
from mebench.data.label_maps import fine_of
from tfds_builders.archives.annotation import Annotation, Clip, Key
from tfds_builders.archives.sheets import MAX_WHOLE, number
from tfds_builders.archives.tree import Folder, Tree, ancestors, numbered, plain, shortened
from tfds_builders.mmew.names import clip_key, subject_of


@dataclass(frozen=True)
class MmewClip:
    """A clip, its files by their own numbers, and the emotion that a folder above is named by ("" where none is)."""

    clip: Clip
    emotion: str


def find_clips(tree: Tree) -> tuple[list[MmewClip], list[Finding]]:
    """Return the clips of micro-expressions, one a name, sorted; and findings.

    `Micro_Expression/happiness/S03-01-002` and `Micro_Expression/S03/happiness/S03-01-002` are known, at any depth.
    Macro-expressions are single images for the most part (`Macro_Expression/S03/happiness/S03-01-001.jpg`); all that
    lies below a folder named `macro...` is passed over.
    """
    found: list[MmewClip] = []
    findings: list[Finding] = []
    macro = 0
    for folder in tree.image_folders():
        names = ancestors(folder.path)
        key = clip_key(names[0]) if names else None
        if any(plain(name).startswith("macro") for name in names):
            macro += len(folder.images)
        elif key is None:
            what = "images in a folder that is not named like a clip (S01-01-001)"
            findings.append(Finding("warning", "folder-unknown", f"folder {folder.path}", what, "passed over"))
        else:
            files, faults = numbered(folder, "last")
            emotion = next((fine_of(name) for name in names[1:] if fine_of(name)), "")
            found.append(MmewClip(Clip(key, folder.path, files), emotion))
            findings += [*_misfiled(folder, key), *faults]
    clips = _once(found, findings)
    if macro:
        what = f"{macro} images of macro-expressions, which are no videos"
        findings.append(Finding("note", "macro-images", "", what, "passed over"))
    if not clips:
        what = "no folder of images as Micro_Expression/happiness/S03-01-002"
        findings.append(Finding("fatal", "no-videos", "", what, "unpack Micro_Expression of MMEW_Final"))
    return clips, shortened(findings)


def in_recording(
    clips: Sequence[MmewClip], rows: Mapping[Key, Sequence[Annotation]]
) -> tuple[list[Clip], list[Finding]]:
    """Return the clips with their files by the table's frame numbers, which count the recording; and findings.

    A clip is cut to its expression: its first file is the onset of its row (of the first of several), whatever number
    the file has. Without a row, or with one without an onset, files keep their own numbers.
    """
    placed = []
    findings = []
    for one in clips:
        onsets = [onset for row in rows.get(one.clip.key, ()) if (onset := _onset(row)) is not None]
        if not onsets or not one.clip.files:
            placed.append(one.clip)
            continue
        shift = min(onsets) - min(one.clip.files)
        files = {n + shift: name for n, name in one.clip.files.items()}
        placed.append(replace(one.clip, files=files))
        findings += [fault for row in rows[one.clip.key] if (fault := _longer(row, max(files))) is not None]
    return placed, shortened(findings)


def _onset(row: Annotation) -> int | None:
    value = number(row.onset)
    return None if value is None or not 0 <= value <= MAX_WHOLE else math.floor(value + 0.5)


def _longer(row: Annotation, last: int) -> Finding | None:
    """Return a note where a clip goes on behind its expression."""
    onset, offset = number(row.onset), number(row.offset)
    if onset is None or offset is None or not onset <= offset < last - 0.5:
        return None
    what = f"the clip has {last - math.floor(offset + 0.5)} files behind the offset"
    return Finding("note", "clip-longer", row.where, what, "kept; its first file is taken for the onset")


def _misfiled(folder: Folder, key: Key) -> list[Finding]:
    """Return a finding where a clip lies in the folder of another subject."""
    subject = next((found for name in ancestors(folder.path)[1:3] if (found := subject_of(name)) is not None), None)
    if subject is None or subject == key[0]:
        return []
    what = f"a clip of subject {key[0]} in the folder of subject {subject}"
    return [Finding("warning", "wrong-subject", f"folder {folder.path}", what, "its own name is followed")]


def _once(clips: Sequence[MmewClip], findings: list[Finding]) -> list[MmewClip]:
    """Return one clip a name: the one with the most files, then the first by path."""
    kept: dict[Key, MmewClip] = {}
    for one in sorted(clips, key=lambda one: (-len(one.clip.files), one.clip.folder)):
        first = kept.setdefault(one.clip.key, one)
        if first is not one:
            what = f"the same clip ({one.clip.key[1]}) as {first.clip.folder}"
            findings.append(Finding("warning", "video-twice", one.clip.where, what, "left out"))
    return [kept[key] for key in sorted(kept)]
